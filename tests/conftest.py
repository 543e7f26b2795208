"""What tests of every kind share: a running product, and the options of the crash tests and what they found."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.makers.installation import Installation, an_installation

CRASH = "crash"
"""The property of a report that holds such a line."""


def pytest_addoption(parser: pytest.Parser) -> None:
    # Here, because options are read before the conftest of any folder below.
    group = parser.getgroup("crash")
    group.addoption("--crash-contacts", type=int, default=3, help="contacts who walk while workers are killed")
    group.addoption("--crash-workers", type=int, default=1, help="workers at a time, killed again and again")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, line in report.user_properties:
            if name == CRASH:
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {line}")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One product for all tests of a process that see it as a user does; with the workspace of its first start."""
    with an_installation(tmp_path_factory.mktemp("product")) as made, made.client:
        yield made


@pytest.fixture
async def product(installation: Installation) -> AsyncIterator[Installation]:
    """The same product, with a workspace that this test has for itself."""
    async with installation.with_a_workspace() as made:
        yield made
