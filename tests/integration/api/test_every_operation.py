"""Every operation of the OpenAPI document, with requests made from it: whatever comes, it is answered properly."""

import asyncio
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from tests.integration.api.conftest import a_key

pytestmark = pytest.mark.usefixtures("working")

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


def try_out(operation: APIOperation[Any, Any, Any, Any], key: str) -> None:
    @SETTINGS
    @hypothesis.given(case=operation.as_strategy())
    def check(case: Case[Any]) -> None:
        response = case.call(headers={"Authorization": f"Bearer {key}"}, timeout=40)

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


async def test_no_request_makes_the_server_fail(address: str, database: Database, test_workspace: Workspace) -> None:
    key = await a_key(database, test_workspace)
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, f"{address}/api/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]

    for operation in operations:
        if operation.path not in LEFT_OUT:
            await asyncio.to_thread(try_out, operation, key)

    assert len(operations) > 30
