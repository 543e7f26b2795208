"""What the mails of a workspace have in common: who sends them, from which address, how they look.

Templates find it under `workspace.…`, the automatic footer and blocks use it where they say nothing themselves, and
drafts are written in its voice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json, check_text
from dripline.templates.blocks import checking
from dripline.templates.blocks.theme import Theme

MOST_FACTS = 100

_sql = queries(__package__)

_LONGEST = {"company": 256, "postalAddress": 1_000, "footerText": 2_000, "website": 2_000}
_LONGEST_URL, _LONGEST_VOICE, _LONGEST_FACT = 2_000, 4_000, 1_000


class LogoDefaults(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The logo: where it is, and what is read where images are not shown."""

    url: str = ""
    alt: str = ""


class Brand(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What drafts are written by: how the company speaks, and what is true of it. No mail shows it."""

    voice: str = ""
    facts: Annotated[tuple[str, ...], Meta(max_length=MOST_FACTS)] = ()


class MailDefaults(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The defaults of a workspace; what is empty is not said. None of it is Liquid."""

    company: str = ""
    postal_address: str = ""
    footer_text: str = ""
    website: str = ""
    logo: LogoDefaults = LogoDefaults()
    theme: Theme = Theme()
    brand: Brand = Brand()


@dataclass(frozen=True, slots=True)
class KeptDefaults:
    """Defaults as they are kept; version 0 and no time where nobody has said any."""

    version: int
    settings: MailDefaults
    updated_at: datetime | None


NO_DEFAULTS = KeptDefaults(0, MailDefaults(), None)


async def read_defaults(tx: Tx, workspace: WorkspaceId, *, share: bool = False) -> KeptDefaults:
    """The defaults of a workspace; with `share` nobody changes them before this transaction ends."""
    row = await tx.row(_sql["share_defaults" if share else "find_defaults"], workspace)
    if row is None:
        return NO_DEFAULTS
    return KeptDefaults(row["version"], msgspec.convert(row["settings"], MailDefaults), row["updated_at"])


async def save_defaults(tx: Tx, workspace: WorkspaceId, settings: MailDefaults, now: datetime) -> KeptDefaults:
    """Write the defaults, as a new version if they differ. May be repeated."""
    row = await tx.row(_sql["save_defaults"], workspace, msgspec.to_builtins(settings), now)
    return await read_defaults(tx, workspace) if row is None else KeptDefaults(row["version"], settings, now)


def check_defaults(settings: MailDefaults) -> MailDefaults:
    """The defaults themselves, without space around their texts.

    Raises:
        Invalid: names every field that is wrong.
    """
    if problems := list(_problems(settings)):
        raise Invalid.of(problems)
    return msgspec.structs.replace(
        settings,
        company=settings.company.strip(),
        postal_address="\n".join(line.strip() for line in settings.postal_address.split("\n") if line.strip()),
        footer_text=settings.footer_text.strip(),
        website=settings.website.strip(),
    )


def workspace_variables(settings: MailDefaults) -> Mapping[str, Json]:
    """What templates find under `workspace.…`; what is empty is missing there. The address is one line."""
    logo = {"url": settings.logo.url, "alt": settings.logo.alt or settings.company}
    found: dict[str, Json] = {
        "company": settings.company,
        "postalAddress": ", ".join(line.strip(" ,") for line in settings.postal_address.splitlines()),
        "footerText": settings.footer_text,
        "website": settings.website,
        "logo": logo if settings.logo.url else None,
    }
    return {name: value for name, value in found.items() if value}


def _problems(settings: MailDefaults) -> Iterator[Problem]:
    texts = {
        "company": settings.company,
        "postalAddress": settings.postal_address,
        "footerText": settings.footer_text,
        "website": settings.website,
    }
    for path, text in texts.items():
        yield from _of_text(text, path, longest=_LONGEST[path])
    yield from _of_text(settings.logo.alt, "logo.alt", longest=_LONGEST["company"])
    yield from _of_text(settings.logo.url, "logo.url", longest=_LONGEST_URL)
    yield from _of_text(settings.brand.voice, "brand.voice", longest=_LONGEST_VOICE)
    for index, fact in enumerate(settings.brand.facts):
        yield from _of_text(fact, f"brand.facts[{index}]", longest=_LONGEST_FACT)
    for words, text, path in (("link", settings.website, "website"), ("image", settings.logo.url, "logo.url")):
        if text:
            problems, odd = checking.check_text_of(words, text, path)
            yield from (*problems, *odd)
    for name, value in msgspec.structs.asdict(settings.theme).items():
        if name.endswith("_color"):
            yield from checking.check_text_of("colour", value, f"theme.{_camel(name)}")[0]


def _of_text(text: str, path: str, *, longest: int) -> Iterator[Problem]:
    try:
        check_text(text, path, longest=longest)
    except Invalid as error:
        yield from error.problems


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
