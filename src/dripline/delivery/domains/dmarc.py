"""DMARC (RFC 9989): the policy of a domain, and the organisation that it belongs to, by walking up the tree."""

from collections.abc import Mapping
from dataclasses import dataclass

from dripline.delivery.domains.dns import Absent, Dns, Found, Unknown
from dripline.delivery.domains.suffixes import registered

_MOST_LABELS = 8
_POLICIES = frozenset({"none", "quarantine", "reject"})


@dataclass(frozen=True, slots=True)
class Dmarc:
    """What holds for a domain: the record, where it stands, the policy; and the organisation that alignment goes by.

    `record` is None where there is none. `policy` is None where it has none that can be read.
    """

    organisation: str
    record: str | None = None
    found_at: str | None = None
    policy: str | None = None
    errors: tuple[str, ...] = ()
    unknown: str | None = None


async def read_dmarc(domain: str, dns: Dns) -> Dmarc:
    """The DMARC record that holds for a domain: its own, else that of its organisation."""
    records: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    errors: list[str] = []
    for name in walk_up(domain):
        match await dns.look_up(f"_dmarc.{name}", "TXT"):
            case Unknown(reason):
                return Dmarc(registered(domain), unknown=f"_dmarc.{name}: {reason}")
            case Absent():
                continue
            case Found(values):
                found = [value for value in values if _is_dmarc(value)]
        if len(found) > 1:
            errors.append(f"_dmarc.{name} has {len(found)} DMARC records; receivers refuse more than one")
        elif found:
            texts[name], records[name] = found[0], tags_of(found[0])
            if records[name].get("psd", "u").lower() in {"y", "n"}:
                break
    organisation = organisation_of(domain, records)
    holder = domain if domain in records else organisation
    if holder not in records:
        return Dmarc(organisation, errors=tuple(errors))
    policy = _policy(records[holder], of_subdomain=holder != domain)
    if policy is None:
        errors.append(f"_dmarc.{holder} has no policy: expected p=none, p=quarantine or p=reject")
    return Dmarc(organisation, texts[holder], holder, policy, tuple(errors))


def walk_up(domain: str) -> list[str]:
    """The names that are asked for a record, the domain's own first: eight at most (section 4.10)."""
    labels = domain.split(".")
    starts = range(max(1, len(labels) - _MOST_LABELS + 1), len(labels))
    return [domain, *(".".join(labels[at:]) for at in starts)]


def organisation_of(domain: str, records: Mapping[str, Mapping[str, str]]) -> str:
    """The organisational domain (section 4.10.2), from the tags of the records that the walk found, by name.

    Where it found none, by the public suffix list.
    """
    found = [name for name in walk_up(domain) if name in records]
    for name in found:
        psd = records[name].get("psd", "u").lower()
        if psd == "n":
            return name
        if psd == "y" and name != domain:
            return _child_towards(name, domain)
    return found[-1] if found else registered(domain)


def are_aligned(organisation: str, domain: str) -> bool:
    """Whether a domain belongs to an organisation, as relaxed alignment asks."""
    return domain == organisation or domain.endswith(f".{organisation}")


def tags_of(record: str) -> dict[str, str]:
    """The tags of a record of the form `a=b; c=d`, names in lower case. What is not of that form is left out."""
    pairs = (tag.partition("=") for tag in record.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def _is_dmarc(text: str) -> bool:
    name, equals, version = text.partition(";")[0].partition("=")
    return (name.strip().lower(), equals, version.strip()) == ("v", "=", "DMARC1")


def _policy(tags: Mapping[str, str], *, of_subdomain: bool) -> str | None:
    policy = tags.get("sp") if of_subdomain and "sp" in tags else tags.get("p")
    if policy is None and "rua" in tags:
        # A record that only asks for reports has the weakest policy (section 4.7).
        return "none"
    return policy.lower() if policy is not None and policy.lower() in _POLICIES else None


def _child_towards(ancestor: str, domain: str) -> str:
    labels = domain.split(".")
    return ".".join(labels[-ancestor.count(".") - 2 :])
