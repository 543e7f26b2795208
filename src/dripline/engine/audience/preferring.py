"""What people choose for themselves by a link in their mail: the public lists that they are on, and mail or none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from dripline.contacts.lists import ContactList, lists_of, public_lists
from dripline.contacts.model import ContactChanges
from dripline.contacts.store import find_contact, lock_contacts
from dripline.database.work import Tx
from dripline.engine.audience.belonging import add_to_list
from dripline.engine.audience.leaving import leave_list
from dripline.engine.audience.people import change_contact, opt_out
from dripline.kernel.ids import ContactId, ListId, MessageId, WorkspaceId, show
from dripline.kernel.values import Json

OPT_IN = ContactChanges(unsubscribed=False)
PREFERENCES_PAGE = "preferences_page"


@dataclass(frozen=True, slots=True)
class Choices:
    """The public lists, those among them that somebody is on, and whether they want no mail at all."""

    lists: tuple[ContactList, ...]
    chosen: frozenset[ListId]
    unsubscribed: bool


async def choices_of(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> Choices:
    """What somebody has chosen. Nobody, who may have been erased, has chosen nothing."""
    shown = tuple(await public_lists(tx, workspace))
    found = await find_contact(tx, workspace, contact)
    if found is None or found.unsubscribed_at is not None:
        return Choices(shown, frozenset(), unsubscribed=True)
    on = {each.id for each in await lists_of(tx, workspace, contact)}
    return Choices(shown, frozenset(each.id for each in shown if each.id in on), unsubscribed=False)


async def choose(
    tx: Tx,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    shown: Collection[ListId],
    wanted: Collection[ListId],
    message: MessageId,
    now: datetime,
) -> None:
    """Be on those lists among the public ones that were `shown`, and on no others of them. May be repeated.

    What a list began ends with leaving it. Who chose a list wants mail, also when they had opted out. Who had, and
    chose none, stays as they are.
    """
    public = {each.id for each in await public_lists(tx, workspace)} & set(shown)
    source = _source(message)
    if not await lock_contacts(tx, workspace, [contact]):
        return
    before = await choices_of(tx, workspace, contact)
    if before.unsubscribed and not public & set(wanted):
        return
    if before.unsubscribed:
        await _opt_in(tx, workspace, contact, source, now=now)
    for each in sorted(public):
        if each in wanted:
            await add_to_list(tx, workspace, each, [contact], now=now, source=source)
        else:
            await leave_list(tx, workspace, contact, each, source=source, now=now)


async def want_mail(tx: Tx, workspace: WorkspaceId, contact: ContactId, *, message: MessageId, now: datetime) -> None:
    """Opt in again, on the lists that were left as they were. May be repeated."""
    await _opt_in(tx, workspace, contact, _source(message), now=now)


async def want_none(tx: Tx, workspace: WorkspaceId, contact: ContactId, *, message: MessageId, now: datetime) -> None:
    """Opt out of everything. May be repeated."""
    await opt_out(tx, workspace, contact, message=message, source=_source(message), now=now)


async def _opt_in(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, source: Mapping[str, Json], *, now: datetime
) -> None:
    await change_contact(tx, workspace, contact, OPT_IN, source=source, now=now)


def _source(message: MessageId) -> Mapping[str, Json]:
    return {"source": PREFERENCES_PAGE, "sendId": show("message", message)}
