"""A database that cannot be used is told in one sentence, whoever asks first."""

import pytest

from dripline.database.migrating import migrate
from dripline.database.pool import Database
from dripline.kernel.errors import Unavailable

NOBODY = "postgresql://dripline:secret@127.0.0.1:1/dripline"


async def test_nobody_who_answers_is_told_without_the_password() -> None:
    with pytest.raises(Unavailable, match=r"^PostgreSQL at 127.0.0.1/dripline cannot be reached: ") as migrating:
        await migrate(NOBODY)
    with pytest.raises(Unavailable) as opening:
        await Database.open(NOBODY)

    assert "secret" not in str(migrating.value) + str(opening.value)


async def test_a_database_that_is_not_there_is_told(database_url: str) -> None:
    missing = database_url.replace("/dripline?", "/nothing?", 1) if "?" in database_url else f"{database_url}-nothing"

    with pytest.raises(Unavailable, match=r"cannot be reached: database .* does not exist"):
        await migrate(missing)
