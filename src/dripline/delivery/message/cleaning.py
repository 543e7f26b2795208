"""What may stand in a header: one line of text, without anything that could become a second one."""

import re

# C0, DEL, C1 (which holds NEL), the line and paragraph separators. Runs of them and of spaces become one space.
_BREAKS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# What is not seen but changes what is seen: soft hyphen, joiners and marks of direction, isolates, fillers, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def clean_text(value: str) -> str:
    """The value as one line: control characters and line separators turned to a space, runs of spaces to one."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip(" ")
    line = _BREAKS.sub(" ", value).strip(" ")
    return line if line.isascii() else _SURROGATES.sub("\ufffd", line)


def clean_name(value: str) -> str:
    """A display name: one line, without characters that hide, or that turn the direction of, what stands beside them.

    A name that only looks like an address stays a name.
    """
    return clean_text(value if value.isascii() else _INVISIBLE.sub("", value))
