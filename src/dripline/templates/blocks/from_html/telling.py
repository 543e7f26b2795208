"""What is told of parts that no block could show."""

from collections.abc import Iterator

STAYED_HTML = "of it stayed HTML, in blocks of the type html."
"""How that sentence ends."""


def stayed_html(parts: int) -> Iterator[str]:
    """The sentence about so many parts; none about none."""
    if parts:
        yield f"{parts} part{'s' if parts > 1 else ''} {STAYED_HTML}"
