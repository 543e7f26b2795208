"""One conversation of the scripted SMTP server."""

import asyncio
import base64
import hmac
import re
import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.makers.smtp_script import Behaviour, behaviour_of
from tests.makers.smtp_witness import Witness

_PATH = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Options:
    """How the server is set up. `greet`: another first line, or empty for none at all. `delay`: before each answer."""

    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
    greet: str = "220 scripted ESMTP"
    delay: float = 0
    late: float = 0.2
    auth: tuple[str, str] | None = None
    auth_methods: str = "PLAIN LOGIN CRAM-MD5"
    auth_answer: str = "535 5.7.8 no"
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    starttls_answer: bytes = b"220 go ahead\r\n"
    released: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Mapping[str, str] = field(default_factory=dict)
    "Other answers to whole commands, such as {'EHLO': '502 no'}."


class Gone(Exception):
    """The connection is over."""


class Session:
    def __init__(
        self, server: Witness, options: Options, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.options = server, options
        self.reader, self.writer = reader, writer
        self.is_encrypted = self.options.implicit
        self.is_known = self.options.auth is None
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.at_quit: Behaviour | None = None

    async def run(self) -> None:
        if not self.options.greet:
            await self._silence()
        await self._say(self.options.greet)
        if self.options.greet[:3] != "220":
            return
        while line := await self.reader.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.server.hear(text)
            await self._obey(text, line)

    async def _obey(self, text: str, line: bytes) -> None:
        verb = text.partition(" ")[0].upper()
        match verb:
            case _ if verb in self.options.answers:
                await self._say(self.options.answers[verb])
            case "EHLO" | "HELO":
                await self._introduce(verb)
            case "STARTTLS":
                await self._encrypt()
            case "AUTH":
                await self._log_in(text)
            case "MAIL":
                await self._mail(line)
            case "RCPT":
                await self._rcpt(line)
            case "DATA":
                await self._data()
            case "RSET":
                await self._rset()
            case "QUIT":
                await self._act(self.at_quit, "221 2.0.0 bye")
                raise Gone
            case _:
                await self._say(f"500 5.5.1 unknown: {text}")

    async def _introduce(self, verb: str) -> None:
        lines = ["scripted", *(self.options.extensions if verb == "EHLO" else ())]
        if verb == "EHLO" and self.options.tls and not self.is_encrypted:
            lines.append("STARTTLS")
        if verb == "EHLO" and self.options.auth:
            lines.append(f"AUTH {self.options.auth_methods}")
        for line in lines[:-1]:
            self.writer.write(f"250-{line}\r\n".encode())
        await self._say(f"250 {lines[-1]}")

    async def _encrypt(self) -> None:
        assert self.options.tls is not None
        self.writer.write(self.options.starttls_answer)
        await self.writer.drain()
        if self.options.starttls_answer[:3] != b"220":
            return
        await self.writer.start_tls(self.options.tls)
        self.is_encrypted = True

    async def _log_in(self, text: str) -> None:
        assert self.options.auth is not None
        user, password = self.options.auth
        method, _, first = text.partition(" ")[2].partition(" ")
        if method.upper() == "PLAIN":
            given = base64.b64decode(first).decode().split("\0")[1:]
        elif method.upper() == "LOGIN":
            given = [base64.b64decode(first).decode(), await self._prompted(b"Password:")]
        else:
            given = (await self._prompted(b"<1.2@scripted>")).split(" ")
            password = _proof(password)
        self.is_known = given == [user, password]
        await self._say("235 2.7.0 welcome" if self.is_known else self.options.auth_answer.format(text))

    async def _prompted(self, challenge: bytes) -> str:
        await self._say(f"334 {base64.b64encode(challenge).decode()}")
        line = await self.reader.readline()
        self.server.hear(line.decode().strip())
        return base64.b64decode(line).decode()

    async def _mail(self, line: bytes) -> None:
        if not self.is_known:
            await self._say("530 5.7.0 authentication required")
        elif self.sender is not None:
            await self._say("503 5.5.1 one at a time")
        else:
            self.sender = _path(line)
            await self._act(self._due("mail", [self.sender]), "250 2.1.0 ok")

    async def _rcpt(self, line: bytes) -> None:
        if self.sender is None:
            await self._say("503 5.5.1 MAIL first")
            return
        recipient = _path(line)
        behaviour = behaviour_of(recipient)
        if behaviour and behaviour.stage == "quit":
            self.at_quit = behaviour
        refusal = self._due("rcpt", [recipient])
        if refusal is None or refusal.action[0] not in "45":
            self.recipients.append(recipient)
        await self._act(refusal, "250 2.1.5 ok")

    async def _data(self) -> None:
        if not self.recipients:
            await self._say("503 5.5.1 RCPT first")
            return
        behaviour = self._due("data", self.recipients)
        if behaviour:
            await self._act(behaviour, "354 go ahead")
            if behaviour.action in ("reset", "stall") or behaviour.action.isdigit():
                return
        else:
            await self._say("354 go ahead")
        await self._body()

    async def _body(self) -> None:
        behaviour = self._due("body", self.recipients)
        if behaviour:
            await self.reader.read(1)
            await self._act(behaviour, "")
            raise Gone
        content = await self._content()
        behaviour = self._due("dot", self.recipients)
        if behaviour is None or behaviour.keeps or behaviour.action == "late":
            assert self.sender is not None
            self.server.keep(self.sender, self.recipients, content)
        self._forget()
        await self._act(behaviour, "250 2.0.0 taken")

    async def _content(self) -> bytes:
        lines = bytearray()
        while (line := await self.reader.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise Gone
            lines += line[1:] if line.startswith(b".") else line
        return bytes(lines)

    async def _rset(self) -> None:
        behaviour = self._due("rset", [self.sender or ""])
        self._forget()
        await self._act(behaviour, "250 2.0.0 ok")

    def _forget(self) -> None:
        self.sender, self.recipients = None, []

    def _due(self, stage: str, addresses: list[str]) -> Behaviour | None:
        for address in addresses:
            behaviour = behaviour_of(address)
            if behaviour and behaviour.stage == stage and self.server.is_due(address, behaviour):
                return behaviour
        return None

    async def _act(self, behaviour: Behaviour | None, usual: str) -> None:
        match behaviour.action if behaviour else "":
            case "":
                await self._say(usual)
            case "stall":
                await self._silence()
            case "deaf":
                await self._say(usual)
                self.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await asyncio.Event().wait()
            case "reset":
                self._cut()
            case "late":
                await asyncio.sleep(self.options.late)
                await self._say(usual)
            case "held":
                await self.options.released.wait()
                await self._say(usual)
            case "drip":
                for byte in usual.encode() + b"\r\n":
                    self.writer.write(bytes([byte]))
                    await self.writer.drain()
                    await asyncio.sleep(self.options.late)
            case action:
                assert behaviour is not None
                self.writer.write(_odd(action, usual) or behaviour.line)
                await self.writer.drain()
                if action == "421":
                    raise Gone

    async def _say(self, line: str) -> None:
        if self.options.delay:
            await asyncio.sleep(self.options.delay)
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()

    async def _silence(self) -> None:
        while await self.reader.read(65_536):
            pass
        raise Gone

    def _cut(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise Gone


def _odd(action: str, usual: str) -> bytes:
    code = usual[:3].encode()
    return {
        "garbage": b"what is this\r\n",
        "huge": code + b" " + b"x" * 100_000 + b"\r\n",
        "multiline": code + b"-one\r\n" + code + b"-two\r\n" + code + b" three\r\n",
        "nonascii": code + b" gr\xfc\xdf \xe2\x82\xac\r\n",
        "twice": usual.encode() + b"\r\n" + usual.encode() + b"\r\n",
    }.get(action, b"")


def _path(line: bytes) -> str:
    found = _PATH.search(line)
    return found[1].decode("utf-8", "replace") if found else ""


def _proof(password: str) -> str:
    return hmac.new(password.encode(), b"<1.2@scripted>", "md5").hexdigest()
