"""Every reason that a message can have stands in the reference."""

import re
from pathlib import Path

from dripline.delivery.domains.model import UNVERIFIED
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.outcomes import RELAY_UNAVAILABLE
from dripline.sequences.interpreter.catching_up import MISSED

ROOT = Path(__file__).parents[2]
# Where the reason of a mail is written down as a word.
_WRITTEN = re.compile(
    r'''reason="([a-z_]+)"|(?:Skip|Hold|Defer|RenderFailure)\("([a-z_]+)"|Settlement\.[A-Z_]+,\s*"([a-z_]+)"'''
    r"""|\(\("([a-z_]+)", opens\), \("([a-z_]+)", free_at\)\)"""
)
_FILES = ("gate", "outcomes", "delivering", "recovering", "singles", "writing")


def test_the_reference_has_every_reason_of_a_mail() -> None:
    sources = [(ROOT / "src/dripline/delivery" / f"{name}.py").read_text("utf-8") for name in _FILES]
    words = {word for source in sources for found in _WRITTEN.findall(source) for word in found if word}
    words |= {MISSED, UNVERIFIED, RELAY_UNAVAILABLE, "warmup", "rate", *(f"bounced_{each}" for each in BounceClass)}

    page = (ROOT / "docs/reference/reasons.md").read_text("utf-8")

    assert len(words) > 20
    assert {word for word in words if f"`{word}`" not in page} == set()
