"""Reading lists: their names, and whom to put on them."""

import re
from collections.abc import Sequence

import msgspec

from dripline.api.reading.contacts import read_address
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import ContactId, read
from dripline.kernel.slugs import SLUG, slug_of
from dripline.kernel.values import check_text

LONGEST_NAME = 200
LONGEST_DESCRIPTION = 2_000
MOST_MEMBERS = 10_000
MOST_ASKED = 100
MOST_ORIGINS = 20
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
_EXPECTED = "contactIds or emails"


class ListOptions(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`public`: its members see the list among their preferences. `doubleOptIn`: who is put on it by a call is asked
    first; by a mail from `confirmTemplate` (id or slug), if that is not empty. `form`: anybody may ask to be on it by a
    public form, which scripts of websites at `formOrigins` may send too. What is not named, or null, stays.
    """

    public: bool | None = None
    double_opt_in: bool | None = None
    confirm_template: str | None = None
    form: bool | None = None
    form_origins: list[str] | None = None


class NewList(ListOptions, frozen=True, rename="camel"):
    """A list to make. Without `slug` it is made from the name."""

    name: str
    slug: str | None = None
    description: str | None = None


class ListPatch(ListOptions, frozen=True, rename="camel"):
    """What to change. What is not named, or null, stays; an empty description is none."""

    name: str | None = None
    description: str | None = None


class Members(msgspec.Struct, frozen=True, rename="camel"):
    """Contacts by id or by address, up to 10,000."""

    contact_ids: list[str] | None = None
    emails: list[str] | None = None


class Joiners(Members, frozen=True, rename="camel"):
    """Contacts to put on a list. With `enroll: false` no sequence starts by it.

    With `confirm` they are asked by a mail first, without it they are not; by default as the list has it.
    """

    enroll: bool = True
    confirm: bool | None = None


def read_list_name(text: str) -> str:
    """The name of a list.

    Raises:
        Invalid: it is empty or too long.
    """
    if not text.strip():
        raise Invalid.at("name", "is empty", found=repr(text[:50]), expected=f"1 to {LONGEST_NAME} characters")
    return check_text(text.strip(), "name", longest=LONGEST_NAME)


def read_slug(slug: str | None, name: str, kind: str = "list") -> str:
    """The slug that was given, or the one that is made from the name.

    Raises:
        Invalid: it is none.
    """
    made = slug if slug is not None else slug_of(name.lower(), otherwise=kind)
    if not SLUG.fullmatch(made):
        expected = "1 to 128 letters (A to Z), digits, dots, underscores, dashes"
        raise Invalid.at("slug", "is no slug", found=repr(made[:140]), expected=expected)
    if read(kind, made):
        raise Invalid.at("slug", f"is the form of an id, and would hide that {kind}", found=made, expected="a slug")
    return made


def read_description(text: str | None) -> str | None:
    """The description of a list; an empty one is none.

    Raises:
        Invalid: it is too long.
    """
    return check_text(text, "description", longest=LONGEST_DESCRIPTION).strip() or None if text is not None else None


def read_origins(given: Sequence[str]) -> tuple[str, ...]:
    """Websites, as browsers name them: scheme, host, and the port where it is not the usual one.

    Raises:
        Invalid: one is none, or they are too many.
    """
    if len(given) > MOST_ORIGINS:
        raise Invalid.at("formOrigins", "are too many", found=str(len(given)), expected=f"at most {MOST_ORIGINS}")
    return tuple(_origin(text, f"formOrigins[{place}]") for place, text in enumerate(given))


def _origin(text: str, path: str) -> str:
    origin = text.strip().rstrip("/").lower()
    if not _ORIGIN.fullmatch(origin):
        expected = "scheme and host, such as https://www.example.com"
        raise Invalid.at(path, "is no website", found=repr(text[:100]), expected=expected)
    return origin


def read_members(given: Members) -> list[Address | ContactId | None]:
    """Whom a request names; None for an id that nobody can have.

    Raises:
        Invalid: nobody is named, or too many; or an address is none.
    """
    if (given.contact_ids is None) == (given.emails is None):
        found = "neither" if given.emails is None else "both"
        raise Invalid.at("contactIds", "one way to name contacts is needed", found=found, expected=_EXPECTED)
    ids, emails = given.contact_ids or (), given.emails or ()
    path = "emails" if emails else "contactIds"
    if (count := len(ids) + len(emails)) > MOST_MEMBERS:
        raise Invalid.at(path, "are too many", found=str(count), expected=f"at most {MOST_MEMBERS}")
    if emails:
        return [read_address(text, f"emails[{place}]") for place, text in enumerate(emails)]
    return [_contact_id(text, f"contactIds[{place}]") for place, text in enumerate(ids)]


def check_asked(people: Sequence[object]) -> None:
    """Refuse to ask very many by mail at once.

    Raises:
        Invalid: they are too many.
    """
    if len(people) > MOST_ASKED:
        expected = f"at most {MOST_ASKED} in a call, since each is asked by a mail"
        raise Invalid.at("confirm", "are too many people", found=str(len(people)), expected=expected)


def _contact_id(text: str, path: str) -> ContactId | None:
    if "@" in text:
        raise Invalid.at(path, "is an address", found=repr(text[:100]), expected="an id; addresses go into emails")
    contact = read("contact", text)
    return ContactId(contact) if contact is not None else None
