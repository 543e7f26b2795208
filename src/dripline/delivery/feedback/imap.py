"""One conversation with a mailbox over IMAP (RFC 3501). It blocks, so it runs in a thread; `abort` ends it from others.

The server is not trusted: it is believed only as long, and as much, as was asked of it.
"""

import imaplib
import logging
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

from imapclient import DELETED, SEEN, IMAPClient  # type: ignore[import-untyped]

from dripline.delivery.calls.reaching import Reach, addresses_of
from dripline.delivery.feedback.mailboxes import Batch, Cursor, Mailbox, Trouble
from dripline.delivery.feedback.oauth import Access, Door, Passes

_SECONDS = 10.0
_FETCH_SECONDS = 30.0
_BATCH = 50
_BATCH_BYTES = 20_000_000
# What a server says besides mail: capabilities, a long list of UIDs.
_TALK_BYTES = 5_000_000
_LONGEST_REASON = 300
# The library shows what a server said as Python writes bytes.
_QUOTED = re.compile(r"\bb(['\"])(.{0,2000})\1", re.DOTALL)
# What the library says of a conversation holds what was said in it.
logging.getLogger("imapclient").setLevel(logging.CRITICAL)


class Session:
    """Talks to a mailbox. Each call raises Trouble for whatever the server does."""

    def __init__(
        self,
        mailbox: Mailbox,
        tls: ssl.SSLContext,
        *,
        most_bytes: int,
        reach: Reach | None = None,
        passes: Passes | None = None,
    ) -> None:
        self.mailbox = mailbox
        self.access: Access | None = None
        self._passes = passes or Passes()
        self.tls = tls
        self.reach = reach
        self._most_bytes = most_bytes
        self._client: IMAPClient | None = None
        self._line: socket.socket | None = None
        self._is_aborted = False
        self._left = 0

    def open(self) -> int:
        """Come to the folder, over TLS; gives its validity. The folder for what is done is made where it is missing."""
        box = self.mailbox
        with self._troubles(_TALK_BYTES):
            if box.grant is not None:
                self.access = self._passes.access(box.grant, Door(self.tls, self.reach, self.connected))
            client = self._client = _Client(self)
            if not box.is_implicit:
                client.starttls(self.tls)
            self._log_in(client)
            if box.processed is not None and not client.folder_exists(box.processed):
                client.create_folder(box.processed)
            return int(client.select_folder(box.folder)[b"UIDVALIDITY"])

    def _log_in(self, client: IMAPClient) -> None:
        box = self.mailbox
        if box.grant is None or self.access is None:
            client.login(box.username, box.password)
            return
        try:
            client.oauth2_login(box.username, self.access.token)
        except Exception:
            # It may have been taken back before its time.
            self._passes.forget(box.grant)
            raise

    def read(self, cursor: Cursor, since: date, skip: int | None = None) -> Batch:
        """The next mail behind a cursor, which stays unread; where nothing was read yet, what came `since` a day.

        Of a large mail its beginning only: what a report says comes first. `skip` is a UID that is not asked for.
        """
        with self._troubles(_TALK_BYTES):
            wanted = ["UID", f"{cursor.uid + 1}:*"] if cursor.uid else ["SINCE", since]
            # A range up to * has the last mail in it, whatever its UID.
            uids = sorted(uid for uid in self._it.search(wanted) if uid > cursor.uid)
        return self._fetch(cursor, uids, skip)

    def put_away(self, uids: Sequence[int]) -> None:
        """Mark mail as read, or move it to where what is done goes."""
        box = self.mailbox
        with self._troubles(_TALK_BYTES):
            if box.processed is None:
                self._it.add_flags(uids, [SEEN], silent=True)
            elif self._it.has_capability("MOVE"):
                self._it.move(uids, box.processed)
            else:
                self._it.copy(uids, box.processed)
                self._it.add_flags(uids, [DELETED, SEEN], silent=True)
                # Without this, what others have marked as deleted would go as well.
                if self._it.has_capability("UIDPLUS"):
                    self._it.uid_expunge(uids)

    def close(self) -> None:
        """Say goodbye, whether or not anybody listens."""
        self._left = _TALK_BYTES
        with suppress(Exception):
            if self._client is not None and not self._is_aborted:
                self._client.logout()
        self.abort()
        with suppress(Exception):
            if self._client is not None:
                self._client.shutdown()
        if self._line is not None:
            self._line.close()

    def abort(self) -> None:
        """End the conversation from another thread, wherever it is."""
        self._is_aborted = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def connected(self, line: socket.socket) -> None:
        """Have hold of the line, so that it can be cut whoever reads from it."""
        if self._line is not None:
            self._line.close()
        self._line = line.dup()
        if self._is_aborted:
            raise OSError("the conversation was ended")

    def spend(self, size: int) -> None:
        """Count what the server says; ends the conversation when it is more than it may be."""
        self._left -= size
        if self._left < 0:
            raise imaplib.IMAP4.abort("the server says more than it was asked for")

    def _fetch(self, cursor: Cursor, uids: Sequence[int], skip: int | None) -> Batch:
        began = time.monotonic()  # allow: wall-clock (how long this takes)
        mails: list[tuple[int, bytes]] = []
        withheld: list[tuple[int, str]] = []
        size, last = 0, cursor.uid
        if skip is not None and uids[:1] == [skip]:
            why = "the conversation broke at it again and again"
            return Batch(Cursor(cursor.validity, skip), withheld=((skip, why),), has_more=True)
        for uid in uids[:_BATCH]:
            seconds = time.monotonic() - began  # allow: wall-clock (how long this takes)
            if size > _BATCH_BYTES or seconds > _FETCH_SECONDS:
                break
            try:
                content = self._content(uid)
            except Trouble:
                if mails:
                    break
                raise
            except Exception as error:
                withheld.append((uid, self._words(error)))
            else:
                if content is not None:
                    mails.append((uid, content))
                    size += len(content)
            last = uid
        if withheld and not mails:
            # It gives none at all: that is about the server, until it goes on for long.
            raise Trouble(withheld[0][1], withheld[0][0])
        end = Cursor(cursor.validity, last)
        return Batch(end, tuple(mails), tuple(withheld), has_more=bool(uids) and last < uids[-1])

    def _content(self, uid: int) -> bytes | None:
        """The bytes of a mail; None when it is not there any more."""
        self._left = self._most_bytes + _TALK_BYTES
        try:
            found = self._it.fetch([uid], [f"BODY.PEEK[]<0.{self._most_bytes}>"])
        except (imaplib.IMAP4.abort, OSError) as error:
            raise Trouble(self._words(error), uid) from None
        for name, value in found.get(uid, {}).items():
            if name.startswith(b"BODY[]") and isinstance(value, bytes):
                return value[: self._most_bytes]
        return None

    @property
    def _it(self) -> IMAPClient:
        if self._client is None:
            raise Trouble("it is not open")
        return self._client

    @contextmanager
    def _troubles(self, most_bytes: int) -> Iterator[None]:
        self._left = most_bytes
        try:
            yield
        except Trouble:
            raise
        except Exception as error:
            raise Trouble(self._words(error)) from None

    def _words(self, error: Exception) -> str:
        """What went wrong as one bounded line. Servers repeat what they were told."""
        said = _QUOTED.sub(r"\2", f"{type(error).__name__}: {error}")
        for secret in (*self.mailbox.secrets, *([self.access.token] if self.access is not None else [])):
            said = said.replace(secret, "…")
        line = "".join(letter if letter.isprintable() else " " for letter in said[: 4 * _LONGEST_REASON])
        return " ".join(line.split())[:_LONGEST_REASON]


class _Conversation(imaplib.IMAP4):
    """A connection whose line can be cut, and which says no more than it may."""

    def __init__(self, session: Session) -> None:
        self._session = session
        super().__init__(session.mailbox.host, session.mailbox.port, timeout=_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        reach = self._session.reach
        if reach is not None:
            reach.must_allow(addresses_of(self.host))
        line = socket.create_connection((self.host, self.port), timeout)
        self._session.connected(line)
        if reach is not None:
            # A name may lead elsewhere the second time it is looked up.
            reach.must_allow([str(line.getpeername()[0])])
        if not self._session.mailbox.is_implicit:
            return line
        return self._session.tls.wrap_socket(line, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        self._session.spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._session.spend(len(line))
        return line


class _Client(IMAPClient):  # type: ignore[misc]  # it has no types
    """The library over our own connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        box = session.mailbox
        super().__init__(box.host, box.port, ssl=box.is_implicit, ssl_context=session.tls, timeout=_SECONDS)

    def _create_IMAP4(self) -> Any:  # noqa: N802 (the library's name)
        return _Conversation(self._session)
