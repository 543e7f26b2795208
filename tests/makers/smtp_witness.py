"""Who saw which letter arrive: what was taken is on disk before anybody is told so."""

import asyncio
import base64
import json
import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import TypedDict

from tests.makers.smtp_script import Behaviour

_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*<([^>\r\n]*)>")


class Taken(TypedDict):
    """One letter that was taken."""

    message_id: str
    recipient: str
    sender: str
    raw: str
    at: float


class Witness:
    """Keeps letters in a file, one JSON line each. `commands` are all lines heard."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.commands: list[str] = []
        self.seen: Counter[str] = Counter()
        self._out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._news = asyncio.Event()

    def taken(self) -> list[Taken]:
        """All letters that were taken, in order."""
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def raw(self) -> list[bytes]:
        """Their contents, byte for byte as they came, dots undone."""
        return [base64.b64decode(letter["raw"]) for letter in self.taken()]

    def verbs(self) -> list[str]:
        """The first words of all commands heard."""
        return [command.partition(" ")[0].upper() for command in self.commands]

    def hear(self, command: str) -> None:
        """Note one command, and wake whoever waits for it."""
        self.commands.append(command)
        self._news.set()
        self._news = asyncio.Event()

    async def heard(self, verb: str) -> None:
        """Returns once this command was heard."""
        while verb not in self.verbs():
            await self._news.wait()

    def keep(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Write one line per recipient, and return when they are on disk."""
        found = _MESSAGE_ID.search(content)
        for recipient in recipients:
            letter = Taken(
                message_id=found[1].decode() if found else "",
                recipient=recipient,
                sender=sender,
                raw=base64.b64encode(content).decode(),
                at=time.time(),  # allow: wall-clock (a witness in tests)
            )
            os.write(self._out, json.dumps(letter).encode() + b"\n")
        os.fsync(self._out)

    def is_due(self, address: str, behaviour: Behaviour) -> bool:
        """Whether this address still gets its behaviour. Each call counts as once."""
        self.seen[address] += 1
        return behaviour.times is None or self.seen[address] <= behaviour.times

    def leave(self) -> None:
        os.close(self._out)
