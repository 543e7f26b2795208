"""Mail into files: a Maildir (https://cr.yp.to/proto/maildir.html), where each letter is a file of its own."""

import asyncio
import os
from pathlib import Path

from dripline.delivery.message.addressing import wire_address
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.delivery.transports.replies import bounded


class FileTransport:
    """Keeps letters in `folder`, each key once for as long as its file stays in `new`. The folder is made when needed.

    A letter is in `new` only when all of it is on the disk: it is written and flushed in `tmp`, then moved.
    """

    idempotent = True

    def __init__(self, folder: Path, *, slots: int = 4) -> None:
        self._folder = folder
        self.slots = slots

    async def send(self, envelope: Envelope) -> Reply:
        """Keep one letter.

        Raises:
            Unmailable: the recipient cannot go on a wire, so that a relay would not have got it either.
        """
        wire_address(envelope.recipient.text)
        try:
            name = await asyncio.to_thread(self._keep, envelope)
        except OSError as error:
            # Moving is the last thing that is done, and repeating it does no harm.
            return Reply(Verdict.UNAVAILABLE, Phase.CONNECT, None, None, bounded(f"{self._folder}: {error.strerror}"))
        return Reply(Verdict.ACCEPTED, Phase.DOT, None, None, f"kept as {name}", provider_id=name)

    async def check(self) -> str | None:
        """What is wrong with the folder; None when letters can be kept there."""
        try:
            await asyncio.to_thread(self._make_folders)
        except OSError as error:
            return bounded(f"{self._folder}: {error.strerror}")
        return None

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _keep(self, envelope: Envelope) -> str:
        self._make_folders()
        name = f"{envelope.key.replace('/', '.')}.eml"
        passing = self._folder / "tmp" / f"{name}.{os.getpid()}"
        with passing.open("wb") as file:
            file.write(envelope.content)
            file.flush()
            os.fsync(file.fileno())
        new = self._folder / "new"
        passing.replace(new / name)
        _flush(new)
        return name

    def _make_folders(self) -> None:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)


def _flush(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
