"""Every operation of the OpenAPI document, with requests made from it: whatever comes, it is answered properly."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from tests.integration.api.conftest import a_key, a_worker

PARTS = 8
"""The operations are tried in so many tests, which may run side by side."""

# The first never ends, and the second says 503 while no worker has announced itself: both are their purpose.
LEFT_OUT = {"/api/events/stream", "/api/health"}
SETTINGS = hypothesis.settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", autouse=True)
async def working(database_url: str) -> AsyncIterator[None]:
    async with a_worker(database_url):
        yield


def try_out(operation: APIOperation[Any, Any, Any, Any], session: requests.Session) -> None:
    @SETTINGS
    @hypothesis.given(case=operation.as_strategy())
    def check(case: Case[Any]) -> None:
        response = case.call(session=session, timeout=40)

        # The wire form of another product says 501 of what we do not have.
        expected = range(200, 502) if case.path.startswith("/api/v1/") else range(200, 500)
        assert response.status_code in expected, (case.as_curl_command(), response.text)
        assert response.status_code != 500, (case.as_curl_command(), response.text)
        if response.status_code >= 400:
            body = response.json()
            if case.path.startswith("/api/v1/"):
                assert (body["success"], body["error"]) == (False, body["message"])
            else:
                assert body["code"] == body["error"]["code"]

    check()


def try_out_all(operations: Iterable[APIOperation[Any, Any, Any, Any]], key: str) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        for operation in operations:
            if operation.path not in LEFT_OUT:
                try_out(operation, session)


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_request_makes_the_server_fail(
    address: str, database: Database, test_workspace: Workspace, part: int
) -> None:
    key = await a_key(database, test_workspace)
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, f"{address}/api/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]

    await asyncio.to_thread(try_out_all, operations[part::PARTS], key)

    assert len(operations) > 200
