"""Facts: what the author of a playbook cannot know, and how they get into its mails."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any
from urllib.parse import urlsplit

from dripline.authoring.playbooks.model import Mail, Playbook
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json, check_text
from dripline.templates.defaults import MailDefaults
from dripline.templates.model import TemplateDraft

EXAMPLE_SITE = "https://example.com"

PRODUCT, TEAM, SITE = "product", "team", "site"

COMMON: Mapping[str, str] = {
    PRODUCT: "the name of what you offer",
    TEAM: "who signs the mails",
    SITE: "your site, where links lead whose own fact is not given",
}
"""The facts of every playbook, and what each is."""

_MARK = re.compile(r"\[\[([a-z]+)\]\]")
_LIQUID = re.compile(r"\{\{|\{%|\}\}|%\}|\[\[|\]\]")
# What would end the link in an attribute, or in the Liquid that it may stand in.
_NOT_IN_LINKS = re.compile(r"[\x00-\x20\"'<>`|{}\\]")
_LINKS = frozenset(("url", "href"))
_LONGEST_NAME = 100
_LONGEST_LINK = 2_000


@dataclass(frozen=True, slots=True)
class Facts:
    """The value of every fact, and the names of those that nobody gave and that are no more than an example."""

    values: Mapping[str, str]
    made_up: tuple[str, ...]


def facts_of(playbook: Playbook, given: Mapping[str, str], house: Mapping[str, str] | None = None) -> Facts:
    """The facts of a playbook: those `given`, then those that the `house` has, then examples.

    Raises:
        Invalid: one is unknown, or cannot stand in a mail; names every one.
    """
    known = {**COMMON, **playbook.about.facts}
    problems = [problem for name, value in given.items() for problem in _faults(name, value, known)]
    if problems:
        raise Invalid.of(problems)
    told = {name: value for name, value in {**(house or {}), **given}.items() if name in known and value}
    product = told.get(PRODUCT, "our product")
    site = told.get(SITE, EXAMPLE_SITE)
    team = f"The {told[PRODUCT]} team" if PRODUCT in told else "The team"
    values = {PRODUCT: product, TEAM: team, SITE: site, **dict.fromkeys(playbook.about.facts, site), **told}
    made_up = tuple(name for name in known if name not in told and (name == PRODUCT or values[name] == EXAMPLE_SITE))
    return Facts(values, made_up)


def house_of(defaults: MailDefaults) -> Mapping[str, str]:
    """The facts that the defaults of a workspace hold, as far as they can stand in a mail."""
    found = {PRODUCT: defaults.company, SITE: defaults.website}
    return {name: value for name, value in found.items() if value and not _faults(name, value, COMMON)}


def filled_in(mail: Mail, facts: Facts) -> TemplateDraft:
    """A mail with its facts, as a template to save."""
    return TemplateDraft(
        name=mail.name,
        subject=_filled(mail.subject, facts, str),
        preview_text=_filled(mail.preview_text, facts, str),
        blocks=[_block(block, facts) for block in mail.blocks],
    )


def _faults(name: str, value: str, known: Mapping[str, str]) -> Sequence[Problem]:
    path = f"facts.{name}"
    if name not in known:
        nearest = get_close_matches(name, known, 1)
        hint = f", did you mean {nearest[0]!r}?" if nearest else ""
        return [Problem(path[:200], f"is no fact of this playbook{hint}", expected=f"one of {', '.join(known)}")]
    fault = _no_name(value, path) if name in (PRODUCT, TEAM) else _no_link(value)
    return [Problem(path, fault, found=repr(value[:80]))] if fault else []


def _no_name(value: str, path: str) -> str | None:
    check_text(value, path, longest=_LONGEST_NAME)
    if not value.isprintable() or not value.strip():
        return "is no line of text"
    return "holds Liquid or brackets of its own" if _LIQUID.search(value) else None


def _no_link(value: str) -> str | None:
    try:
        parts = urlsplit(value)
    except ValueError:
        return "is no link"
    if parts.scheme not in ("http", "https") or not parts.hostname or len(value) > _LONGEST_LINK:
        return "is no link that begins with https:// or http://"
    return "holds what no link may hold" if _NOT_IN_LINKS.search(value) or _LIQUID.search(value) else None


def _block(block: Mapping[str, Any], facts: Facts) -> Mapping[str, Json]:
    return {key: _value(key, value, facts) for key, value in block.items()}


def _value(key: str, value: Any, facts: Facts) -> Json:
    match value:
        case str():
            # Texts are HTML; a link is taken as it is.
            return _filled(value, facts, str if key in _LINKS else escape)
        case Mapping():
            return dict(_block(value, facts))
        case list():
            return [_value(key, each, facts) for each in value]
        case _:
            unchanged: Json = value
            return unchanged


def _filled(text: str, facts: Facts, written: Callable[[str], str]) -> str:
    return _MARK.sub(lambda mark: written(facts.values[mark[1]]), text)
