"""What a template is. A template is a name; what is sent is its newest version, and versions never change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.kernel.errors import Invalid
from dripline.kernel.ids import TemplateId, read
from dripline.kernel.values import Json

_SLUG = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


class SourceKind(StrEnum):
    """The language an author wrote the body in; the source of blocks is their JSON."""

    HTML = "html"
    MJML = "mjml"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Template:
    """A template with its newest version. `html` and `text` are Liquid, compiled from `source` and `source_text`.

    `layout` and `partials` are the slugs of what it was compiled with.
    """

    id: TemplateId
    slug: str
    name: str
    version: int
    subject: str
    preview_text: str | None
    source_kind: SourceKind
    source: str
    source_text: str | None
    html: str
    text: str
    variables: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    layout: str | None = None
    partials: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Names this version for ever: what it is rendered from never changes."""
        return f"{self.id}/{self.version}"


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """What an author sends: exactly one of `html`, `mjml` and `blocks`; without `text` it is made from the body.

    `layout` is the slug of what stands around the body.
    """

    name: str
    subject: str
    html: str | None = None
    mjml: str | None = None
    blocks: Sequence[Mapping[str, Json]] | None = None
    text: str | None = None
    preview_text: str | None = None
    variables: tuple[str, ...] = ()
    layout: str | None = None


def check_slug(text: str) -> str:
    """The slug itself.

    Raises:
        Invalid: it is none.
    """
    if not _SLUG.fullmatch(text):
        raise Invalid.at(
            "id",
            "is no slug",
            found=text[:140],
            expected="1 to 128 letters (A to Z), digits, dots, underscores, dashes",
        )
    if read("template", text):
        raise Invalid.at("id", "is the form of an id, and would hide that template", found=text, expected="a slug")
    return text
