"""Every route answers without `/api` too."""

from litestar.types import Scope

PREFIX = "/api"
# What stands beside the API, for people, their mail programs, and providers that report.
_PUBLIC = ("/u/", "/p/", "/confirm/", "/signup/", "/app", "/webhooks/in/")


def with_prefix(scope: Scope) -> Scope:
    """The request as if its path had the prefix; the same one when it has, or is for something else."""
    path = scope["path"]
    if path == PREFIX or path.startswith((PREFIX + "/", *_PUBLIC)) or path == "/":
        return scope
    there = scope.copy()
    there["path"] = PREFIX + path
    return there
