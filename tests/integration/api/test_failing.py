"""What is wrong on our side: said as it is, with an id or a time to come back, and never a stack."""

from dataclasses import replace

import httpx
import pytest
from structlog.testing import capture_logs

from dripline.accounts.model import Workspace
from dripline.api.app import create_app
from dripline.api.services import Services
from dripline.database.pool import Database
from tests.integration.api.conftest import a_client, a_key, error_of


class Broken(Database):
    """A database on which every transaction fails in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def transact(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise self._error


async def answer(services: Services, key: str, error: Exception) -> httpx.Response:
    async with a_client(create_app(replace(services, database=Broken(error))), key) as client:
        return await client.get("/api/contacts")


@pytest.fixture
async def key(database: Database, test_workspace: Workspace) -> str:
    return await a_key(database, test_workspace)


async def test_a_defect_is_answered_with_an_id_that_the_log_has(services: Services, key: str) -> None:
    with capture_logs() as logs:
        response = await answer(services, key, RuntimeError("secret detail"))

    error = error_of(response)
    assert (response.status_code, error["code"]) == (500, "INTERNAL_ERROR")
    assert "secret detail" not in response.text
    [entry] = logs
    assert (entry["event"], entry["id"], entry["route"]) == ("request_failed", error["id"], "/api/contacts")


async def test_a_database_out_of_reach_is_answered_with_a_time_to_come_back(services: Services, key: str) -> None:
    response = await answer(services, key, ConnectionRefusedError())

    assert (response.status_code, error_of(response)["code"]) == (503, "UNAVAILABLE")
    assert response.headers["retry-after"] == "2"
