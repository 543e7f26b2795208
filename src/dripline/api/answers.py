"""What the OpenAPI document says about answers besides the usual one."""

from litestar.openapi.datastructures import ResponseSpec

from dripline.api.problem import ErrorBody


def answers(*extra: tuple[int, type, str]) -> dict[int, ResponseSpec]:
    """Further answers of one route: status, type, and when."""
    return {status: _spec(kind, when) for status, kind, when in extra}


def _spec(kind: type, when: str) -> ResponseSpec:
    return ResponseSpec(kind, description=when, generate_examples=False)


NOT_FOUND = answers((404, ErrorBody, "Nothing here goes by that id."))
CONFLICT = answers((409, ErrorBody, "The state of the thing forbids it."))
UNPROCESSABLE = answers((422, ErrorBody, "Readable, but it cannot be carried out as it stands."))
FORBIDDEN = answers((403, ErrorBody, "A good key that may not do this."))
