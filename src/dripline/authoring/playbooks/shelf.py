"""The playbooks that there are."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import msgspec

from dripline.authoring.playbooks.model import About, Playbook
from dripline.documents.editing import values_of
from dripline.kernel.errors import NotFound

NAMES = ("welcome", "trial-expiry", "onboarding", "win-back", "dunning", "cart", "post-purchase", "webinar")
"""Their names, in the order in which they are shown."""

_FOLDER = Path(__file__).parent


@cache
def playbooks() -> Mapping[str, Playbook]:
    """All playbooks, by name."""
    return {name: _read(name) for name in NAMES}


def find_playbook(name: str) -> Playbook:
    """One playbook.

    Raises:
        NotFound: there is none of this name; says what there is.
    """
    if name not in NAMES:
        nearest = get_close_matches(name, NAMES, 1)
        advice = f" Did you mean {nearest[0]!r}?" if nearest else f" There are: {', '.join(NAMES)}."
        raise NotFound(f"There is no playbook {name[:100]!r}.{advice}")
    return playbooks()[name]


def _read(name: str) -> Playbook:
    folder = _FOLDER / name
    about = msgspec.convert(values_of((folder / "playbook.yaml").read_text("utf-8")), About)
    return Playbook(name, about, (folder / "sequence.yaml").read_text("utf-8"))
