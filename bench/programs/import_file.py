"""Takes a file of contacts into the one list of a workspace: by the product's job, or by COPY of the rows it makes."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from bench.people import address
from bench.talking import hear, order, run, say
from dripline.contacts.importing.form import read_form
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.durable.jobs import JobRunner
from dripline.durable.uploads import PART, keep_part
from dripline.engine.audience.importing import IMPORT_JOB, Order, import_later, import_page
from dripline.kernel.clock import real_now
from dripline.kernel.ids import JobId, ListId, WorkspaceId, new_uuid

_LIST = Query("list", "Gives the one list there is.", "SELECT workspace_id, id FROM list")
_CONTACT = ["workspace_id", "id", "email", "email_key", "properties", "created_at", "updated_at"]
_MEMBER = ["workspace_id", "list_id", "contact_id", "added_at"]
_CHANGE = ["workspace_id", "contact_id", "id", "what", "detail", "at"]
_NAMES = ("firstName", "plan", "done", "company", "city", "projects", "signedUpAt")

Work = Callable[[], Awaitable[object]]


async def main() -> None:
    asked = order()
    database = await Database.open(asked["url"], size=4, name="bench importing")
    async with database.work() as tx:
        found = await tx.row(_LIST)
    assert found is not None
    make = _job if asked["how"] == "dripline" else _copy
    work = await make(database, WorkspaceId(found["workspace_id"]), ListId(found["id"]), asked)
    say("ready")
    await hear()
    start = time.perf_counter()
    await work()
    say("done", seconds=time.perf_counter() - start)
    await database.close()
    await hear()


async def _job(database: Database, workspace: WorkspaceId, onto: ListId, asked: dict[str, Any]) -> Work:
    lines = (",".join((address(number), *map(str, _values(number)))) for number in range(asked["rows"]))
    content = "\r\n".join((",".join(("email", *_NAMES)), *lines)).encode()
    job = JobId(new_uuid())
    asked_for = Order(read_form(content, is_whole=True), len(content), onto, enroll=asked["enroll"])
    async with database.work() as tx:
        for number, start in enumerate(range(0, len(content), PART)):
            await keep_part(tx, workspace, job, number, content[start : start + PART])
        await import_later(tx, workspace, job, asked_for)
    pages = {IMPORT_JOB: import_page(database, begun=lambda: None)}
    return lambda: JobRunner(database, pages, lease=timedelta(seconds=60)).run_one(workspace)


async def _copy(database: Database, workspace: WorkspaceId, onto: ListId, asked: dict[str, Any]) -> Work:
    now, numbers = real_now(), range(asked["rows"])
    ids = [new_uuid() for _ in numbers]
    detail = {"list": "newsletter", "listId": str(onto), "name": "newsletter"}
    contacts = [
        (workspace, ids[n], address(n), address(n), dict(zip(_NAMES, _values(n), strict=True)), now, now)
        for n in numbers
    ]
    members = [(workspace, onto, id_, now) for id_ in ids]
    changes = [(workspace, id_, new_uuid(), "list_joined", detail, now) for id_ in ids]

    async def work() -> None:
        async with database.work() as tx:
            await tx.copy("contact", _CONTACT, contacts)
            await tx.copy("list_member", _MEMBER, members)
            await tx.copy("contact_change", _CHANGE, changes)

    return work


def _values(number: int) -> Sequence[object]:
    return f"Ann{number}", "trial", "false", "Example & Sons", "Lisbon", number % 7, "2026-01-15T09:30:00Z"


if __name__ == "__main__":
    run(main())
