"""What a value in a block must be, besides its JSON type."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import check_text
from dripline.predicates.truth import moment
from dripline.templates.blocks.conditions import read_condition
from dripline.templates.blocks.model import Block, ConditionalGroup, Hero
from dripline.templates.liquid.checking import check, excerpt, fallbacks, raw_values, unknown_names

LONGEST_TEXT = 100_000

_AT = re.compile(r" - at `\$((?:\[[0-9]+\])+)`$")
_INDEX = re.compile(r"[0-9]+")
_COLOUR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,24}|rgba?\(\s*[0-9.%]+(?:[\s,/]+[0-9.%]+){2,3}\s*\)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LINKS = frozenset(("http", "https", "mailto", "tel", "sms"))
_IMAGES = frozenset(("http", "https", "cid", "data"))
_NOT_SHOWN = re.compile(
    r"<(?:script|style|iframe|object|embed|form|input|button|select|textarea|svg|video|audio|link|meta)\b"
    r"|(?<=[\s\"'])on[a-z]{3,20}\s*=|javascript:|vbscript:",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z0-9_-]{1,64}|\[[0-9]{1,6}\]){0,20}", re.ASCII)
_OUTPUT = re.compile(rf"\{{\{{-?\s*({_PATH.pattern})\s*-?\}}\}}", re.ASCII)
_EXPECTED_NAME = "a name of letters, digits and _, and none that means something else"
_EXPECTED_MOMENT = "2026-03-01T09:00:00+01:00, or one Liquid output: {{ discount.expiresAt }}"
_RESERVED = frozenset(
    ("contact", "event", "variables", "discount", "email", "true", "false", "nil", "null", "empty", "blank")
)


def kind_of(value: object) -> str:
    """What was found, for people."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def shown(value: object) -> str:
    """What was found, as it was written, cut when it is long."""
    return excerpt(repr(value)[:200])


def misplaced(error: msgspec.ValidationError, path: str, value: object) -> tuple[str, object]:
    """The place of what the decoder refused, and what it found there."""
    match = _AT.search(str(error))
    if match is None:
        return path, value
    for index in _INDEX.findall(match[1]):
        value = value[int(index)] if isinstance(value, Sequence) else value
    return f"{path}{match[1]}", value


def texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """All texts in a value, each with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")


def check_text_of(words: str, text: str, path: str) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with a text that shall be `words`, and what looks odd."""
    try:
        check_text(text, path, longest=LONGEST_TEXT)
    except Invalid as error:
        return list(error.problems), []
    match words:
        case "inline HTML":
            return _liquid(text, path), [*_left_out(text, path), *_doubts(text, path)]
        case "HTML" | "text":
            return _liquid(text, path), _doubts(text, path)
        case "link":
            return _liquid(text, path) or _link(text, path), [*_oddities(text, path), *_doubts(text, path)]
        case "image":
            return _liquid(text, path) or _image(text, path), [*_oddities(text, path), *_doubts(text, path)]
        case "image without Liquid":
            return _backdrop(text, path), _oddities(text, path)
        case "Liquid condition":
            return _test(text, path), []
        case "":
            return [], []
        case _:
            return _form(words, text, path), []


def as_a_whole(block: Block, path: str) -> list[Problem]:
    """What is wrong between the fields of a block."""
    match block:
        case ConditionalGroup(condition=None, test=None):
            return [Problem(f"{path}.condition", "is missing", expected="either 'condition' or 'if'")]
        case ConditionalGroup(condition=condition, test=None) if condition is not None:
            _, problems = read_condition(condition, f"{path}.condition")
            return list(problems)
        case ConditionalGroup(condition=condition, test=str()) if condition is not None:
            return [Problem(f"{path}.if", "is given together with 'condition'", expected="either 'condition' or 'if'")]
        case Hero(button_text=str(), button_url=None):
            return [Problem(f"{path}.buttonUrl", "is missing", expected="where the button leads")]
        case Hero(button_text=None, button_url=str()):
            return [Problem(f"{path}.buttonText", "is missing", expected="the words of the button")]
        case _:
            return []


