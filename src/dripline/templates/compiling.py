"""From what an author sends to what is rendered: once, when it is saved, and never for each mail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import assert_never

import msgspec

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json, check_text
from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.liquid.checking import Checked, check
from dripline.templates.liquid.masking import mask
from dripline.templates.mjml.compiling import NotCompiled, compile_mjml
from dripline.templates.model import SourceKind, TemplateDraft
from dripline.templates.plaintext import text_of

MOST_SOURCE_BYTES = 256_000
MOST_VARIABLES = 500

# Longest subject and preview text, and longest name of anything, in characters.
_LONGEST_SUBJECT = 2_000
_LONGEST_NAME = 256

_BODY = re.compile(r"<body\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The parts that are rendered, each Liquid, and the variables: those declared, then the others that are used."""

    source_kind: SourceKind
    source: str
    html: str
    text: str
    variables: tuple[str, ...]


def compile_template(draft: TemplateDraft) -> Compiled:
    """Compile a draft.

    Raises:
        Invalid: names field, line and column of everything that is wrong.
    """
    kind, source = _body_of(draft)
    _check_sizes(draft, kind, source)
    parts = [check(text, path) for path, text in _written(draft, kind, source)]
    _refuse([problem for part in parts for problem in part.problems])
    body = _html_of(draft, kind, source)
    html = _with_preview(body, draft.preview_text)
    text = _text_of(html) if draft.text is None else draft.text
    used = [*parts, check(body, kind)] if kind is SourceKind.BLOCKS else parts
    return Compiled(kind, source, html, text, _variables(draft, used))


def _body_of(draft: TemplateDraft) -> tuple[SourceKind, str]:
    blocks = draft.blocks if draft.blocks is None else _written_as_json(draft.blocks)
    given = {SourceKind.HTML: draft.html, SourceKind.MJML: draft.mjml, SourceKind.BLOCKS: blocks}
    match [(kind, source) for kind, source in given.items() if source is not None]:
        case [(kind, source)] if source.strip():
            return kind, source
        case [(kind, _)]:
            raise Invalid.at(kind, "is empty", expected="the body of the mail")
        case []:
            raise Invalid.at("html", "is missing", expected="either html, mjml or blocks")
        case [(first, _), (second, _), *_]:
            raise Invalid.at(first, f"is given together with {second}", expected="either html, mjml or blocks")
        case unreachable:
            raise AssertionError(unreachable)


def _written_as_json(blocks: Sequence[Mapping[str, Json]]) -> str:
    try:
        return msgspec.json.encode(blocks).decode()
    except (TypeError, ValueError, RecursionError):
        raise Invalid.at("blocks", "cannot be written as JSON", expected="a list of blocks") from None


def _written(draft: TemplateDraft, kind: SourceKind, source: str) -> list[tuple[str, str]]:
    optional = [("previewText", draft.preview_text), ("text", draft.text)]
    # The Liquid of blocks is checked block by block, when they are read.
    body = [(kind.value, source)] if kind is not SourceKind.BLOCKS else []
    return [("subject", draft.subject), *body, *((path, text) for path, text in optional if text is not None)]


def _check_sizes(draft: TemplateDraft, kind: SourceKind, source: str) -> None:
    check_text(draft.name, "name", longest=_LONGEST_NAME)
    check_text(draft.subject, "subject", longest=_LONGEST_SUBJECT)
    check_text(draft.preview_text or "", "previewText", longest=_LONGEST_SUBJECT)
    for path, text in ((kind, source), ("text", draft.text or "")):
        check_text(text, path, longest=MOST_SOURCE_BYTES)
        if (size := len(text.encode())) > MOST_SOURCE_BYTES:
            raise Invalid.at(path, f"is too large: {size} bytes", expected=f"at most {MOST_SOURCE_BYTES} bytes")
    for variable in draft.variables:
        check_text(variable, "variables", longest=_LONGEST_NAME)
    if not draft.subject.strip():
        raise Invalid.at("subject", "is empty", expected="the subject of the mail")


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Invalid.of(problems)


def _html_of(draft: TemplateDraft, kind: SourceKind, source: str) -> str:
    match kind:
        case SourceKind.HTML:
            return source
        case SourceKind.MJML:
            return _survived(_html_of_mjml(source), kind)
        case SourceKind.BLOCKS:
            return _survived(_html_of_blocks(draft), kind)
        case unreachable:
            assert_never(unreachable)


def _html_of_mjml(source: str) -> str:
    try:
        return compile_mjml(source)
    except NotCompiled as error:
        raise Invalid.of([error.problem]) from None


def _html_of_blocks(draft: TemplateDraft) -> str:
    read = read_blocks(draft.blocks)
    _refuse(list(read.problems))
    return compile_blocks(read.blocks)


def _survived(html: str, kind: SourceKind) -> str:
    """The HTML. Its Liquid was in order before; it may not be when the compiler drops half of a block."""
    _refuse([_without_place(problem) for problem in check(html, kind).problems])
    return html


def _text_of(html: str) -> str:
    text = text_of(html)
    _refuse([_without_place(problem) for problem in check(text, "text").problems])
    return text


def _without_place(problem: Problem) -> Problem:
    """A problem of something we made: its line and column would be none that the author knows."""
    hint = "Please give a text of your own." if problem.path == "text" else None
    return Problem(problem.path, f"its Liquid does not survive being compiled: {problem.message}", hint=hint)


def _with_preview(html: str, preview_text: str | None) -> str:
    """The HTML with the line that an inbox shows beside the subject, hidden at the beginning of its body."""
    if not preview_text:
        return html
    line = mask(preview_text)
    shown = line.put_back(escape(line.hide(line.word)))
    hidden = f'<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{shown}</div>'
    body = mask(html)
    words = body.hide(body.word)
    start = words.find(">", match.end()) + 1 if (match := _BODY.search(words)) else 0
    return body.put_back(words[:start]) + hidden + body.put_back(words[start:])


def _variables(draft: TemplateDraft, parts: list[Checked]) -> tuple[str, ...]:
    used = sorted({variable for part in parts for variable in part.variables})
    return tuple(dict.fromkeys([*draft.variables, *used]))[:MOST_VARIABLES]
