"""The public suffix list: below which names anybody can register a domain."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_public_suffix(name: str) -> bool:
    """Whether names are registered directly below it, such as `co.uk`."""
    return _suffixes().privatesuffix(name) is None


def registered(name: str) -> str:
    """The domain that was registered: `example.co.uk` of `mail.example.co.uk`; a public suffix stays as it is."""
    return _suffixes().privatesuffix(name) or name


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    # It takes a tenth of a second and some megabytes, and most processes never ask.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
