"""The one door for facts: what happened becomes exits, conversions, wakes and enrollments, in the fact's transaction.

Whoever calls has locked the contacts. Front doors react where they write; facts recorded below the engine wait in
`pending_reaction` and are reacted to within a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.engine.facts.ending import convert, end, stop
from dripline.engine.facts.starting import start
from dripline.events.listening import FactKey, Listener, Role, keys_of, listeners
from dripline.events.model import (
    AddressSuppressed,
    ContactDeleted,
    Fact,
    OptedOut,
    SegmentsTouched,
    contact_of,
    depth_of,
)
from dripline.events.store import leave_reactions
from dripline.kernel.ids import ContactId, EnrollmentId, WorkspaceId
from dripline.sequences.enrollments import store as enrollments


@dataclass(frozen=True, slots=True)
class Reaction:
    """What facts brought about."""

    enrolled: frozenset[EnrollmentId] = frozenset()
    exited: frozenset[EnrollmentId] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact, and who listens to it."""

    fact: Fact
    by: Sequence[Listener]

    def targets(self, role: Role) -> list[Listener]:
        """Those who listen in this role."""
        return [listener for listener in self.by if listener.role is role]


async def react(
    tx: Tx,
    workspace: WorkspaceId,
    facts: Sequence[Fact],
    contacts: Mapping[ContactId, Contact],
    *,
    now: datetime,
    enroll: bool = True,
) -> Reaction:
    """Carry out what facts bring about, in their order: exits first, then enrollments.

    The caller has locked everybody whom the facts are about, and gives those who may be enrolled. Without `enroll`
    nothing is started; everything else happens.
    """
    heard = await _hear(tx, workspace, facts)
    await _touch_segments(tx, workspace, heard)
    enrolled: set[EnrollmentId] = set()
    exited: set[EnrollmentId] = set()
    for part in rounds(heard):
        exited |= await end(tx, workspace, [each.fact for each in part], now=now)
        exited |= await stop(tx, workspace, _targets(part, Role.STOP), now=now)
        exited |= await convert(tx, workspace, _targets(part, Role.CONVERT), now=now)
        await _wake(tx, workspace, part, now=now)
        if enroll:
            starts = _targets(part, Role.START)
            enrolled |= await start(tx, workspace, starts, _targets(part, Role.FREQUENCY), contacts, now=now)
    return Reaction(frozenset(enrolled), frozenset(exited))


def rounds(heard: Sequence[Heard]) -> list[list[Heard]]:
    """Facts in parts that may be worked at together: within one, what ends something came before what starts.

    A second part begins where a contact whom the first one may have enrolled is heard of again by something that ends
    or wakes runs: an event that stops counts when it came after the one that enrolled, and not when it came before.
    """
    parts: list[list[Heard]] = []
    started: set[ContactId] = set()
    for each in heard:
        contact = contact_of(each.fact)
        if not parts or (contact in started and _touches_runs(each)):
            parts.append([])
            started = set()
        parts[-1].append(each)
        if any(listener.role in (Role.START, Role.FREQUENCY) for listener in each.by):
            started.add(contact)
    return parts


_ENDINGS = (OptedOut, AddressSuppressed, ContactDeleted)


def _touches_runs(heard: Heard) -> bool:
    return isinstance(heard.fact, _ENDINGS) or any(
        listener.role in (Role.STOP, Role.CONVERT, Role.WAKE) for listener in heard.by
    )


async def _hear(tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact]) -> list[Heard]:
    """The facts that somebody listens to, or that end runs by themselves."""
    keys: list[tuple[FactKey, ...]] = [keys_of(fact) for fact in facts]
    by_key = await listeners(tx, workspace, {key for each in keys for key in each})
    found = [
        Heard(fact, [listener for key in each for listener in by_key.get(key, ())])
        for fact, each in zip(facts, keys, strict=True)
    ]
    return [each for each in found if each.by or isinstance(each.fact, _ENDINGS)]


def _targets(part: Sequence[Heard], role: Role) -> list[tuple[Fact, Listener]]:
    return [(each.fact, listener) for each in part for listener in each.targets(role)]


async def _touch_segments(tx: Tx, workspace: WorkspaceId, heard: Sequence[Heard]) -> None:
    """Leave word that somebody may have entered or left segments; it is looked at within a second."""
    touched: dict[ContactId, tuple[set[UUID], int]] = {}
    for each in heard:
        if segments := {listener.target_id for listener in each.targets(Role.SEGMENT)}:
            known, depth = touched.get(contact_of(each.fact), (set(), 0))
            touched[contact_of(each.fact)] = (known | segments, max(depth, depth_of(each.fact)))
    await leave_reactions(
        tx,
        workspace,
        [SegmentsTouched(contact, tuple(sorted(segments)), depth) for contact, (segments, depth) in touched.items()],
    )


async def _wake(tx: Tx, workspace: WorkspaceId, part: Sequence[Heard], *, now: datetime) -> None:
    """Let runs that wait for these facts be looked at now."""
    waited = {
        (contact_of(each.fact), f"{kind}:{key}")
        for each in part
        if each.targets(Role.WAKE)
        for kind, key in keys_of(each.fact)
    }
    if waited:
        await enrollments.wake(tx, workspace, sorted(waited), now=now)
