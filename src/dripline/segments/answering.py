"""Whether rules hold for contacts: what their own rows settle is settled by these, and nothing more is read of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from dripline.contacts.facts import Company, ContactFacts
from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.events.counting import count_events
from dripline.events.model import Seen
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import EventTest, Predicate
from dripline.predicates.narrowing import narrow
from dripline.predicates.walking import Test, events_in
from dripline.segments.company import companies
from dripline.segments.model import Segment
from dripline.segments.trees import kind_of, kinds_in, list_ids


class Question(NamedTuple):
    """Whether the rules of a segment hold for a contact."""

    segment: Segment
    contact: ContactId


class Answer(NamedTuple):
    """That they do, or do not."""

    segment: Segment
    contact: ContactId
    holds: bool


_Known: TypeAlias = dict[ContactId, ContactFacts]
_Left: TypeAlias = Sequence[Predicate | bool]
"""What decides each question: the answer, or the rules that are left."""


def rows_alone(
    questions: Iterable[Question], contacts: Mapping[ContactId, Contact], *, now: datetime
) -> dict[ContactId, ContactFacts]:
    """What the rows of those who are asked about say, seen at `now`."""
    trees = {segment.id: segment.whole for segment, _ in questions}.values()
    lists = {name: list_id for tree in trees for name, list_id in list_ids(tree).items()}
    return {contact: ContactFacts(contacts[contact], None, now, lists=lists) for _, contact in questions}


async def answer_all(
    tx: Tx,
    workspace: WorkspaceId,
    questions: Sequence[Question],
    rows: Mapping[ContactId, ContactFacts],
    *,
    now: datetime,
) -> list[Answer]:
    """Answer questions, in their order. `rows` is what the contacts' own rows say; what else it takes is read."""
    known: _Known = dict(rows)
    left = _narrowed(questions, [segment.whole for segment, _ in questions], known, _is_read_apart)
    for contact, company in (await _companies(tx, workspace, _open(questions, left))).items():
        known[contact] = replace(known[contact], company=company)
    left = _narrowed(questions, left, known, _is_counted)
    for contact, seen in (await _events(tx, workspace, _open(questions, left), now=now)).items():
        known[contact] = replace(known[contact], events=seen)
    return [
        Answer(segment, contact, rest if isinstance(rest, bool) else evaluate(rest, known[contact]))
        for (segment, contact), rest in zip(questions, left, strict=True)
    ]


def _is_read_apart(test: Test) -> bool:
    return kind_of(test) is not None or _is_counted(test)


def _is_counted(test: Test) -> bool:
    return isinstance(test, EventTest)


def _narrowed(
    questions: Sequence[Question], left: _Left, known: _Known, is_open: Callable[[Test], bool]
) -> list[Predicate | bool]:
    return [
        rest if isinstance(rest, bool) else narrow(rest, known[contact], is_open)
        for (_, contact), rest in zip(questions, left, strict=True)
    ]


def _open(questions: Sequence[Question], left: _Left) -> list[tuple[ContactId, Predicate]]:
    return [(contact, rest) for (_, contact), rest in zip(questions, left, strict=True) if not isinstance(rest, bool)]


async def _companies(
    tx: Tx, workspace: WorkspaceId, asked: Iterable[tuple[ContactId, Predicate]]
) -> dict[ContactId, Company]:
    kinds = [(contact, kinds_in(rest)) for contact, rest in asked]
    people = {contact: None for contact, wanted in kinds if wanted}
    return await companies(tx, workspace, people, kinds=frozenset().union(*(wanted for _, wanted in kinds)))


async def _events(
    tx: Tx, workspace: WorkspaceId, asked: Iterable[tuple[ContactId, Predicate]], *, now: datetime
) -> dict[ContactId, dict[EventTest, Seen]]:
    people: dict[EventTest, dict[ContactId, None]] = {}
    for contact, rest in asked:
        for test in events_in(rest):
            people.setdefault(test, {})[contact] = None
    seen: dict[ContactId, dict[EventTest, Seen]] = {}
    for test, theirs in people.items():
        for contact, count in (await count_events(tx, workspace, test, list(theirs), now=now)).items():
            seen.setdefault(contact, {})[test] = Seen(count, None)
    return seen
