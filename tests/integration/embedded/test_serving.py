"""An embedded server starts, keeps what was written, and stops."""

import os
from pathlib import Path

import asyncpg
import pytest

from dripline.database.embedded import AlreadyRunning, EmbeddedServer, Running, connect_running
from dripline.kernel.errors import Refused, Unavailable
from tests.integration.embedded.watching import is_served

ROOT = os.geteuid() == 0


async def query(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.mark.parametrize("major", [16, 18])
async def test_it_starts_with_each_version_of_the_wheel_and_keeps_what_was_written(tmp_path: Path, major: int) -> None:
    async with EmbeddedServer(tmp_path / "data", major=major) as running:
        await query(running.owner_url, "CREATE TABLE kept AS SELECT 'ÄÖÜ'::text AS word")

    async with EmbeddedServer(tmp_path / "data", major=major) as running:
        found = await query(running.owner_url, "SELECT lower(word) || current_setting('server_version_num') FROM kept")

    assert str(found).startswith(f"äöü{major}")
    assert not is_served(tmp_path / "data")


async def test_it_never_gives_up_what_was_acknowledged_and_listens_on_no_port(tmp_path: Path) -> None:
    names = ["fsync", "synchronous_commit", "full_page_writes", "jit", "listen_addresses", "data_checksums"]
    shown = " || ' ' || ".join(f"current_setting('{name}')" for name in names)

    async with EmbeddedServer(tmp_path) as running:
        found = await query(running.owner_url, f"SELECT {shown}")

    assert found == "on on on off  on"


async def test_the_owner_is_no_superuser_and_may_become_the_front_door(tmp_path: Path) -> None:
    sql = """
        SELECT array_agg(concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcreaterole, rolcanlogin) ORDER BY rolname)
        FROM pg_roles WHERE rolname LIKE 'dripline%'
    """
    async with EmbeddedServer(tmp_path) as running:
        roles = await query(running.owner_url, sql)
        connection = await asyncpg.connect(running.owner_url)
        await connection.execute("SET ROLE dripline_app")
        became = await connection.fetchval("SELECT current_user::text || ' ' || current_database()::text")
        await connection.close()

    assert roles == ["dripline f f f t", "dripline_app f f f f"]
    assert became == "dripline_app dripline"


async def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as running:
        without = running.superuser_url.replace(running.superuser_url.split(":")[2].partition("@")[0], "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await query(without, "SELECT 1")


async def test_what_is_secret_is_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with EmbeddedServer(folder) as running:
        sockets = Path(running.owner_url.partition("host=")[2].partition("&")[0])
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [folder, sockets, *folder.iterdir()]}
    left_over = list(sockets.parent.glob(sockets.name))

    names = ["passwords.json", "postgresql.json", "postgresql.log", "lock", "postgresql.lock"]
    assert modes == {"data": "0o700", sockets.name: "0o700", "postgresql": "0o700", **dict.fromkeys(names, "0o600")}
    assert left_over == []


async def test_a_second_start_is_refused_with_the_address(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server as running:
        server.folder.announce("http://127.0.0.1:8025")

        with pytest.raises(AlreadyRunning) as raised:
            await EmbeddedServer(tmp_path).start()

        assert raised.value.url == "http://127.0.0.1:8025"
        assert raised.value.message.startswith(f"Dripline is already running in {tmp_path} at http://127.0.0.1:8025 (")
        assert await query(running.owner_url, "SELECT 1") == 1


async def test_others_find_the_running_server(tmp_path: Path) -> None:
    before = connect_running(tmp_path)

    async with EmbeddedServer(tmp_path) as running:
        found = connect_running(tmp_path)
        assert isinstance(found, Running)
        reached = await query(found.owner_url, "SELECT current_user::text")

    assert (before, found, reached, connect_running(tmp_path)) == (None, running, "dripline", None)


async def test_data_of_another_version_is_refused(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path, major=16):
        pass

    with pytest.raises(Refused) as raised:
        await EmbeddedServer(tmp_path, major=18).start()

    assert raised.value.message.startswith(f"{tmp_path}/postgresql: found data of PostgreSQL 16, expected 18.")


async def test_a_fault_is_told_with_the_last_lines_of_the_log(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path):
        pass
    with (tmp_path / "postgresql" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = many\n")

    with pytest.raises(Unavailable) as raised:
        await EmbeddedServer(tmp_path).start()

    assert 'invalid value for parameter "shared_buffers": "many"' in raised.value.message


async def test_an_interrupted_first_start_begins_again(tmp_path: Path) -> None:
    left_over = tmp_path / "postgresql.new"
    left_over.mkdir()
    (left_over / "PG_VERSION").write_text("18\n")

    async with EmbeddedServer(tmp_path) as running:
        assert await query(running.owner_url, "SELECT 1") == 1

    assert not left_over.exists()


async def test_lost_passwords_are_refused_before_anything_starts(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path):
        pass
    (tmp_path / "passwords.json").unlink()

    with pytest.raises(Refused) as raised:
        await EmbeddedServer(tmp_path).start()

    assert raised.value.message.startswith(f"{tmp_path}/passwords.json is missing.")


@pytest.mark.skipif(not ROOT, reason="only root can run it as somebody else")
async def test_a_user_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path):
        pass

    for user, words in [
        ("daemon", "Set DRIPLINE_DATABASE_USER to the owner"),
        ("root", "expected an ordinary user"),
        ("no-such-user", "found 'no-such-user', expected the name of a user of this machine"),
    ]:
        with pytest.raises(Refused, match=words):
            await EmbeddedServer(tmp_path, run_as=user).start()


async def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Refused, match="cannot be used: "):
        await EmbeddedServer(tmp_path / "file").start()
