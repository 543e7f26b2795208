"""What a server says of a recipient for now, at hand-over, counts as what comes back later."""

from pathlib import Path

import pytest

from dripline.accounts.model import Mode
from dripline.contacts.model import SuppressionReason
from dripline.contacts.store import find_suppression
from dripline.database.pool import Database
from dripline.kernel.addresses import parse_mailbox
from tests.makers.smtp_server import SmtpServer
from tests.makers.world import a_world

THREE_MAILS = "trigger: { event: signed.up }\nsteps:\n" + "  - { action: email, template: hello }\n" * 3
REFUSED = ("failed", "refused")
Ended = tuple[list[tuple[str, str | None]], SuppressionReason | None]


async def mailed(database: Database, database_url: str, folder: Path, address: str, *, days: int) -> Ended:
    """What became of three mails to an address, where two failures in a row over so many days are enough."""
    async with SmtpServer(folder) as server:
        settings = {
            "sender": parse_mailbox("Ann <ann@example.com>"),
            "smtp_url": f"smtp://127.0.0.1:{server.port}?starttls=never",
            "soft_bounces": 2,
            "soft_bounce_days": days,
        }
        async with a_world(database, database_url, mode=Mode.LIVE, **settings) as world:
            await world.sequence(THREE_MAILS, templates=("hello",))
            await world.track(address, "signed.up")
            await world.work()
            async with database.work() as tx:
                found = await find_suppression(tx, world.workspace_id, address)
            ledger = [(each.status, each.reason) for each in await world.messages()]
    return ledger, found.reason if found is not None else None


async def test_refusals_for_now_in_a_row_suppress_the_address_and_end_its_runs(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    ended = await mailed(database, database_url, tmp_path / "taken", "rcpt-552-5.2.2@example.test", days=0)

    assert ended == ([REFUSED, REFUSED], SuppressionReason.BOUNCED)


@pytest.mark.parametrize(
    ("address", "days"),
    [
        pytest.param("rcpt-552-5.2.2@example.test", 1, id="not for long enough"),
        pytest.param("rcpt-550-5.7.1@example.test", 0, id="a block"),
        pytest.param("dot-552-5.2.2@example.test", 0, id="not about the recipient"),
    ],
)
async def test_other_refusals_leave_the_address_alone(
    database: Database, database_url: str, tmp_path: Path, address: str, days: int
) -> None:
    ended = await mailed(database, database_url, tmp_path / "taken", address, days=days)

    assert ended == ([REFUSED] * 3, None)
