"""Reading what a model answered: never trusted, and refused with every fault by its place."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
from selectolax.lexbor import LexborHTMLParser

from dripline.authoring.writing.forms import MOST_BLOCKS, WRITTEN
from dripline.authoring.writing.keeping import NOTHING_KEPT, Kept
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.templates.blocks.model import type_of, write
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.compiling import compile_template
from dripline.templates.liquid.checking import raw_values
from dripline.templates.model import TemplateDraft

_LONGEST_SUBJECT = 150
_LONGEST_PREVIEW = 200
_LONGEST_MAIL = 12_000
_LONGEST_PURPOSE = 500
_MOST_DAYS = 30

# Checked in place of no block at all.
_NOTHING: Mapping[str, Json] = {"type": "divider"}

_KINDS = frozenset(type_of(kind) for kind in WRITTEN)
_FENCE = re.compile(r"\A\s*```[a-z]*\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)
_TAG = re.compile(r"<\s*/?\s*([A-Za-z][\w:-]*)")
_TAGS = frozenset(("p", "br", "strong", "b", "em", "i", "u", "a", "ul", "ol", "li", "span"))
_URL = re.compile(r"(?:https?:)?//[^\s\"'<>]+", re.IGNORECASE)

# Narrower than the standard: what browsers and libraries read differently (user names, backslashes) leads nowhere.
_WEB = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?(?:[/?#][^\s\\]*)?", re.IGNORECASE | re.ASCII)

Kind = TypeVar("Kind")


class _Mail(msgspec.Struct, frozen=True, rename="camel"):
    subject: str
    preview_text: str
    blocks: list[Any]


class _Planned(msgspec.Struct, frozen=True, rename="camel"):
    purpose: str
    delay_days: int


class _Plan(msgspec.Struct, frozen=True):
    mails: list[_Planned]


class _Subjects(msgspec.Struct, frozen=True):
    subjects: list[str]


@dataclass(frozen=True, slots=True)
class Planned:
    """A mail to write: what for, and how many days after the one before it."""

    purpose: str
    delay_days: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a mail may hold: links to these hosts and below them, and variables that begin with these names."""

    hosts: frozenset[str]
    variables: frozenset[str]


def read_mail(answer: str, allowed: Allowed, *, name: str, kept: Kept = NOTHING_KEPT) -> TemplateDraft:
    """The mail that an answer holds, as a template to save; what was `kept` is at its place again.

    Raises:
        Invalid: it is none, or holds what it must not; names every place.
    """
    mail = decoded(answer, _Mail)
    numbers = kept.put_back(mail.blocks)
    written = [block for block, number in zip(mail.blocks, numbers, strict=True) if number is None]
    problems = list(_too_long(mail))
    read = read_blocks(written)
    problems += read.problems if written or not kept.blocks else ()
    problems += [_not_ours(each, index) for index, each in enumerate(written) if not _is_ours(each)]
    if problems:
        raise Invalid.of(problems)
    subject, preview = " ".join(mail.subject.split()), " ".join(mail.preview_text.split())
    ours: list[Mapping[str, Json]] = list(write(read.blocks))
    draft = TemplateDraft(name=name, subject=subject, preview_text=preview or None, blocks=ours or [_NOTHING])
    if problems := [*_tags(draft), *_foreign_tags(draft), *_strangers(draft, allowed)]:
        raise Invalid.of(problems)
    left = iter(ours)
    whole = [kept.blocks[number] if number is not None else next(left) for number in numbers]
    return replace(draft, blocks=whole)


def read_plan(answer: str, count: int) -> tuple[Planned, ...]:
    """The plan that an answer holds; the first mail comes at once.

    Raises:
        Invalid: it is none, or has not so many mails.
    """
    plan = decoded(answer, _Plan)
    if len(plan.mails) != count:
        raise Invalid.at("mails", "has another number of mails", found=str(len(plan.mails)), expected=str(count))
    wrong = [
        Problem(f"mails[{place}]", "is no plan of a mail", expected=f"a purpose, and 1 to {_MOST_DAYS} days")
        for place, mail in enumerate(plan.mails)
        if not mail.purpose.strip() or (place > 0 and not 1 <= mail.delay_days <= _MOST_DAYS)
    ]
    if wrong:
        raise Invalid.of(wrong)
    return tuple(
        Planned(mail.purpose[:_LONGEST_PURPOSE], mail.delay_days if place else 0)
        for place, mail in enumerate(plan.mails)
    )


def read_subjects(answer: str, allowed: Allowed, count: int) -> tuple[str, ...]:
    """Subject lines, each once, at most so many.

    Raises:
        Invalid: there is none that can be used; names every fault.
    """
    found = decoded(answer, _Subjects).subjects
    problems, good = [], []
    for place, text in enumerate(found[:50]):
        line = " ".join(text.split())
        faults = list(_of_subject(line, f"subjects[{place}]", allowed))
        problems += faults
        if not faults:
            good.append(line)
    if not good:
        raise Invalid.of(problems or [Problem("subjects", "is empty", expected="subject lines")])
    return tuple(dict.fromkeys(good))[:count]


