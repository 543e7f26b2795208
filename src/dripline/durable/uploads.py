"""Files that jobs read: kept in parts until the job has ended, so that none is ever in memory as a whole."""

from datetime import datetime, timedelta
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import JobId, WorkspaceId, first_uuid

_sql = queries(__package__)

PART = 1_048_576
"""Bytes of every part but the last."""

# An upload that began before this and has no job was given up: by a client that went away, or a process that died.
_GIVEN_UP_AFTER = timedelta(days=1)


async def keep_part(tx: Tx, workspace: WorkspaceId, job: JobId, number: int, content: bytes) -> None:
    """Keep a part of the file of a job that may be queued later; parts count from 0."""
    await tx.run(_sql["keep_part"], workspace, job, number, content)


async def read_part(tx: Tx, workspace: WorkspaceId, job: JobId, offset: int, most: int) -> bytes:
    """At most so many bytes from an offset on, to the end of the part; empty behind the last."""
    number, start = divmod(offset, PART)
    found: bytes | None = await tx.value(_sql["read_part"], workspace, job, number, start + 1, most)
    return found or b""


async def forget_upload(tx: Tx, workspace: WorkspaceId, job: UUID) -> None:
    """Throw a file away."""
    await tx.run(_sql["forget_upload"], workspace, job)


async def forget_uploads(tx: Tx, *, now: datetime) -> None:
    """Throw away the files of jobs that have ended, and those that no job will ever read."""
    await tx.run(_sql["forget_uploads"], first_uuid(now - _GIVEN_UP_AFTER))
