"""Tags in their normal form, by which they are kept and compared: `VIP_User` is `vip-user`."""

import re
import unicodedata

LONGEST_TAG = 256

_GAPS = re.compile(r"[\s_]+")
# Letters, their accents, and digits.
_WORDS = frozenset("LMN")


def normal_tag(text: str) -> str:
    """The normal form of a tag; empty when nothing of it is left, which is no tag.

    Spaces around it go, letters become lower case, a run of spaces or underscores becomes one hyphen, and everything
    else goes but letters, digits, dots and hyphens.
    """
    joined = _GAPS.sub("-", text.strip().lower())
    return joined if joined.isalnum() else "".join(letter for letter in joined if _stays(letter))


def _stays(letter: str) -> bool:
    return letter in ".-" or unicodedata.category(letter)[0] in _WORDS
