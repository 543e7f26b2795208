"""What is counted as it happens, beside a recount of the rows, both at the same moment."""

from collections import Counter

from dripline.database.queries import Query
from dripline.database.work import Tx
from dripline.delivery.counting import SKIPPED, about_sequence
from dripline.durable.tallies import read_sums, read_wholes, total
from dripline.kernel.ids import SequenceId, WorkspaceId
from dripline.sequences.enrollments.counts import count_runs

Counts = Counter[tuple[object, ...]]

ONE_MOMENT = Query(
    "one_moment", "Lets all that follows see the same state.", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
)
_SEQUENCES = Query("sequences", "Gives sequences.", "SELECT id FROM sequence WHERE workspace_id = $1")
_RUNS = Query(
    "runs",
    "Counts the runs.",
    "SELECT sequence_id::text, version, step, status, count(*) FROM enrollment WHERE workspace_id = $1 "
    "GROUP BY 1, 2, 3, 4",
)
_MAILS = Query(
    "mails",
    "Counts the ledger, and goals by the last mail before them, as what is counted of mail.",
    """
    SELECT sequence_id::text || '/' || sequence_version || '/' || step AS place, what, count(*) FROM (
        SELECT sequence_id, sequence_version, step, CASE status
            WHEN 'skipped' THEN 'skipped:' || reason WHEN 'in_doubt' THEN 'in_doubt' WHEN 'failed' THEN 'failed'
            ELSE 'sent' END AS what
        FROM message WHERE workspace_id = $1 AND status <> 'queued' AND kind = 'sequence'
        UNION ALL
        SELECT sequence_id, sequence_version, step, 'unsubscribed' FROM message
        WHERE workspace_id = $1 AND unsubscribed_at IS NOT NULL
        UNION ALL
        SELECT c.sequence_id, coalesce(m.sequence_version, e.version), coalesce(m.step, ''), 'converted'
        FROM conversion AS c JOIN enrollment AS e ON e.workspace_id = $1 AND e.id = c.enrollment_id
        LEFT JOIN message AS m ON m.workspace_id = $1 AND m.source_id = e.id AND m.visit = (SELECT max(b.visit)
            FROM message AS b WHERE b.workspace_id = $1 AND b.source_id = e.id AND b.sent_at <= c.at)
        WHERE c.workspace_id = $1
    ) AS happened GROUP BY 1, 2
    """,
)


async def kept_and_recounted_runs(tx: Tx, workspace: WorkspaceId) -> tuple[Counts, Counts]:
    """Runs by sequence, version, step and status: as they are kept, and recounted."""
    sequences = [SequenceId(row["id"]) for row in await tx.rows(_SEQUENCES, workspace)]
    kept = {
        (each.sequence, each.version, each.step, each.status): each.count
        for each in await count_runs(tx, workspace, sequences)
    }
    return Counter(kept), Counter({tuple(row)[:4]: row["count"] for row in await tx.rows(_RUNS, workspace)})


async def kept_and_recounted_mails(tx: Tx, workspace: WorkspaceId) -> tuple[Counts, Counts]:
    """What became of mail, by place (sequence, version and step) and word: as it is kept, and recounted.

    What is kept of whole sequences adds up to what is kept of their steps.
    """
    sequences = [SequenceId(row["id"]) for row in await tx.rows(_SEQUENCES, workspace)]
    parts = await read_sums(tx, workspace, *map(about_sequence, sequences))
    wholes = await read_wholes(tx, workspace, *map(about_sequence, sequences))
    assert total(parts.values()) == total(wholes.values())
    kept = {
        (subject.removeprefix("sequence:").removesuffix("/"), what): count
        for subject, counts in parts.items()
        for what, count in counts.items()
        if what.startswith(SKIPPED) or what in {"sent", "in_doubt", "failed", "unsubscribed", "converted"}
    }
    return Counter(kept), Counter({tuple(row)[:2]: row["count"] for row in await tx.rows(_MAILS, workspace)})
