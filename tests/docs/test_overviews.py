"""A package with many modules says which of them are about the same."""

import re
from pathlib import Path

from dripline import delivery

_HEAD = 12
"""How wide the words are that say what a row is about."""


def test_the_overview_of_delivery_names_each_module_once() -> None:
    assert delivery.__doc__ is not None

    overview = delivery.__doc__.rpartition("\n\n")[2]
    named = [name for row in overview.splitlines() for name in re.findall(r"[a-z_]+", row[_HEAD:])]

    modules = {path.stem for path in Path(delivery.__file__).parent.iterdir() if not path.name.startswith("__")}
    assert sorted(named) == sorted(modules - {"queries"})