def _liquid(text: str, path: str) -> list[Problem]:
    return list(check(text, path).problems) if "{{" in text or "{%" in text else []


def _doubts(text: str, path: str) -> list[Problem]:
    return [*fallbacks(text, path), *raw_values(text, path), *unknown_names(text, path)] if "{{" in text else []


def _link(text: str, path: str) -> list[Problem]:
    if not text.strip():
        return [Problem(path, "is empty", expected="where the link leads")]
    return _scheme(text, path, _LINKS, expected="a link that begins with https://, mailto: or tel:")


def _image(text: str, path: str) -> list[Problem]:
    if not text.strip():
        return [Problem(path, "is empty", expected="the address of an image")]
    return _scheme(text, path, _IMAGES, expected="an address that begins with https://")


def _backdrop(text: str, path: str) -> list[Problem]:
    """A value in a style sheet could be any rule: so there is none."""
    if "{{" in text or "{%" in text:
        return [Problem(path, "holds Liquid", found=excerpt(text), expected="the address of an image, without Liquid")]
    return _image(text, path)


def _scheme(text: str, path: str, known: frozenset[str], *, expected: str) -> list[Problem]:
    found = _SCHEME.match(text)
    if found is None or found[1].lower() in known:
        return []
    return [Problem(path, f"leads to {found[1]}:, which mails do not open", found=excerpt(text), expected=expected)]


def _oddities(text: str, path: str) -> list[Problem]:
    if _SCHEME.match(text) or text.lstrip().startswith(("{{", "{%", "#", "//")):
        return []
    return [Problem(path, "has no https:// and leads nowhere in a mail", found=excerpt(text))]


def _left_out(text: str, path: str) -> list[Problem]:
    """What cleaning takes away besides its frame: it runs, or mail programs do not show it."""
    found = dict.fromkeys(match.lower().rstrip("= \t\r\n") for match in _NOT_SHOWN.findall(text))
    names = [f"{name}>" if name.startswith("<") else name.strip() for name in found]
    return [Problem(path, f"has {' and '.join(names)}, which mails do not show: left out")] if names else []


def _test(text: str, path: str) -> list[Problem]:
    expected = 'what stands in a Liquid "if": plan == "pro"'
    if not text.strip() or any(mark in text for mark in ("{%", "%}", "{{", "}}")):
        return [Problem(path, "is no Liquid condition", found=excerpt(text), expected=expected)]
    problems = check(f"{{% if {text} %}}{{% endif %}}", path).problems
    return [
        Problem(path, f"is no Liquid condition: {each.message}", found=excerpt(text), expected=expected)
        for each in problems
    ]


def _form(words: str, text: str, path: str) -> list[Problem]:
    is_right, expected = _judged(words, text)
    return [] if is_right else [Problem(path, "is not what it should be", found=excerpt(text), expected=expected)]


def _judged(words: str, text: str) -> tuple[bool, str]:
    match words:
        case "colour":
            return _COLOUR.fullmatch(text) is not None, "a colour: #1f2937, rgb(31, 41, 55) or a name"
        case "name":
            is_name = _NAME.fullmatch(text) is not None and text not in _RESERVED
            return is_name and _parses(f"{{% for {text} in x %}}{{{{ {text} }}}}{{% endfor %}}"), _EXPECTED_NAME
        case "Liquid path":
            is_path = _PATH.fullmatch(text) is not None and _parses(f"{{{{ {text} }}}}")
            return is_path, "where a list is: event.order.items"
        case _:
            is_output = _OUTPUT.fullmatch(text.strip()) is not None and _parses(text)
            return moment(text) is not None or is_output, _EXPECTED_MOMENT


def _parses(liquid: str) -> bool:
    return not check(liquid, "").problems
