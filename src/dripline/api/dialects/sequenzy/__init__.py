"""The wire format of Sequenzy: routes under `/api/v1`, and `/v1`, for the clients that were written for it."""

PREFIX = "/api/v1"


def is_in_it(path: str) -> bool:
    """Whether a request is answered in this wire format."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")
