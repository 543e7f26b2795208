"""Reading an import: a file that is kept part by part as it comes in, or contacts in a JSON body."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec

from dripline.api.caller import Caller
from dripline.contacts.importing.form import HEAD, read_form
from dripline.contacts.importing.model import Form
from dripline.durable.uploads import PART, forget_upload, keep_part
from dripline.kernel.errors import Invalid, TooLarge
from dripline.kernel.ids import JobId

LARGEST_FILE = 100_000_000
MOST_CONTACTS = 10_000

_LARGEST_BODY = 1_000_000
_NO_BODY = frozenset({"text/csv", "application/x-ndjson", "application/jsonl", "multipart/form-data"})
_BODY = re.compile(rb'\s*\{\s*"(?:contacts|listId)"\s*:')
_ENOUGH = 1_024


class ContactsBody(msgspec.Struct, frozen=True, rename="camel"):
    """Contacts in one request: objects as lines of JSON lines are, and the list that all of them come on."""

    contacts: Annotated[list[Any], msgspec.Meta(max_length=MOST_CONTACTS)]
    list_id: str | None = None


class Incoming:
    """A file on its way in, of which the beginning may be looked at before it is read."""

    def __init__(self, pieces: AsyncIterator[bytes], declared: str) -> None:
        self._pieces = pieces
        self._declared = declared.partition(";")[0].strip().lower()
        self._begun = b""

    async def is_body(self) -> bool:
        """Whether it is not a file but an object with contacts in it."""
        if self._declared in _NO_BODY:
            return False
        async for piece in self._pieces:
            self._begun += piece
            if len(self._begun) >= _ENOUGH:
                break
        return _BODY.match(self._begun) is not None

    async def whole(self) -> bytes:
        """All of it.

        Raises:
            TooLarge: it is larger than a body may be.
        """
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) > _LARGEST_BODY:
                raise TooLarge("The body is larger than 1 MB. Send the contacts as a file of CSV or JSON lines.")
        return bytes(body)

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, piece by piece."""
        if self._begun:
            yield self._begun
        async for piece in self._pieces:
            yield piece


async def keep_file(caller: Caller, job: JobId, incoming: Incoming) -> tuple[Form, int]:
    """Keep a file as the upload of a job that is queued afterwards; gives its form and size.

    Raises:
        Invalid: it cannot be an import. Nothing of it is kept, as after every other error.
    """
    keeping = _Keeping(caller, job)
    try:
        async for piece in incoming.pieces():
            await keeping.take(piece)
        return await keeping.finish()
    except BaseException:
        await keeping.give_up()
        raise


class _Keeping:
    """Parts of a file in the order of their coming, one transaction for each: who sends slowly holds up nobody."""

    def __init__(self, caller: Caller, job: JobId) -> None:
        self._caller = caller
        self._job = job
        self._buffer = bytearray()
        self._parts = 0
        self._size = 0
        self._form: Form | None = None

    async def take(self, piece: bytes) -> None:
        self._buffer += piece
        self._size += len(piece)
        while len(self._buffer) >= PART:
            self._look()
            await self._keep(bytes(self._buffer[:PART]))
            del self._buffer[:PART]

    async def finish(self) -> tuple[Form, int]:
        form = self._look()
        if self._buffer:
            await self._keep(bytes(self._buffer))
        return form, self._size

    async def give_up(self) -> None:
        if self._parts:
            await self._caller.transact(lambda tx: forget_upload(tx, self._caller.id, self._job))

    def _look(self) -> Form:
        """The form, told from the first part."""
        if self._form is None:
            self._form = read_form(bytes(self._buffer[:HEAD]), is_whole=len(self._buffer) <= HEAD)
        return self._form

    async def _keep(self, content: bytes) -> None:
        number, self._parts = self._parts, self._parts + 1
        await self._caller.transact(lambda tx: keep_part(tx, self._caller.id, self._job, number, content))


def read_tag_list(text: str | None) -> list[str] | None:
    """Tags with commas between them, as they stand in a query.

    Raises:
        Invalid: there is none in it.
    """
    if text is None:
        return None
    tags = [tag.strip() for tag in text.split(",") if tag.strip()]
    if not tags:
        raise Invalid.at("tags", "names no tag", found=repr(text[:100]), expected="tags with commas between them")
    return tags
