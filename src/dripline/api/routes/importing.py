"""Importing contacts: files as jobs, and a few in a JSON body at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import QueryParameter

from dripline.api.answers import NOT_FOUND, answers
from dripline.api.caller import Caller
from dripline.api.decoding import read_body
from dripline.api.files import file_of
from dripline.api.parameters import Calling
from dripline.api.reading.contacts import read_tags
from dripline.api.reading.importing import (
    LARGEST_FILE,
    ContactsBody,
    Incoming,
    keep_file,
    read_tag_list,
)
from dripline.api.routes.test_clock import UnderWayShape
from dripline.contacts.importing.model import Fault, Person
from dripline.contacts.importing.reading import read_object
from dripline.contacts.lists import find_list
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.engine.audience.importing import Order, fault_of, import_later
from dripline.engine.audience.taking_in import Into, Outcome, take_in
from dripline.kernel.errors import Invalid, Refused
from dripline.kernel.ids import JobId, ListId, new_uuid, show

_PAGE = 500
_TEXT = Schema(type=OpenAPIType.STRING)


class RowFault(msgspec.Struct, frozen=True):
    """What is wrong with a row: which, counted from 1, in which column, and what."""

    row: int
    column: str | None
    message: str


class ImportedShape(msgspec.Struct, frozen=True):
    """How many contacts are new, how many were there already, and what was wrong with the others."""

    created: int
    skipped: int
    errors: Sequence[RowFault]


@dataclass
class _ImportOperation(Operation):
    """The body of an import, which the framework does not read."""

    def __post_init__(self) -> None:
        form = Schema(
            type=OpenAPIType.OBJECT, properties={"file": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)}
        )
        contacts = Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "contacts": Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.OBJECT)),
                "listId": _TEXT,
            },
            required=["contacts"],
        )
        self.request_body = RequestBody(
            required=True,
            description="CSV with a header line, or JSON lines; up to 100 MB.",
            content={
                "text/csv": OpenAPIMediaType(schema=_TEXT),
                "application/x-ndjson": OpenAPIMediaType(schema=_TEXT),
                "multipart/form-data": OpenAPIMediaType(schema=form),
                "application/json": OpenAPIMediaType(schema=contacts),
            },
        )


@post(
    "/contacts/import",
    status_code=202,
    request_max_body_size=None,
    operation_class=_ImportOperation,
    responses=NOT_FOUND | answers((200, ImportedShape, "The contacts of a JSON body were taken in at once.")),
)
async def import_contacts(
    request: Request[Any, Any, Any],
    caller: Calling,
    onto: Annotated[
        str | None,
        QueryParameter(name="list", max_length=256, description="Put everybody on this list: id, slug, name."),
    ] = None,
    tags: Annotated[
        str | None, QueryParameter(max_length=4_000, description="Give everybody these tags, commas between them.")
    ] = None,
    enroll: Annotated[bool, QueryParameter(description="Whether sequences may start by it.")] = True,
    dry_run: Annotated[
        bool, QueryParameter(name="dryRun", description="Count what would happen, and do nothing.")
    ] = False,
) -> Response[UnderWayShape | ImportedShape]:
    """Take in a file of contacts as a job, or up to 10,000 contacts in a JSON body at once."""
    everybodys = tuple(read_tags(read_tag_list(tags), "tags"))
    list_id = await _list_id(caller, onto)
    declared = request.headers.get("content-type", "")
    incoming = Incoming(file_of(request, most=LARGEST_FILE), declared)
    if await incoming.is_body():
        body = read_body(await incoming.whole(), ContactsBody)
        if dry_run:
            raise Invalid.at("dryRun", "is for files", expected="CSV or JSON lines")
        into = Into(list_id or await _list_id(caller, body.list_id), everybodys, enroll, changes=False)
        return Response(await _take_in(caller, body.contacts, into), status_code=200)
    job = JobId(new_uuid())
    form, size = await keep_file(caller, job, incoming)
    order = Order(form, size, list_id, everybodys, enroll, dry_run)
    await caller.transact(lambda tx: import_later(tx, caller.id, job, order))
    caller.wake_workers(Hint.JOB)
    return Response(UnderWayShape(show("job", job)), status_code=202)


async def _list_id(caller: Caller, ref: str | None) -> ListId | None:
    return (await caller.transact(lambda tx: find_list(tx, caller.id, ref))).id if ref is not None else None


async def _take_in(caller: Caller, contacts: Sequence[Any], into: Into) -> ImportedShape:
    """Take in contacts in pages, one transaction for each. When one fails, the call may be repeated."""
    created = skipped = 0
    errors: list[RowFault] = []
    for start in range(0, len(contacts), _PAGE):
        read = list(enumerate(map(read_object, contacts[start : start + _PAGE]), start=start + 1))
        people = [(row, found) for row, found in read if isinstance(found, Person)]
        wrong = {row: found for row, found in read if not isinstance(found, Person)}

        async def act(tx: Tx, people: Sequence[tuple[int, Person]] = people) -> Sequence[Outcome | Refused]:
            return (await take_in(tx, caller.id, [each for _, each in people], into, now=caller.now())).outcomes

        outcomes = await caller.transact(act)
        for (row, _), outcome in zip(people, outcomes, strict=True):
            if isinstance(outcome, Refused):
                wrong[row] = (fault_of(outcome),)
        created += sum(outcome is Outcome.CREATED for outcome in outcomes)
        skipped += sum(outcome in (Outcome.UPDATED, Outcome.UNCHANGED) for outcome in outcomes)
        errors += [fault for row, faults in sorted(wrong.items()) for fault in _faults(row, faults)]
    caller.wake_workers()
    return ImportedShape(created, skipped, errors)


def _faults(row: int, faults: Sequence[Fault]) -> list[RowFault]:
    return [RowFault(row, fault.column, fault.message) for fault in faults]


ROUTES = [import_contacts]
