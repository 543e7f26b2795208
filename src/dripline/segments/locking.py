"""One lock for the segments of a workspace: shared by whoever follows changes, alone for whoever builds or edits.

A page of a build, or an edit, happens between changes and never during one. It is taken after the locks of contacts;
who holds it alone locks no contacts afterwards. Waiting is in line, so that neither kind starves the other.
"""

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


async def share_segments(tx: Tx, workspace: WorkspaceId) -> None:
    """Until this transaction ends, no page of a build and no edit comes in between."""
    await tx.rows(_sql["share_segments"], workspace)


async def own_segments(tx: Tx, workspace: WorkspaceId) -> None:
    """Until this transaction ends, be the only one who builds, edits or follows changes."""
    await tx.rows(_sql["own_segments"], workspace)
