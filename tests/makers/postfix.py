"""A Postfix of a test's own: its own configuration, queue and ports, beside whatever the machine runs."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

# Where somebody has said that it must be there, a test that cannot have it fails.
_REQUIRED = "TEST_POSTFIX"

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {commands}
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
smtp_tls_security_level =
smtpd_tls_security_level = none
default_transport = {default}
transport_maps = texthash:{folder}/transport
alias_maps =
local_recipient_maps =
default_process_limit = 20
default_destination_concurrency_limit = 20
smtp_host_lookup = native
bounce_queue_lifetime = 1h
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def postfix_or_skip() -> str:
    """The program, where this machine has one and we may run it; else the test is skipped, or fails where required."""
    program = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
    if program is not None and os.geteuid() == 0:
        return program
    if os.environ.get(_REQUIRED):
        pytest.fail("Postfix is required here, and is not installed or cannot be run by this user.")
    pytest.skip("there is no Postfix that we may run")


@asynccontextmanager
async def a_postfix(folder: Path, *, default: str, transports: Mapping[str, str]) -> AsyncIterator[int]:
    """The port of a running Postfix that hands everything to `default`, and mail for some domains elsewhere."""
    program = postfix_or_skip()
    _open_the_way_to(folder)
    port = _free_port()
    commands = str(Path(program).parent)
    daemons = (await _run(str(Path(commands) / "postconf"), "-d", "-h", "daemon_directory")).strip()
    values = {"folder": folder, "commands": commands, "daemons": daemons, "default": default, "port": port}
    (folder / "main.cf").write_text(_MAIN.format(**values))
    (folder / "master.cf").write_text(_MASTER.format(**values))
    (folder / "transport").write_text("".join(f"{domain} {to}\n" for domain, to in transports.items()))
    for name in ("queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    await _run(program, "-c", str(folder), "start")
    try:
        await _listens(port)
        yield port
    finally:
        await _run(program, "-c", str(folder), "stop")


def _open_the_way_to(folder: Path) -> None:
    """Let the users that Postfix runs as reach its folder, and see nothing else on the way."""
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.geteuid() and each != each.parent:
            each.chmod(each.stat().st_mode | 0o011)


async def _run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{' '.join(command)}: {said.decode()}"
    return said.decode()


async def _listens(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError("Postfix does not listen")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
