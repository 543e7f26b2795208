"""A small IMAP server with a script: what it has, what it refuses, where it breaks."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "bounces@shop.example", "correct horse"
_LOGIN = f'LOGIN {USER} "{PASSWORD}"'


@dataclass
class Folder:
    """Mail by UID, and what was noted on it."""

    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    validity: int = 7
    next_uid: int = 1

    def add(self, raw: bytes) -> int:
        uid = self.next_uid
        self.next_uid += 1
        self.mails[uid] = raw
        return uid


@dataclass
class ImapServer:
    """What the server has and does.

    `breaks_at`, `refuses`, `swells_at`: UIDs at which it hangs up, says NO, or says far more than was asked for.
    `silent_at`: a command that it never answers. `dies_before`: one at which it hangs up, once. `waits_at`: one that it
    answers only when it is told to go on.
    """

    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    capabilities: tuple[str, ...] = ("IMAP4rev1", "UIDPLUS", "MOVE")
    refuses: set[int] = field(default_factory=set)
    breaks_at: set[int] = field(default_factory=set)
    swells_at: set[int] = field(default_factory=set)
    silent_at: str = ""
    waits_at: str = ""
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    going_on: asyncio.Event = field(default_factory=asyncio.Event)
    dies_before: str = ""
    login_says: str = ""
    token: str = ""
    heard: list[str] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    async def session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._session(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = self.inbox
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            tag, _, said = line.partition(" ")
            self.heard.append(said)
            if self.silent_at and said.startswith(self.silent_at):
                await reader.read()
                return
            if self.waits_at and said.startswith(self.waits_at):
                self.waiting.set()
                await self.going_on.wait()
            if self.dies_before and said.startswith(self.dies_before):
                self.dies_before = ""
                return
            if said == "STARTTLS" and self.tls is not None:
                writer.write(f"{tag} OK go\r\n".encode())
                await writer.start_tls(self.tls)
                continue
            if said == "AUTHENTICATE XOAUTH2":
                writer.write(b"+ \r\n")
                given = base64.b64decode(await reader.readline()).decode()
                verdict = "OK" if given == f"user={USER}\1auth=Bearer {self.token}\1\1" else "NO"
                if verdict == "NO":
                    writer.write(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
                    await reader.readline()
                writer.write(f"{tag} {verdict} {given!r}\r\n".encode())
                continue
            if found := re.fullmatch(r"SELECT (.+)", said):
                folder = self.folders.get(found[1].strip('"'), folder)
            lines, verdict = self._answer(said, folder)
            writer.write(lines)
            if not verdict:
                return
            writer.write(f"{tag} {verdict} done\r\n".encode())
            await writer.drain()

    def _answer(self, said: str, folder: Folder) -> tuple[bytes, str]:
        """What is said, and how it ends; the conversation is over where that is empty."""
        word = " ".join(said.split(" ")[: 2 if said.startswith("UID") else 1])
        match word:
            case "CAPABILITY":
                return f"* CAPABILITY {' '.join(self.capabilities)}\r\n".encode(), "OK"
            case "LOGIN":
                return b"", "OK" if said == _LOGIN else f"NO {self.login_says or 'wrong'}"
            case "LIST":
                name = said.rpartition(" ")[2].strip('"')
                return f'* LIST () "/" {name}\r\n'.encode() if name in self.folders else b"", "OK"
            case "CREATE":
                self.folders[said.partition(" ")[2].strip('"')] = Folder()
                return b"", "OK"
            case "SELECT":
                name = said.partition(" ")[2].strip('"')
                lines = f"* {len(folder.mails)} EXISTS\r\n* OK [UIDVALIDITY {folder.validity}] ok\r\n".encode()
                return (lines, "OK") if name in self.folders else (b"", "NO there is no such folder")
            case "UID SEARCH":
                return b"* SEARCH" + "".join(f" {uid}" for uid in _found(said, folder)).encode() + b"\r\n", "OK"
            case "UID FETCH":
                return self._fetched(said, folder)
            case "UID STORE":
                for uid in _uids(said, folder):
                    folder.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", said))
                return b"", "OK"
            case "UID MOVE" | "UID COPY":
                target = self.folders[said.rpartition(" ")[2].strip('"')]
                for uid in _uids(said, folder):
                    target.add(folder.mails[uid] if word == "UID COPY" else folder.mails.pop(uid))
                return b"", "OK"
            case "UID EXPUNGE":
                for uid in _uids(said, folder):
                    del folder.mails[uid]
                return b"", "OK"
            case "LOGOUT":
                return b"* BYE\r\n", "OK"
            case _:
                return b"", "BAD what?"

    def _fetched(self, said: str, folder: Folder) -> tuple[bytes, str]:
        [uid] = _uids(said, folder) or [0]
        most = int(re.findall(r"<0\.(\d+)>", said)[0])
        if uid in self.breaks_at:
            return b"* 1 FETCH (UID", ""
        if uid in self.refuses:
            return b"", "NO [SERVERBUG] it is broken"
        if uid not in folder.mails:
            return b"", "OK"
        raw = folder.mails[uid][:most]
        size = 500_000_000 if uid in self.swells_at else len(raw)
        return f"* 1 FETCH (UID {uid} BODY[]<0> {{{size}}}\r\n".encode() + raw + b")\r\n", "OK"


def _uids(said: str, folder: Folder) -> list[int]:
    wanted = [int(each) for each in said.split(" ")[2].split(",")]
    return [uid for uid in wanted if uid in folder.mails]


def _found(said: str, folder: Folder) -> list[int]:
    found = re.fullmatch(r"UID SEARCH UID (\d+):\*", said)
    everything = sorted(folder.mails)
    if found is None:
        return everything
    # The last mail is in every range that ends with *.
    return [uid for uid in everything if uid >= int(found[1]) or uid == everything[-1]]


@asynccontextmanager
async def serving(server: ImapServer, tls: ssl.SSLContext, *, implicit: bool = True) -> AsyncIterator[ImapServer]:
    """The server on a port of this machine."""
    server.tls = tls
    listening = await asyncio.start_server(server.session, "localhost", 0, ssl=tls if implicit else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