def decoded(answer: str, kind: type[Kind]) -> Kind:
    """The JSON of an answer, which may be fenced.

    Raises:
        Invalid: it is none, or not of this form.
    """
    fenced = _FENCE.match(answer)
    try:
        return msgspec.json.decode((fenced[1] if fenced else answer).strip().encode(), type=kind)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Invalid.at("", f"the answer is not the JSON that was asked for: {error}"[:300]) from None


def _too_long(mail: _Mail) -> Iterator[Problem]:
    if len(mail.subject) > _LONGEST_SUBJECT:
        yield Problem("subject", "is too long", expected=f"at most {_LONGEST_SUBJECT} characters")
    if len(mail.preview_text) > _LONGEST_PREVIEW:
        yield Problem("previewText", "is too long", expected=f"at most {_LONGEST_PREVIEW} characters")
    if len(mail.blocks) > MOST_BLOCKS:
        yield Problem("blocks", "are too many", expected=f"at most {MOST_BLOCKS}")
    if len(msgspec.json.encode(mail.blocks)) > _LONGEST_MAIL:
        yield Problem("blocks", "are too long", expected=f"at most {_LONGEST_MAIL} characters")


def _is_ours(block: object) -> bool:
    return isinstance(block, Mapping) and block.get("type") in _KINDS


def _not_ours(block: object, index: int) -> Problem:
    found = str(block.get("type"))[:50] if isinstance(block, Mapping) else None
    return Problem(f"blocks[{index}].type", "may not be written here", found=found, expected=", ".join(sorted(_KINDS)))


def _tags(draft: TemplateDraft) -> Iterator[Problem]:
    for path, text in _texts(draft):
        if "{%" in text:
            yield Problem(path, "holds a Liquid tag", expected="variables only")
        yield from raw_values(text, path)


def _foreign_tags(draft: TemplateDraft) -> Iterator[Problem]:
    for path, text in _texts(draft):
        if strange := sorted({tag.lower() for tag in _TAG.findall(text)} - _TAGS):
            expected = f"only {', '.join(sorted(_TAGS))}"
            yield Problem(path, "holds HTML that is not wanted here", found=", ".join(strange)[:100], expected=expected)


def _texts(draft: TemplateDraft) -> Iterator[tuple[str, str]]:
    yield "subject", draft.subject
    yield "previewText", draft.preview_text or ""
    for index, block in enumerate(draft.blocks or ()):
        for key, value in block.items():
            yield from _strings(f"blocks[{index}].{key}", value)


def _strings(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Sequence):
        for index, each in enumerate(value):
            yield from _strings(f"{path}[{index}]", each)


def _strangers(draft: TemplateDraft, allowed: Allowed) -> Iterator[Problem]:
    """Variables and links that nobody allowed; what does not compile is a problem too."""
    try:
        compiled = compile_template(draft)
    except Invalid as error:
        yield from error.problems
        return
    for name in compiled.variables:
        if name.partition(".")[0] not in allowed.variables:
            yield Problem("blocks", f"there is no variable {name}", expected=f"one of {', '.join(allowed.variables)}")
    for path, text in _texts(draft):
        yield from (_foreign(path, url, allowed) for url in _URL.findall(text) if not _may_lead(url, allowed.hosts))
    for node in LexborHTMLParser(compiled.html).css("body [href], body [src], body [background]"):
        attributes = node.attributes
        for value in (attributes.get("href"), attributes.get("src"), attributes.get("background")):
            if value and not _may_lead(value, allowed.hosts):
                yield _foreign("blocks", value, allowed)


def _may_lead(url: str, hosts: Collection[str]) -> bool:
    web = _WEB.fullmatch(url)
    return web is not None and any(web[1].lower() == known or web[1].lower().endswith(f".{known}") for known in hosts)


def _foreign(path: str, url: str, allowed: Allowed) -> Problem:
    expected = f"https:// and one of {', '.join(sorted(allowed.hosts))}"
    return Problem(path, "leads where nobody said", found=url[:100], expected=expected)


def _of_subject(line: str, path: str, allowed: Allowed) -> Iterator[Problem]:
    if not line or len(line) > _LONGEST_SUBJECT:
        yield Problem(path, "is empty or too long", expected=f"1 to {_LONGEST_SUBJECT} characters")
        return
    draft = TemplateDraft(name="subject", subject=line, html="<p></p>")
    for problem in (*_tags(draft), *_strangers(draft, allowed)):
        yield Problem(path, problem.message, found=problem.found, expected=problem.expected)
