"""What tests of every kind share: the options of the crash tests, and the lines in which they say what they found."""

import pytest

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
