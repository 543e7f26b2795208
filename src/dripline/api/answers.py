"""What the OpenAPI document says about answers besides the usual one."""

from litestar.openapi.datastructures import ResponseSpec

from dripline.api.problem import ErrorBody


def answers(*extra: tuple[int, type, str]) -> dict[int, ResponseSpec]:
    """Further answers of one route: status, type, and when."""
    return {status: _spec(kind, when) for status, kind, when in extra}


def _spec(kind: type, when: str) -> ResponseSpec:
    return ResponseSpec(kind, description=when, generate_examples=False)


REFUSALS = answers(
    (400, ErrorBody, "Something cannot be read; the details name the place."),
    (401, ErrorBody, "No key, or one that is unknown or revoked."),
    (413, ErrorBody, "The body is larger than 1 MB."),
    (500, ErrorBody, "A defect of ours; the log has it under the id."),
    (503, ErrorBody, "Out of reach just now; try again."),
)
"""What any route with a key may answer."""

NOT_FOUND = answers((404, ErrorBody, "Nothing here goes by that id."))
CONFLICT = answers((409, ErrorBody, "The state of the thing forbids it."))
UNPROCESSABLE = answers((422, ErrorBody, "Readable, but it cannot be carried out as it stands."))
FORBIDDEN = answers((403, ErrorBody, "A good key that may not do this."))
