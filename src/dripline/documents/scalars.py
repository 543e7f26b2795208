"""What a plain word of YAML means: the core schema (YAML 1.2.2, section 10.3).

So `yes`, `09:00`, `1d` and `2026-01-31` are texts. What JSON cannot hold is refused.
"""

import re

_NULL = re.compile(r"(?:null|Null|NULL|~)?")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_LONGEST_NUMBER = 64
EXPECTED_NUMBER = "a number that fits in 64 bits"


def resolve(text: str) -> bool | int | float | str | None:
    """The value of a plain word.

    Raises:
        ValueError: it is a number that JSON or the database cannot hold. Says what was expected.
    """
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text) or _OTHER_BASE.fullmatch(text):
        return checked_number(int(text, 10 if _INT.fullmatch(text) else 0)) if _is_short(text) else _refuse()
    if _FLOAT.fullmatch(text):
        return checked_number(float(text))
    return _refuse() if _NOT_FINITE.fullmatch(text) else text


def checked_number(value: int | float) -> int | float:
    """The number itself.

    Raises:
        ValueError: it is infinite, no number, or beyond 64 bits.
    """
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else _refuse()
    return value if float("-inf") < value < float("inf") else _refuse()


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER


def _refuse() -> int:
    raise ValueError(EXPECTED_NUMBER)
