"""Options of the crash tests. They are here because options are read before any folder of tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("crash")
    group.addoption("--crash-contacts", type=int, default=3, help="contacts who walk while workers are killed")
    group.addoption("--crash-workers", type=int, default=1, help="workers at a time, each killed again and again")
