"""`dripline inbound` takes mail in until it is told to end, and says what it lacks."""

import asyncio
import signal
import smtplib
import socket
import subprocess
from collections.abc import Mapping

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.feedback.verp import bounce_address
from dripline.kernel.ids import MessageId, WorkspaceId, new_uuid
from tests.makers.installation import DRIPLINE, environ, free_port
from tests.makers.waiting import until
from tests.makers.world import SECRET

_KEPT = Query("kept", "For a test.", "SELECT content FROM inbound WHERE workspace_id = $1")


def start(url: str, **settings: str) -> "subprocess.Popen[str]":
    given: Mapping[str, str] = {"DRIPLINE_DATABASE_URL": url, "DRIPLINE_SECRET_KEY": SECRET, **settings}
    command = [*DRIPLINE, "inbound"]
    return subprocess.Popen(command, env=environ(given), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def hand_over(port: int, address: str, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("", [address], raw)


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_mail_is_kept_and_the_signal_ends_it(database: Database, database_url: str) -> None:
    workspace, port = WorkspaceId(new_uuid()), free_port()
    address = bounce_address(workspace, MessageId(new_uuid()), "bounces.shop.example", SECRET)
    with start(database_url, DRIPLINE_INBOUND_PORT=str(port)) as process:
        await until(lambda: answers(port), "the listener answers", seconds=60)

        await asyncio.to_thread(hand_over, port, address, b"Subject: x\r\n\r\nHello\r\n")
        process.send_signal(signal.SIGTERM)
        ended = await asyncio.to_thread(process.wait, 30)

    async with database.work() as tx:
        kept = [row["content"] for row in await tx.rows(_KEPT, workspace)]
    assert (ended, kept) == (0, [b"Subject: x\r\n\r\nHello\r\n"])


async def test_without_a_port_it_says_which_setting_it_needs(database_url: str) -> None:
    with start(database_url) as process:
        _, said = await asyncio.to_thread(process.communicate, timeout=60)

    assert process.returncode == 1
    assert said.endswith("The listener needs DRIPLINE_INBOUND_PORT, such as 25.\n")


async def test_a_port_that_is_taken_is_named(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with start(database_url, DRIPLINE_INBOUND_PORT=str(port), DRIPLINE_INBOUND_HOST="127.0.0.1") as process:
            _, said = await asyncio.to_thread(process.communicate, timeout=60)

    assert process.returncode == 1
    assert f"Nothing can listen on 127.0.0.1 port {port}: " in said
