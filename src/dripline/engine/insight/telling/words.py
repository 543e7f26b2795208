"""The words that every story needs: times, names in quotation marks, sentences."""

from collections.abc import Iterable
from datetime import UTC, datetime


def when(at: datetime) -> str:
    """A time for people, such as `2030-01-01 12:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def quoted(name: str) -> str:
    """A name in quotation marks."""
    return f"“{name}”"


def joined(sentences: Iterable[str]) -> str:
    """Sentences, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: `1 mail`, `2 mails`."""
    return f"{count} {one if count == 1 else many}"
