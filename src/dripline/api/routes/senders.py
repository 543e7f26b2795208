"""Senders: who mail may be from."""

from dataclasses import replace
from functools import partial

import msgspec
from litestar import delete, get, post, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody

from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE
from dripline.api.caller import Caller
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, Ref
from dripline.api.reading.contacts import read_address
from dripline.database.work import Tx
from dripline.delivery import identities
from dripline.delivery.identities import Identity, find_identity
from dripline.delivery.senders import UsableSenders
from dripline.documents.fields import LONGEST_NAME
from dripline.kernel.addresses import Address, Mailbox, parse_mailbox
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, Problem, Unprocessable
from dripline.kernel.ids import show
from dripline.kernel.values import check_text

_LONGEST_NAME = 128


class SenderPatch(msgspec.Struct, frozen=True, rename="camel"):
    """What to change. What is not named, or null, stays; an empty `replyTo` removes it."""

    name: str | None = None
    reply_to: str | None = None
    default: bool | None = None


class NewSender(SenderPatch, frozen=True, rename="camel", kw_only=True):
    """A sender to make. Without `replyTo`, answers go to the sender itself."""

    email: str


class SenderShape(msgspec.Struct, frozen=True, rename="camel"):
    """A sender. `reason` says why mail may not be from it, when it is not verified."""

    id: str
    sender_id: str
    name: str
    email: str
    reply_to: str | None
    default: bool
    verified: bool
    reason: str | None
    created_at: str


@post("/senders", responses=CONFLICT | UNPROCESSABLE)
async def create_sender(data: JSONBody[NewSender], caller: Calling) -> SenderShape:
    """Make a sender; 409 when the address has one."""
    mailbox = _mailbox(read_address(data.email, "email"), data.name or "")
    reply_to = _reply_to(data.reply_to)

    async def act(tx: Tx) -> SenderShape:
        usable = await _usable(tx, caller)
        _check_default(usable, mailbox, wanted=bool(data.default))
        made = await identities.add_identity(
            tx, caller.id, mailbox, reply_to=reply_to, is_default=bool(data.default), now=caller.now()
        )
        return _shape(made, usable)

    return await caller.transact(act)


@get("/senders")
async def list_senders(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[SenderShape]:
    """Senders, oldest first."""
    after = read_cursor("sender", cursor)

    async def act(tx: Tx) -> Page[SenderShape]:
        found = await identities.list_identities(tx, caller.id, limit=limit + 1, after=after)
        usable = await _usable(tx, caller)
        shape = partial(_shape, usable=usable)
        return page(found, limit=limit, kind="sender", id_of=lambda each: each.id, shape=shape)

    return await caller.transact(act)


@get("/senders/{ref:str}", responses=NOT_FOUND)
async def get_sender(ref: Ref, caller: Calling) -> SenderShape:
    """One sender, by id or address."""

    async def act(tx: Tx) -> SenderShape:
        return _shape(await find_identity(tx, caller.id, ref), await _usable(tx, caller))

    return await caller.transact(act)


@route("/senders/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND | UNPROCESSABLE)
async def change_sender(ref: Ref, data: JSONBody[SenderPatch], caller: Calling) -> SenderShape:
    """Change a sender. Its address stays."""
    reply_to = _reply_to(data.reply_to)

    async def act(tx: Tx) -> SenderShape:
        found, usable = await find_identity(tx, caller.id, ref), await _usable(tx, caller)
        mailbox = _mailbox(found.mailbox.address, found.mailbox.name if data.name is None else data.name)
        _check_default(usable, mailbox, wanted=bool(data.default))
        wanted = replace(
            found,
            mailbox=mailbox,
            reply_to=found.reply_to if data.reply_to is None else reply_to,
            is_default=found.is_default if data.default is None else data.default,
        )
        return _shape(await identities.change_identity(tx, caller.id, wanted), usable)

    return await caller.transact(act)


@delete("/senders/{ref:str}", responses=NOT_FOUND)
async def delete_sender(ref: Ref, caller: Calling) -> None:
    """Erase a sender. Sequences that were given it keep its name and address."""

    async def act(tx: Tx) -> None:
        await identities.delete_identity(tx, caller.id, (await find_identity(tx, caller.id, ref)).id)

    await caller.transact(act)


def _mailbox(address: Address, name: str) -> Mailbox:
    """The mailbox, which reads back as it is written: definitions hold it as text."""
    mailbox = Mailbox(address, " ".join(check_text(name, "name", longest=_LONGEST_NAME).split()))
    try:
        is_whole = parse_mailbox(str(mailbox)) == mailbox and len(str(mailbox)) <= LONGEST_NAME
    except ValueError:
        is_whole = False
    if not is_whole:
        raise Invalid.at("name", "cannot be the name of a sender", found=repr(name[:80]), expected="plain text")
    return mailbox


def _reply_to(text: str | None) -> Address | None:
    return read_address(text, "replyTo") if text else None


async def _usable(tx: Tx, caller: Caller) -> UsableSenders:
    return await caller.services.senders.usable_in(tx, caller.workspace)


def _check_default(usable: UsableSenders, mailbox: Mailbox, *, wanted: bool) -> None:
    if wanted and (reason := usable.why_not(str(mailbox))) is not None:
        raise Unprocessable.of([Problem("default", f"this sender {reason}", found=str(mailbox))])


def _shape(identity: Identity, usable: UsableSenders) -> SenderShape:
    text = show("sender", identity.id)
    reason = usable.why_not(str(identity.mailbox))
    return SenderShape(
        id=text,
        sender_id=text,
        name=identity.mailbox.name,
        email=identity.mailbox.address.text,
        reply_to=identity.reply_to.text if identity.reply_to is not None else None,
        default=identity.is_default,
        verified=reason is None,
        reason=reason,
        created_at=iso(identity.created_at),
    )


ROUTES = [create_sender, list_senders, get_sender, change_sender, delete_sender]
