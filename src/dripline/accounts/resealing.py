"""Sealing anew what was sealed with a former key, table by table, page by page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from dripline.accounts.sealing import Sealer
from dripline.database.work import Tx

Place: TypeAlias = tuple[UUID, str]
"""A workspace and the key of a row in it, as text."""

BEGINNING: Place = (UUID(int=0), "")


@dataclass(frozen=True, slots=True)
class Resealed:
    """What came of a page: where the next one begins (None: there is none), and how many secrets were sealed anew,
    and how many could not be opened."""

    behind: Place | None
    sealed: int
    unreadable: int


ResealPage: TypeAlias = Callable[[Tx, Sealer, Place], Awaitable[Resealed]]
"""Seals anew what is behind a place, a page of it, in the caller's transaction. Each sealed column has one."""
