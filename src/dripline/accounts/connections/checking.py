"""Checking a connection: a short question to the provider, asked outside of any transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from dripline.accounts.connections.model import Connection, Provider

Checker: TypeAlias = Callable[[Connection], Awaitable[str | None]]
"""Asks the provider whether the connection is good. Gives the reason why not; None when it is.

Must end within ten seconds, never raise for what the provider does, and never put a secret into the reason.
"""

Checkers: TypeAlias = Mapping[Provider, Checker]
