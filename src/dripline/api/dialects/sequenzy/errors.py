"""Errors of this wire format: `success: false`, with the same statuses and codes as everywhere but for one."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import NotFoundException

from dripline.api.answers import answers
from dripline.api.dialects.sequenzy import PREFIX
from dripline.api.problem import Detail, ErrorBody, ErrorShape
from dripline.api.problem import answer_error as answer_natively
from dripline.kernel.errors import NotImplementedHere

_MOST_ISSUES = 10
_SUMMARISED = 3
# What the published clients call, by the first part of the path.
_THEIRS = frozenset(
    {
        "ab-tests",
        "account",
        "account-health",
        "account-suggestions",
        "accounts",
        "ad-accounts",
        "api-key-handoff",
        "api-keys",
        "audience-syncs",
        "back-in-stock",
        "campaigns",
        "checkouts",
        "companies",
        "conversations",
        "data-exports",
        "design-md",
        "device-auth",
        "email-blocks",
        "email-sends",
        "emails",
        "events",
        "feedback",
        "forms",
        "frequency-cap",
        "gallery",
        "generate",
        "integration-guide",
        "integrations",
        "landing-pages",
        "lists",
        "mcp",
        "metrics",
        "orders",
        "popups",
        "products",
        "receiving-domains",
        "references",
        "reply-profiles",
        "segments",
        "sender-profiles",
        "sending-status",
        "sequences",
        "shopify",
        "sms",
        "stats",
        "submissions",
        "subscribers",
        "suppressions",
        "sync-rules",
        "tags",
        "team",
        "templates",
        "tracking-domain",
        "tracking-settings",
        "transactional",
        "warehouse-connections",
        "warehouse-syncs",
        "web-tracking-identities",
        "web-tracking-keys",
        "webhooks",
        "websites",
        "widgets",
    }
)


class WireIssue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault: where it is, what was found, what was expected."""

    path: str
    message: str
    found: str | None = None
    expected: str | None = None


class WireError(msgspec.Struct, frozen=True):
    """The body of every answer under `/api/v1` that is an error. `error` and `message` are the same sentence."""

    success: bool
    error: str
    message: str
    code: str
    issues: Sequence[WireIssue] | msgspec.UnsetType = msgspec.UNSET
    retryable: bool | msgspec.UnsetType = msgspec.UNSET
    id: str | msgspec.UnsetType = msgspec.UNSET


NOT_FOUND = answers((404, WireError, "Nothing here goes by that name or id."))
CONFLICT = answers((409, WireError, "The state of the thing forbids it, or it is taken."))
NOT_HERE = answers((501, WireError, "The published API has it, this installation does not."))


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[WireError]:
    """The answer to a request under `/api/v1` that failed."""
    if isinstance(error, NotFoundException) and _is_theirs(request.scope["path"]):
        error = NotImplementedHere("This installation does not have that route of the API.")
    native: Response[ErrorBody] = answer_natively(request, error)
    # What cannot be carried out as it stands is a 400 here, like what cannot be read.
    status = 400 if native.status_code == 422 else native.status_code
    return Response(
        _body(native.content.error, retryable=status == 503),
        status_code=status,
        media_type=native.media_type,
        headers=native.headers,
    )


def _is_theirs(path: str) -> bool:
    return path.removeprefix(f"{PREFIX}/").partition("/")[0] in _THEIRS


def _body(shape: ErrorShape, *, retryable: bool) -> WireError:
    details = shape.details or ()
    message = _summary(details) or shape.message
    return WireError(
        success=False,
        error=message,
        message=message,
        code=shape.code,
        issues=[_issue(each) for each in details[:_MOST_ISSUES]] if details else msgspec.UNSET,
        retryable=True if retryable else msgspec.UNSET,
        id=shape.id if shape.id is not None else msgspec.UNSET,
    )


def _summary(details: Sequence[Detail]) -> str:
    shown = [f"{each.path}: {_words(each)}" if each.path else _words(each) for each in details[:_SUMMARISED]]
    more = len(details) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _issue(detail: Detail) -> WireIssue:
    return WireIssue(detail.path, _words(detail), detail.found, detail.expected)


def _words(detail: Detail) -> str:
    return f"{detail.message} {detail.hint}" if detail.hint else detail.message
