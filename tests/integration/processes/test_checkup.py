"""The doctor finds what is wrong, and only that."""

import asyncio
from pathlib import Path

import asyncpg

from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import migrate
from dripline.database.presence import announce_worker
from dripline.processes.checkup import Finding, Verdict, check_up


def worst(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.what: finding.verdict for finding in findings}


async def test_a_sound_installation_has_no_problem(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as running:
        await migrate(running.owner_url)
        connection = await asyncpg.connect(running.owner_url)
        await announce_worker(connection)
        relay = await asyncio.start_server(_relay, "127.0.0.1", 0)
        port = relay.sockets[0].getsockname()[1]

        findings = await check_up(
            {"DRIPLINE_DATA_DIR": str(tmp_path), "DRIPLINE_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=never"}
        )

        relay.close()
        await connection.close()

    names = ["settings", "data folder", "database", "roles", "migrations", "durability", "worker", "relay"]
    assert worst(findings) == dict.fromkeys(names, Verdict.OK)


async def test_each_fault_is_found(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as running:
        superuser = await asyncpg.connect(running.superuser_url)
        await superuser.execute("ALTER ROLE postgres SET synchronous_commit = off")
        await superuser.close()

        findings = await check_up(
            {
                "DRIPLINE_DATABASE_URL": running.superuser_url,
                "DRIPLINE_APP_DATABASE_URL": running.superuser_url,
                "DRIPLINE_SMTP_URL": "smtp://127.0.0.1:1",
                "DRIPLINE_DATA_DIR": str(Path(__file__) / "no-folder"),
                "DRIPLINE_PROT": "80",
            }
        )

    assert [(finding.what, finding.verdict) for finding in findings] == [
        ("settings", Verdict.WARNING),
        ("settings", Verdict.PROBLEM),
        ("data folder", Verdict.WARNING),
        ("database", Verdict.OK),
        ("roles", Verdict.PROBLEM),
        ("migrations", Verdict.PROBLEM),
        ("durability", Verdict.PROBLEM),
        ("worker", Verdict.PROBLEM),
        ("front doors", Verdict.PROBLEM),
        ("relay", Verdict.PROBLEM),
    ]


async def test_a_database_out_of_reach_is_one_problem(tmp_path: Path) -> None:
    findings = await check_up({"DRIPLINE_DATA_DIR": str(tmp_path)})

    assert worst(findings) == {
        "settings": Verdict.OK,
        "data folder": Verdict.OK,
        "database": Verdict.PROBLEM,
        "relay": Verdict.WARNING,
    }


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A relay that is content with everything."""
    writer.write(b"220 relay.example.com\r\n")
    while line := await reader.readline():
        writer.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n")
    writer.close()
