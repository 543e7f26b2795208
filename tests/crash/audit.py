"""The audit after a crash: does the ledger say what the world has seen, and does every run go on?"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from dripline.database.pool import Database, is_out_of_reach
from dripline.database.queries import Query
from dripline.database.work import Tx
from dripline.delivery.message.identity import message_id
from dripline.kernel.ids import WorkspaceId
from tests.makers.counts import kept_and_recounted_mails, kept_and_recounted_runs
from tests.makers.smtp_witness import Taken
from tests.makers.waiting import until

_RUNS = Query(
    "runs",
    "Gives the runs, and for each whether it goes on: it has ended, or it will be looked at.",
    """
    SELECT id, status, step, status <> 'active' OR due_at IS NOT NULL AS goes_on FROM enrollment
    WHERE workspace_id = ANY($1::uuid[])
    """,
)
_LEDGER = Query(
    "ledger",
    "Gives the ledger.",
    """
    SELECT workspace_id, source_id, visit, kind, step, status, reason, detail FROM message
    WHERE workspace_id = ANY($1::uuid[])
    """,
)
_CAUGHT = Query(
    "caught",
    "Gives what the inbox kept.",
    "SELECT workspace_id, source_id, visit FROM inbox WHERE workspace_id = ANY($1::uuid[])",
)
_BUSY = Query(
    "busy",
    "Says whether there is anything to do now.",
    """
    SELECT EXISTS (SELECT 1 FROM outbox WHERE workspace_id = ANY($1::uuid[]))
        OR EXISTS (SELECT 1 FROM pending_reaction WHERE workspace_id = ANY($1::uuid[]))
        OR EXISTS (SELECT 1 FROM enrollment WHERE workspace_id = ANY($1::uuid[]) AND due_at <= now())
    """,
)
_DOMAIN = "example.com"


@dataclass(frozen=True, slots=True)
class Expected:
    """What every run must have come to: one mail of each of these steps, and where it stands then.

    Mail that no run asked for must have gone, whatever is expected of runs.
    """

    mailed: Collection[str]
    status: str
    step: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, counted.

    lost          mail that was due and was neither sent nor is in doubt, or that the ledger says was sent and that
                  nobody took
    doubled       a copy too many, in the world or in the ledger
    unknown       mail that was taken although the ledger does not say that it was sent
    not_going_on  runs that wait for nothing, or do not stand where they should
    miscounted    places where another number of runs is kept than a recount gives, or another number of mails
    otherwise     what the ledger says of mail that was not handed over
    """

    runs: int
    sent: int
    in_doubt: int
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    not_going_on: int = 0
    miscounted: int = 0
    otherwise: tuple[str, ...] = ()


async def wait_for_idle(database: Database, workspaces: Collection[WorkspaceId], *, seconds: float = 60) -> None:
    """Wait until workers have nothing left to do, though the database may be away for a while."""

    async def is_idle() -> bool:
        try:
            async with database.work() as tx:
                return not await tx.value(_BUSY, workspaces)
        except Exception as error:
            if not is_out_of_reach(error):
                raise
            return False

    await until(is_idle, "everything has been done", seconds=seconds)


async def audit_live(
    tx: Tx, workspaces: Collection[WorkspaceId], expected: Expected, *, taken: Iterable[Taken]
) -> Audit:
    """Audit live workspaces against all that their SMTP server took."""
    return await _audit(tx, workspaces, expected, Counter(letter["message_id"] for letter in taken))


async def audit_test(tx: Tx, workspaces: Collection[WorkspaceId], expected: Expected) -> Audit:
    """Audit test workspaces against their inboxes."""
    caught = await tx.rows(_CAUGHT, workspaces)
    keys = ((row["workspace_id"], row["source_id"], row["visit"]) for row in caught)
    return await _audit(tx, workspaces, expected, Counter(message_id(*key, _DOMAIN) for key in keys))


async def _audit(tx: Tx, workspaces: Collection[WorkspaceId], expected: Expected, seen: Counter[str]) -> Audit:
    runs = await tx.rows(_RUNS, workspaces)
    ledger = await tx.rows(_LEDGER, workspaces)
    written = {message_id(row["workspace_id"], row["source_id"], row["visit"], _DOMAIN): row for row in ledger}
    sent = {identity for identity, row in written.items() if row["status"] == "sent"}
    in_doubt = {identity for identity, row in written.items() if row["status"] == "in_doubt"}
    mailed = Counter((written[identity]["source_id"], written[identity]["step"]) for identity in sent | in_doubt)
    due: Counter[tuple[UUID, str | None]] = Counter((run["id"], step) for run in runs for step in expected.mailed)
    due.update((row["source_id"], None) for row in ledger if row["kind"] != "sequence")
    stand = (expected.status, expected.step)
    return Audit(
        runs=len(runs),
        sent=len(sent),
        in_doubt=len(in_doubt),
        lost=(due - mailed).total() + len(sent - seen.keys()),
        doubled=(mailed - due).total() + sum(copies - 1 for copies in seen.values()),
        unknown=len(seen.keys() - sent - in_doubt),
        not_going_on=sum(not run["goes_on"] or (run["status"], run["step"]) != stand for run in runs),
        miscounted=sum([await _miscounted(tx, workspace) for workspace in workspaces]),
        otherwise=tuple(
            f"{row['step']} {row['status']}: {row['reason']} ({row['detail']})"
            for identity, row in written.items()
            if identity not in sent | in_doubt
        ),
    )


async def _miscounted(tx: Tx, workspace: WorkspaceId) -> int:
    pairs = [await kept_and_recounted_runs(tx, workspace), await kept_and_recounted_mails(tx, workspace)]
    return sum(kept[place] != recounted[place] for kept, recounted in pairs for place in kept | recounted)
