"""Time zones by their names of today: `Europe/Kiev` is read as `Europe/Kyiv`, `utc` as `UTC`.

The names come from the packaged data and not from the machine, so that all machines agree.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources

from dripline.kernel.errors import Invalid, Problem

_EXPECTED = "an IANA name such as Europe/Berlin"


def canonical_timezone(text: str, path: str) -> str:
    """The name of today of a time zone, whatever its case.

    Raises:
        Invalid: there is no such zone. Offers the nearest name.
    """
    name = _names().get(text.lower())
    if name is None:
        near = get_close_matches(text.lower(), _names(), n=1)
        hint = f"Did you mean {_names()[near[0]]}?" if near else None
        raise Invalid.of([Problem(path, "is no time zone", found=repr(text[:100]), expected=_EXPECTED, hint=hint)])
    return name


@cache
def _names() -> Mapping[str, str]:
    """Names of today by all names ever, in lower case."""
    places = set(_places())
    links = dict(_links())
    keep = places | {"UTC"}
    # A link from a place that has kept its name only says that two places share their rules: it stays what it is.
    return {name.lower(): name if name in keep else links.get(name, name) for name in _all()}


def _all() -> Iterator[str]:
    return (name for name in _lines("zones") if name not in {"Factory", "localtime"})


def _places() -> Iterator[str]:
    return (line.split("\t")[2] for line in _lines("zoneinfo/zone.tab") if not line.startswith("#"))


def _links() -> Iterator[tuple[str, str]]:
    for line in _lines("zoneinfo/tzdata.zi"):
        if line.startswith("L "):
            _, target, name = line.split()
            yield name, target


def _lines(file: str) -> list[str]:
    return resources.files("tzdata").joinpath(file).read_text("utf-8").splitlines()
