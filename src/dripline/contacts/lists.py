"""Lists of contacts, and who is on them, as rows. Whoever writes about members has locked the contacts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import ContactId, ListId, WorkspaceId, new_uuid, read

MOST_SHOWN = 100
"""So many public lists are shown to a person."""

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list that contacts are put on by hand, by a call or by a step. Its slug never changes.

    `is_public`: its members see it, and may leave it by themselves. `double_opt_in`: who is put on it by a call is
    asked first, by a mail from that template or else by a built-in one. `has_form`: anybody may ask to be on it, by a
    form that the scripts of websites at `form_origins` may send too; and is then asked by the same mail.
    """

    id: ListId
    slug: str
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    is_public: bool = False
    double_opt_in: bool = False
    confirm_template_id: UUID | None = None
    has_form: bool = False
    form_origins: tuple[str, ...] = ()


async def add_list(
    tx: Tx, workspace: WorkspaceId, *, slug: str, name: str, description: str | None, now: datetime
) -> ContactList:
    """A new list, with nobody on it.

    Raises:
        Conflict: the slug is taken.
    """
    made = ContactList(ListId(new_uuid()), slug, name, description, now, now)
    if not await tx.run(_sql["add_list"], workspace, made.id, slug, name, description, now):
        raise Conflict(f"There is a list {slug!r} already.")
    return made


async def find_list(tx: Tx, workspace: WorkspaceId, ref: str) -> ContactList:
    """The list that an id, a slug or else an exact name stands for; of several with one name the oldest.

    Raises:
        NotFound: there is none.
    """
    row = await tx.row(_sql["find_list"], workspace, read("list", ref), ref)
    if row is None:
        raise NotFound.of("list", ref)
    return _list(row)


async def list_lists(
    tx: Tx, workspace: WorkspaceId, *, search: str | None, limit: int, after: UUID | None
) -> list[ContactList]:
    """At most `limit` lists, oldest first, those behind `after`; with a part of the name, whatever the case."""
    rows = await tx.rows(_sql["list_lists"], workspace, search.lower() if search else None, after, limit)
    return [_list(row) for row in rows]


async def count_members(tx: Tx, workspace: WorkspaceId, lists: Iterable[ListId]) -> dict[ListId, int]:
    """How many contacts are on each of these lists."""
    counts = dict.fromkeys(lists, 0)
    rows = await tx.rows(_sql["count_members"], workspace, list(counts))
    return counts | {ListId(row["list_id"]): row["count"] for row in rows}


async def change_list(
    tx: Tx, workspace: WorkspaceId, found: ListId, *, name: str, description: str | None, now: datetime
) -> None:
    """Write name and description."""
    await tx.run(_sql["change_list"], workspace, found, name, description, now)


async def set_options(tx: Tx, workspace: WorkspaceId, changed: ContactList) -> None:
    """Write what people may do about a list by themselves, and whether they are asked first."""
    await tx.run(
        _sql["set_list_options"],
        workspace,
        changed.id,
        changed.is_public,
        changed.double_opt_in,
        changed.confirm_template_id,
        changed.has_form,
        changed.form_origins,
    )


async def public_lists(tx: Tx, workspace: WorkspaceId) -> list[ContactList]:
    """The lists that their members may see, by name; of very many the first."""
    return [_list(row) for row in await tx.rows(_sql["public_lists"], workspace, MOST_SHOWN)]


async def delete_list(tx: Tx, workspace: WorkspaceId, found: ListId) -> None:
    """Erase a list, and who was on it. Waits for those who are adding members just now."""
    await tx.run(_sql["delete_list"], workspace, found)
    await tx.run(_sql["delete_members"], workspace, found)
    await tx.run(_sql["delete_list_requests"], workspace, found)


async def keep_list(tx: Tx, workspace: WorkspaceId, found: ListId) -> ContactList | None:
    """The list, which is not deleted until this transaction ends; None when it is not there."""
    row = await tx.row(_sql["keep_list"], workspace, found)
    return _list(row) if row else None


async def add_members(
    tx: Tx, workspace: WorkspaceId, found: ListId, contacts: Sequence[ContactId], *, now: datetime
) -> list[ContactId]:
    """Put contacts on a list; gives those that were not on it."""
    rows = await tx.rows(_sql["add_members"], workspace, found, contacts, now)
    return [ContactId(row["contact_id"]) for row in rows]


async def remove_members(
    tx: Tx, workspace: WorkspaceId, found: ListId, contacts: Sequence[ContactId]
) -> list[ContactId]:
    """Take contacts off a list; gives those that were on it."""
    rows = await tx.rows(_sql["remove_members"], workspace, found, contacts)
    return [ContactId(row["contact_id"]) for row in rows]


async def lists_of(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> list[ContactList]:
    """The lists that a contact is on, by name."""
    return [_list(row) for row in await tx.rows(_sql["lists_of"], workspace, contact)]


async def forget_memberships(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Take a contact off all lists."""
    await tx.run(_sql["forget_memberships"], workspace, contact)


def _list(row: Row) -> ContactList:
    return ContactList(**{**dict(row), "form_origins": tuple(row["form_origins"])})
