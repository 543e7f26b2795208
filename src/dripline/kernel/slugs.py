"""Slugs: names that stand in URLs and definitions."""

import re

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


def slug_of(name: str, *, otherwise: str = "sequence") -> str:
    """The slug of a name: `Trial Expiry!` is `trial-expiry`; a name that is a slug stays as it is.

    `otherwise` is for a name of which nothing is left.
    """
    if SLUG.fullmatch(name):
        return name
    return re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.")[:128] or otherwise
