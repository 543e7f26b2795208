"""The packages with many modules say which of them are about the same."""

import re
from importlib import import_module
from pathlib import Path

import pytest

_HEAD = 12
"""How wide the words are that say what a row is about."""


@pytest.mark.parametrize("package", ["dripline.engine", "dripline.delivery"])
def test_the_overview_of_a_large_package_names_each_module_once(package: str) -> None:
    found = import_module(package)
    assert found.__doc__ is not None
    assert found.__file__ is not None

    overview = found.__doc__.rpartition("\n\n")[2]
    named = [name for row in overview.splitlines() for name in re.findall(r"[a-z_]+", row[_HEAD:])]

    modules = {path.stem for path in Path(found.__file__).parent.iterdir() if not path.name.startswith("__")}
    assert sorted(named) == sorted(modules - {"queries"})
