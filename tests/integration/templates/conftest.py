"""Another workspace, and a renderer for all tests of this folder that do not care which one they use."""

from collections.abc import AsyncIterator

import pytest

from dripline.database.pool import Database
from dripline.kernel.ids import WorkspaceId
from dripline.templates.rendering.pool import Renderer
from tests.integration.conftest import a_workspace


@pytest.fixture(scope="session")
async def renderer() -> AsyncIterator[Renderer]:
    renderer = Renderer()
    yield renderer
    await renderer.close()


@pytest.fixture
async def other_workspace(database: Database) -> WorkspaceId:
    return (await a_workspace(database)).id
