"""The whole product under one supervisor: PostgreSQL, migrations, the first keys, the API, a worker."""

import asyncio
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import structlog

from dripline.database.embedded import EmbeddedServer
from dripline.database.private_files import write_private
from dripline.kernel.errors import Invalid, Refused
from dripline.processes.supervisor import NORMAL_PACE, Command, Pace, keep_alive, keep_commands, together
from dripline.settings import Settings, url_of

if TYPE_CHECKING:
    from dripline.accounts.bootstrapping import BootstrapKeys

_log = structlog.get_logger()

_HEALTH = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_SECONDS_BETWEEN_ASKING = 0.1
_ASKED_PER_COMPLAINT = 150  # about 15 s


def own_command(name: str) -> Command:
    """A command of this program, run by the same Python."""
    return Command(name, (sys.executable, "-m", "dripline.cli.main", name))


_SERVE, _WORKER = own_command("serve"), own_command("worker")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to keep alive besides the database, how hard to try, and where to tell people about it."""

    say: Callable[[str], None]
    front: Command = _SERVE
    worker: Command = _WORKER
    pace: Pace = NORMAL_PACE


async def run_up(settings: Settings, environ: Mapping[str, str], plan: Plan) -> None:
    """Run everything until cancelled; then stop it, the database last.

    Children get `environ` with the URL of the database and the secret key. Says both keys at the first start, and the
    address when the product answers.

    Raises:
        AlreadyRunning: the product runs in this data folder.
        Refused: settings, folder or port do not fit; says what to change.
        Unavailable: the database does not start, or a child keeps ending.
    """
    if settings.database_url is not None:
        await _run(settings, environ, plan)
        return
    server = EmbeddedServer(settings.data_dir, run_as=settings.database_user)
    try:
        running = await server.start()
        check_port(settings)
        server.folder.announce(url_of(settings.host, settings.port))
        own = replace(settings, database_url=running.owner_url, secret_key=secret_key(settings))
        await together(_run(own, environ, plan), _keep_server(server, plan.pace))
    finally:
        await server.stop()


async def _keep_server(server: EmbeddedServer, pace: Pace) -> NoReturn:
    async def live() -> int:
        if server.process.poll() is not None:
            await server.start()
        return await server.wait()

    await keep_alive("postgres", live, pace)


async def _run(settings: Settings, environ: Mapping[str, str], plan: Plan) -> None:
    key = require_secret_key(settings)
    assert settings.database_url is not None
    check_port(settings)
    keys = await _prepare(settings, plan.say)
    handed_over = {
        "DRIPLINE_HOST": settings.host,
        "DRIPLINE_PORT": str(settings.port),
        "DRIPLINE_DATA_DIR": str(settings.data_dir.absolute()),
        "DRIPLINE_DATABASE_URL": settings.database_url,
        "DRIPLINE_SECRET_KEY": key,
    }
    await together(
        keep_commands(_children(settings, plan), {**environ, **handed_over}, plan.pace),
        _say_when_ready(settings, plan.say, keys),
    )


def _children(settings: Settings, plan: Plan) -> tuple[Command, ...]:
    """What is kept alive: as many workers as were asked for, and the listener for bounces only where it has a port."""
    listener = [own_command("inbound")] if settings.inbound_port is not None else []
    return (plan.front, *[plan.worker] * settings.workers, *listener)


async def _prepare(settings: Settings, say: Callable[[str], None]) -> "BootstrapKeys | None":
    """The tables up to date, and the workspaces there; the keys of the first start."""
    from dripline.accounts.bootstrapping import bootstrap
    from dripline.database.migrating import migrate
    from dripline.database.pool import Database

    assert settings.database_url is not None
    for name in await migrate(settings.database_url):
        _log.info("migration_applied", name=name)
    database = await Database.open(settings.database_url, size=2, name="dripline up")
    try:
        keys = await bootstrap(database, settings)
    finally:
        await database.close()
    if keys is not None:
        # At once: whatever happens next, they are never shown again.
        say(f"test key: {keys.test}")
        say(f"live key: {keys.live}")
    return keys


def secret_key(settings: Settings) -> str:
    """The master key: the one that was set, else the one in the data folder, made at the first start."""
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir.absolute() / "secret.key"
    if not path.exists():
        write_private(path, secrets.token_hex(32).encode())
    return path.read_text().strip()


def require_secret_key(settings: Settings) -> str:
    """The master key that was set.

    Raises:
        Invalid: none was.
    """
    if settings.secret_key is None:
        raise Invalid.at(
            "DRIPLINE_SECRET_KEY",
            "expected a secret key, since DRIPLINE_DATABASE_URL names a database that is not ours; found none",
            found="none",
            expected="at least 16 characters",
        )
    return settings.secret_key


def check_port(settings: Settings) -> None:
    """Nothing, when the API can listen where it should.

    Raises:
        Refused: the port is taken or not ours to take, or the host is not an address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does it: connections of an earlier life that linger are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Refused(
            f"Dripline cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Choose others with --host and --port (DRIPLINE_HOST, DRIPLINE_PORT)."
        ) from error


async def _say_when_ready(settings: Settings, say: Callable[[str], None], keys: "BootstrapKeys | None") -> None:
    asked = 0
    while (answer := await ask_health(settings)).split()[1:2] != ["200"]:
        asked += 1
        if asked % _ASKED_PER_COMPLAINT == 0:
            _log.warning("not_ready_yet", health=answer or "no answer")
        await asyncio.sleep(_SECONDS_BETWEEN_ASKING)
    url = url_of(settings.host, settings.port)
    say(f"Dripline is running at {url}")
    if keys is not None:
        say("Keep both keys: they are not shown again. `dripline key new` makes others.")
        say(f"To begin, follow docs/tutorial/first-sequence.md with: export API={url}/api KEY={keys.test}")
        say(f"The whole API is described at {url}/api/docs")


async def ask_health(settings: Settings) -> str:
    """The first line of the answer of our own API, empty when there is none within two seconds."""
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 (compared with)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, settings.port)
            try:
                writer.write(_HEALTH)
                return (await reader.readline()).decode("latin-1").strip()
            finally:
                writer.close()
    return ""
