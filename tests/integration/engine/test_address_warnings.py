"""Live mail without a postal address is warned of, where there is any mail."""

from datetime import UTC, datetime

import pytest

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.engine.versions.supplying import address_warnings
from dripline.sequences.language.reading import read_definition
from dripline.templates.defaults import MailDefaults, save_defaults
from tests.integration.conftest import a_workspace
from tests.makers.published import API_TRIGGER

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAIL = "  - action: email\n    template: welcome\n"
NO_MAIL = "  - action: delay\n    duration: 1d\n"


@pytest.mark.parametrize(
    ("mode", "address", "step", "is_warned"),
    [
        (Mode.LIVE, "", MAIL, True),
        (Mode.LIVE, "1 Main Street", MAIL, False),
        (Mode.LIVE, "", NO_MAIL, False),
        (Mode.TEST, "", MAIL, False),
    ],
)
async def test_live_mail_without_an_address_is_warned_of(
    database: Database, mode: Mode, address: str, step: str, *, is_warned: bool
) -> None:
    workspace = await a_workspace(database, mode)
    definition = read_definition(f"{API_TRIGGER}steps:\n{step}")

    async with database.work() as tx:
        await save_defaults(tx, workspace.id, MailDefaults(company="Example", postal_address=address), NOW)
        warnings = await address_warnings(tx, workspace, definition)

    assert [warning.message.partition(":")[0] for warning in warnings] == [
        "the mail defaults have no postalAddress"
    ] * is_warned
