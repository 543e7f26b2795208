"""One product for all examples and code blocks."""

from collections.abc import Iterator

import pytest

from tests.makers.installation import Installation, an_installation


@pytest.fixture(scope="session")
def _installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with an_installation(tmp_path_factory.mktemp("product")) as made, made.client:
        yield made


@pytest.fixture
def product(_installation: Installation) -> Iterator[Installation]:
    yield _installation
    _installation.pause_everything()
