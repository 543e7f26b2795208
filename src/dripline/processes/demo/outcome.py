"""What became of everybody, read back through the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import msgspec

from dripline.processes.client import Client
from dripline.processes.demo.story import PEOPLE, SEQUENCE, TEMPLATES, Person

_EXPLAINED_BY_DRY_RUN = frozenset(("exit_condition", "condition"))
_STOPS = frozenset(("true", "exited"))


class _Mail(msgspec.Struct, frozen=True, rename="camel"):
    step: str
    sent_at: datetime


class _Mails(msgspec.Struct, frozen=True):
    data: Sequence[_Mail]


class _Enrollment(msgspec.Struct, frozen=True, rename="camel"):
    email: str
    status: str
    exit_reason: str | None
    ended_at: datetime | None


class _Enrollments(msgspec.Struct, frozen=True):
    data: Sequence[_Enrollment]


class _Send(msgspec.Struct, frozen=True):
    email: str
    step: str
    status: str


class _Sends(msgspec.Struct, frozen=True):
    data: Sequence[_Send]


class _Step(msgspec.Struct, frozen=True):
    outcome: str
    reason: str | None


class _DryRun(msgspec.Struct, frozen=True):
    steps: Sequence[_Step]


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's fourteen days: the day of each mail by template, and why there were no others."""

    person: Person
    mails: Mapping[str, int]
    why: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What the ledger of messages says: how many were sent, and how many of them more than once to one person."""

    sent: int
    doubled: int


async def read_walks(client: Client, *, start: datetime) -> list[Walk]:
    """Everybody's days, in the order of the cast. `start` is day 0."""
    path = f"/api/sequences/{SEQUENCE}/enrollments?limit=100"
    enrollments = {each.email: each for each in (await client.read(path, _Enrollments)).data}
    return [await _walk(client, person, enrollments[person.email], start=start) for person in PEOPLE]


async def read_totals(client: Client) -> Totals:
    """The ledger, counted."""
    sends = (await client.read("/api/sends?limit=100", _Sends)).data
    sent = [(send.email, send.step) for send in sends if send.status == "sent"]
    return Totals(len(sent), len(sent) - len(set(sent)))


async def _walk(client: Client, person: Person, enrollment: _Enrollment, *, start: datetime) -> Walk:
    found = await client.read(f"/api/inbox?limit=100&email={quote(person.email)}", _Mails)
    mails = {mail.step: (mail.sent_at - start).days for mail in found.data}
    ended = enrollment.ended_at or start
    day = f"day {(ended - start).days}"
    match enrollment:
        case _Enrollment(status="completed") if len(mails) == len(TEMPLATES):
            return Walk(person, mails, f"completed on {day}")
        case _Enrollment(status="completed"):
            missed = ", ".join(template for template in TEMPLATES if template not in mails)
            return Walk(person, mails, f"completed on {day}, without {missed}: {await _reason(client, person)}")
        case _Enrollment(exit_reason=str() as reason) if reason in _EXPLAINED_BY_DRY_RUN:
            return Walk(person, mails, f"left on {day}: {await _reason(client, person)}")
        case _:
            return Walk(person, mails, f"left on {day}: {enrollment.exit_reason or enrollment.status}")


async def _reason(client: Client, person: Person) -> str:
    """What the dry run says about the first decision that keeps a mail from a person: it decides as the engine does."""
    body = {"email": person.email}
    answer = await client.do("POST", f"/api/sequences/{SEQUENCE}/dry-run", body)
    steps = msgspec.json.decode(answer, type=_DryRun).steps
    return next((step.reason for step in steps if step.outcome in _STOPS and step.reason), "no reason is known")
