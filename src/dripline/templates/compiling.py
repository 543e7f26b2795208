"""From what an author sends to what is rendered: once, when it is saved, and never for each mail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import msgspec

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json, check_text
from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.inline_styles import with_inline_styles
from dripline.templates.liquid.checking import Checked, check, excerpt
from dripline.templates.liquid.inlining import Partials, partials_in
from dripline.templates.liquid.masking import mask
from dripline.templates.mjml.compiling import NotCompiled, compile_mjml
from dripline.templates.model import SourceKind, TemplateDraft
from dripline.templates.pieces import around, blocks_around, expand_blocks
from dripline.templates.plaintext import text_of
from dripline.templates.surroundings import NOTHING_AROUND, Surroundings

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
    partials: tuple[str, ...] = ()


def compile_template(draft: TemplateDraft, surroundings: Surroundings = NOTHING_AROUND) -> Compiled:
    """Compile a draft with what it stands in and what stands in it.

    Raises:
        Invalid: names field, line and column of everything that is wrong.
    """
    kind, source = _body_of(draft)
    _check_sizes(draft, kind, source)
    parts = [check(text, path) for path, text in _written(draft, kind, source)]
    _refuse([problem for part in parts for problem in part.problems])
    partials = Partials(surroundings.partials, surroundings.known)
    body = _html_of(draft, kind, source, surroundings, partials)
    html = with_preview(body, partials.expand(draft.preview_text or "", "previewText"))
    text = _text_of(html) if draft.text is None else partials.expand(draft.text, "text")
    _refuse(_partials_in_subject(draft.subject))
    is_as_written = html == source and not partials.used
    used = parts if is_as_written else [*parts, check(html, kind), check(text, "text")]
    return Compiled(kind, source, html, text, _variables(draft, used), tuple(sorted(partials.used)))


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


def _html_of(
    draft: TemplateDraft, kind: SourceKind, source: str, surroundings: Surroundings, partials: Partials
) -> str:
    layout = surroundings.layout
    if layout is not None and layout.source_kind is not kind:
        message = f"is written as {layout.source_kind}, and goes around such a body only"
        raise Invalid.at("layout", message, found=layout.slug, expected=f"a layout written as {kind}")
    if kind is SourceKind.BLOCKS:
        return _survived(_html_of_blocks(draft, surroundings, partials), kind)
    whole = partials.expand(source, kind)
    if layout is not None:
        whole = around(partials.expand(layout.source, "layout"), whole)
    if kind is SourceKind.HTML:
        styled = with_inline_styles(whole)
        return styled if styled == source else _survived(styled, kind)
    return _survived(_html_of_mjml(whole, is_as_written=whole == source), kind)


def _html_of_mjml(source: str, *, is_as_written: bool) -> str:
    try:
        return compile_mjml(source)
    except NotCompiled as error:
        if is_as_written:
            raise Invalid.of([error.problem]) from None
        # Its line and column are those of a text that nobody wrote.
        message = f"cannot be compiled with its layout and partials: {error.problem.message}"
        raise Invalid.at("mjml", message, found=error.problem.found) from None


def _html_of_blocks(draft: TemplateDraft, surroundings: Surroundings, partials: Partials) -> str:
    read = read_blocks(draft.blocks)
    _refuse(list(read.problems))
    blocks = expand_blocks(draft.blocks, "blocks", partials)
    if surroundings.layout is not None:
        layout = msgspec.json.decode(surroundings.layout.source)
        blocks = blocks_around(expand_blocks(layout, "layout", partials), blocks)
    if surroundings.layout is not None or partials.used:
        read = read_blocks(blocks)
        _refuse(list(read.problems))
    return compile_blocks(read.blocks, surroundings.theme)


def _partials_in_subject(subject: str) -> list[Problem]:
    if not partials_in(subject):
        return []
    return [Problem("subject", "cannot hold a partial", found=excerpt(subject), expected="its words")]


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


def with_preview(html: str, preview_text: str | None) -> str:
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
