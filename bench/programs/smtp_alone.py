"""aiosmtplib alone: prebuilt letters over a pool of connections, as fast as they are taken."""

import asyncio
import time
from collections.abc import Iterator

import aiosmtplib

from bench.people import address
from bench.talking import hear, order, run, say

_SENDER = "ann@example.com"


def _letter(size: int) -> bytes:
    head = b"From: ann@example.com\r\nTo: you@example.net\r\nSubject: A letter\r\nMIME-Version: 1.0\r\n\r\n"
    line = b"x" * 74 + b"\r\n"
    return head + line * max(1, (size - len(head)) // len(line))


async def main() -> None:
    asked = order()
    letter = _letter(asked["size"])
    clients = [
        aiosmtplib.SMTP(hostname="127.0.0.1", port=asked["port"], start_tls=False, use_tls=False)
        for _ in range(asked["connections"])
    ]
    for client in clients:
        await client.connect()
    numbers = iter(range(asked["letters"]))

    async def carry(client: aiosmtplib.SMTP, numbers: Iterator[int]) -> None:
        for number in numbers:
            await client.sendmail(_SENDER, [address(number)], letter)

    say("ready")
    await hear()
    start = time.perf_counter()
    await asyncio.gather(*(carry(client, numbers) for client in clients))
    say("done", units=asked["letters"], seconds=time.perf_counter() - start)
    for client in clients:
        await client.quit()
    await hear()


if __name__ == "__main__":
    run(main())
