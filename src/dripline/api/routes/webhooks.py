"""Webhooks: who is told what happened, and what they were told."""

import re
import secrets
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import delete, get, post, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, PathParameter, QueryParameter

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, Ref
from dripline.database.work import Tx
from dripline.delivery.webhooks import store
from dripline.delivery.webhooks.model import ALL, EVENTS, Delivery, DeliveryStatus, Status, Webhook
from dripline.delivery.webhooks.payloads import body_of
from dripline.delivery.webhooks.store import SECRET_BYTES, find_webhook, secret_of
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.ids import show
from dripline.kernel.values import check_text

_LONGEST_URL = 2000
_NOT_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f]")

DeliveryRef = Annotated[str, PathParameter(description="The id of the delivery.")]
StatusFilter = Annotated[DeliveryStatus | None, QueryParameter(description="Only those that stand so.")]


class NewWebhook(msgspec.Struct, frozen=True, rename="camel"):
    """A webhook to make. Without `events` it is told everything."""

    url: str
    events: list[str] | None = None


class WebhookPatch(msgspec.Struct, frozen=True, rename="camel"):
    """What to change. What is not named, or null, stays."""

    url: str | None = None
    events: list[str] | None = None
    status: Status | None = None


class WebhookShape(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A webhook. `reason` says why it is disabled; `failingSince` is null while calls get through."""

    id: str
    url: str
    events: Sequence[str]
    status: Status
    reason: str | None
    failing_since: str | None
    failures: int
    last_error: str | None
    created_at: str
    updated_at: str


class WebhookWithSecret(WebhookShape, frozen=True, rename="camel", kw_only=True):
    """A webhook with the secret that it is signed with, which is shown this once."""

    secret: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, …)"


class DeliveryShape(msgspec.Struct, frozen=True, rename="camel"):
    """A delivery. `payload` is the body as it would be sent now; `id` is the `webhook-id`."""

    id: str
    webhook_id: str
    type: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: str | None
    response_status: int | None
    detail: str | None
    payload: Mapping[str, Any]
    created_at: str
    settled_at: str | None


@post("/webhooks", responses=CONFLICT)
async def create_webhook(data: JSONBody[NewWebhook], caller: Calling) -> WebhookWithSecret:
    """Make a webhook; 409 when there are too many. Its secret is shown in this answer and never again."""
    url, events = _url(data.url), _events([ALL] if data.events is None else data.events)
    secret, sealer = _new_secret(), caller.services.sealer
    made = await caller.transact(
        lambda tx: store.add_webhook(tx, caller.id, url, events, secret, sealer=sealer, now=real_now())
    )
    return _with_secret(made, secret)


@get("/webhooks")
async def list_webhooks(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[WebhookShape]:
    """Webhooks, oldest first."""
    after = read_cursor("webhook", cursor)
    found = await caller.transact(lambda tx: store.list_webhooks(tx, caller.id, limit=limit + 1, after=after))
    return page(found, limit=limit, kind="webhook", id_of=lambda each: each.id, shape=_shape)


@get("/webhooks/{ref:str}", responses=NOT_FOUND)
async def get_webhook(ref: Ref, caller: Calling) -> WebhookShape:
    """One webhook."""
    return _shape(await caller.transact(lambda tx: find_webhook(tx, caller.id, ref)))


@route("/webhooks/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND)
async def change_webhook(ref: Ref, data: JSONBody[WebhookPatch], caller: Calling) -> WebhookShape:
    """Change a webhook. Another `url`, or enabling it, lets what waits be tried at once."""
    url = _url(data.url) if data.url is not None else None
    events = _events(data.events) if data.events is not None else None
    changed = await caller.transact(
        lambda tx: store.change_webhook(tx, caller.id, ref, url=url, events=events, status=data.status, now=real_now())
    )
    caller.wake_workers()
    return _shape(changed)


@delete("/webhooks/{ref:str}", responses=NOT_FOUND)
async def delete_webhook(ref: Ref, caller: Calling) -> None:
    """Erase a webhook and its deliveries."""
    await caller.transact(lambda tx: store.delete_webhook(tx, caller.id, ref))


@post("/webhooks/{ref:str}/rotate-secret", status_code=200, responses=NOT_FOUND)
async def rotate_webhook_secret(ref: Ref, caller: Calling) -> WebhookWithSecret:
    """Give a webhook another secret, shown this once. The one before signs beside it for 24 hours."""
    secret, sealer = _new_secret(), caller.services.sealer
    rotated = await caller.transact(
        lambda tx: store.rotate_secret(tx, caller.id, ref, secret, sealer=sealer, now=real_now())
    )
    return _with_secret(rotated, secret)


@get("/webhooks/{ref:str}/deliveries", responses=NOT_FOUND)
async def list_deliveries(
    ref: Ref, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, status: StatusFilter = None
) -> Page[DeliveryShape]:
    """What a webhook was told in the last 14 days, and will be, newest first."""
    before = read_cursor("delivery", cursor)

    async def act(tx: Tx) -> list[Delivery]:
        webhook = await find_webhook(tx, caller.id, ref)
        return await store.list_deliveries(tx, caller.id, webhook.id, limit=limit + 1, before=before, status=status)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="delivery", id_of=lambda each: each.id, shape=_delivery)


@post("/webhooks/{ref:str}/deliveries/{delivery:str}/replay", status_code=200, responses=NOT_FOUND | CONFLICT)
async def replay_delivery(ref: Ref, delivery: DeliveryRef, caller: Calling) -> DeliveryShape:
    """Make a delivery once more, under the same id."""

    async def act(tx: Tx) -> Delivery:
        webhook = await find_webhook(tx, caller.id, ref)
        return await store.replay(tx, caller.id, webhook, delivery, now=real_now())

    replayed = await caller.transact(act)
    caller.wake_workers()
    return _delivery(replayed)


def _new_secret() -> str:
    return secret_of(secrets.token_bytes(SECRET_BYTES))


def _url(text: str) -> str:
    """A web address without a password in it. Whether it may be called is found out when it is."""
    check_text(text, "url", longest=_LONGEST_URL)
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        is_plain = "@" not in parts.netloc and text.isascii()
    except ValueError:
        is_whole = is_plain = False
    if not is_whole or not is_plain or _NOT_IN_A_URL.search(text):
        expected = "an address that begins with https://, without user name and password"
        raise Invalid.at("url", "is no web address that can be called", found=repr(text[:80]), expected=expected)
    return text


def _events(names: Sequence[str]) -> list[str]:
    known = (*EVENTS, ALL)
    wrong = [
        Problem(
            f"events[{place}]",
            "is no event that a webhook can be told.",
            found=repr(name[:80]),
            expected=", ".join(known),
            hint=f"Did you mean {near[0]!r}?" if (near := get_close_matches(name[:80], known, 1)) else None,
        )
        for place, name in enumerate(names)
        if name not in known
    ]
    if wrong:
        raise Invalid.of(wrong)
    if not names:
        raise Invalid.at("events", "names no event", found="[]", expected=f"names of events, or {ALL!r} for all")
    return list(dict.fromkeys(names))


def _shape(webhook: Webhook) -> WebhookShape:
    return WebhookShape(
        id=show("webhook", webhook.id),
        url=webhook.url,
        events=webhook.events,
        status=webhook.status,
        reason=webhook.reason,
        failing_since=iso(webhook.failing_since) if webhook.failing_since is not None else None,
        failures=webhook.failures,
        last_error=webhook.last_error,
        created_at=iso(webhook.created_at),
        updated_at=iso(webhook.updated_at),
    )


def _with_secret(webhook: Webhook, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**msgspec.structs.asdict(_shape(webhook)), secret=secret)


def _delivery(delivery: Delivery) -> DeliveryShape:
    waits = delivery.status is DeliveryStatus.PENDING
    return DeliveryShape(
        id=show("delivery", delivery.id),
        webhook_id=show("webhook", delivery.webhook_id),
        type=delivery.told.type,
        status=delivery.status,
        attempts=delivery.attempts,
        next_attempt_at=iso(delivery.due_at) if waits else None,
        response_status=delivery.response_status,
        detail=delivery.detail,
        payload=body_of(delivery.told),
        created_at=iso(delivery.created_at),
        settled_at=iso(delivery.settled_at) if delivery.settled_at is not None else None,
    )


ROUTES = [
    create_webhook,
    list_webhooks,
    get_webhook,
    change_webhook,
    delete_webhook,
    rotate_webhook_secret,
    list_deliveries,
    replay_delivery,
]
