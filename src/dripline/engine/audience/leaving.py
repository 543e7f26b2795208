"""Leaving one list by one's own wish: off the list, and out of what being put on it began."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.lists import ContactList, keep_list, lists_of, public_lists
from dripline.contacts.store import find_contact, lock_contacts
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery import outbox
from dripline.engine.audience.belonging import remove_from_list
from dripline.kernel.ids import ContactId, EnrollmentId, ListId, MessageId, WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.language.model import ListTrigger
from dripline.sequences.programs import VersionKey, published

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class MailList:
    """The public list that a mail came by, and whether its reader gets mail by it now."""

    found: ContactList
    is_on_it: bool


@dataclass(frozen=True, slots=True)
class _Run:
    id: EnrollmentId
    version: VersionKey
    via: str | None


async def list_of_mail(tx: Tx, workspace: WorkspaceId, contact: ContactId, message: MessageId) -> MailList | None:
    """The list that a mail came by: the one that began its run. None where that is none that its members may see."""
    runs = [_run(row) for row in await tx.rows(_sql["run_of_mail"], workspace, contact, message)]
    lists = await _lists_behind(tx, workspace, runs)
    found = next((each for each in await public_lists(tx, workspace) if each.id in lists.values()), None)
    person = await find_contact(tx, workspace, contact)
    if found is None or person is None:
        return None
    on_it = {each.id for each in await lists_of(tx, workspace, contact)}
    return MailList(found, person.unsubscribed_at is None and found.id in on_it)


async def leave_list(
    tx: Tx,
    workspace: WorkspaceId,
    contact: ContactId,
    list_id: ListId,
    *,
    source: Mapping[str, Json],
    now: datetime,
) -> None:
    """Take somebody off a list who asked for it, and end the runs that it began: no mail follows. May be repeated."""
    if not await lock_contacts(tx, workspace, [contact]):
        return
    found = await keep_list(tx, workspace, list_id)
    if found is None or not await remove_from_list(tx, workspace, list_id, [contact], now=now, source=source):
        return
    runs = [_run(row) for row in await tx.rows(_sql["runs_of_contact_now"], workspace, contact)]
    begun = [run for run, behind in (await _lists_behind(tx, workspace, runs)).items() if behind == list_id]
    said = f"left the list {found.slug}"
    ended = await enrollments.exit_these(tx, workspace, begun, reason=ExitReason.UNSUBSCRIBED, detail=said, now=now)
    await outbox.cancel(tx, workspace, ended, now=now)


async def _lists_behind(tx: Tx, workspace: WorkspaceId, runs: list[_Run]) -> Mapping[EnrollmentId, UUID]:
    """The list that began each run, where one did: that which it names, else the one that starts its sequence."""
    versions = await published(tx, workspace, {run.version for run in runs})
    found: dict[EnrollmentId, UUID] = {}
    for run in runs:
        kind, _, key = (run.via or "").partition(":")
        version = versions[run.version]
        trigger = version.definition.trigger
        if kind == "list":
            found[run.id] = UUID(key)
        elif isinstance(trigger, ListTrigger) and trigger.list in version.lists:
            found[run.id] = version.lists[trigger.list]
    return found


def _run(row: Row) -> _Run:
    return _Run(row["id"], (row["sequence_id"], row["version"]), row["entered_via"])
