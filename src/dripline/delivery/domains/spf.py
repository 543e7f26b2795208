"""SPF (RFC 7208): what a domain's record allows, walked as a receiver walks it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dripline.delivery.domains.dns import Absent, Dns, Found, Unknown

MOST_LOOKUPS = 10
"""A receiver gives up after so many terms that ask the DNS (section 4.6.4)."""

_ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_SILENT = frozenset({"all", "ip4", "ip6", "exp"})


@dataclass(frozen=True, slots=True)
class Spf:
    """What was found. `record` is None where there is none; `terms` are those of all records that it leads to.

    `errors` are faults for which receivers refuse the record, or for which it protects nobody. `unknown` says why the
    DNS could not be asked to the end.
    """

    record: str | None
    terms: frozenset[str] = frozenset()
    errors: tuple[str, ...] = ()
    unknown: str | None = None

    def allows(self, term: str) -> bool:
        """Whether a term stands in one of the records."""
        return term.lower() in self.terms


async def read_spf(name: str, dns: Dns) -> Spf:
    """The SPF record of a domain, with all that it includes."""
    walk = _Walk(dns)
    record = await walk.record_of(name)
    if record is not None:
        await walk.follow(name, record)
    return Spf(record, frozenset(walk.terms), tuple(walk.errors), walk.unknown)


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF, version 1 (section 4.5)."""
    version = text.split(" ", 1)[0]
    return version.lower() == "v=spf1"


def with_terms(record: str | None, terms: Sequence[str]) -> str:
    """The record to publish: what is there, with these terms in front of what it ends with."""
    kept = [_closed(word) for word in (record or ("v=spf1 ~all" if terms else "v=spf1 a mx ~all")).split()]
    known = {_plain(word) for word in kept}
    wanted = [term for term in terms if term.lower() not in known]
    end = next((at for at, word in enumerate(kept) if at and _is_last(word)), len(kept))
    return " ".join([*kept[:end], *wanted, *kept[end:]])


@dataclass(slots=True)
class _Walk:
    dns: Dns
    lookups: int = 0
    terms: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    unknown: str | None = None

    async def record_of(self, name: str) -> str | None:
        match await self.dns.look_up(name, "TXT"):
            case Unknown(reason):
                self.unknown = self.unknown or f"{name}: {reason}"
                return None
            case Absent():
                return None
            case Found(values):
                found = [value for value in values if is_spf(value)]
                if len(found) > 1:
                    self._fail(f"{name} has {len(found)} SPF records; receivers refuse more than one")
                return found[0] if found else None

    async def follow(self, name: str, record: str) -> None:
        """Go through the terms of one record, and into those that it leads to."""
        for word in _in_force(record.split()[1:]):
            term = _plain(word)
            self.terms.add(term)
            kind, target = _parts(term)
            if kind in _ASKING:
                self.lookups += 1
                if self.lookups > MOST_LOOKUPS:
                    self._fail(f"needs more than {MOST_LOOKUPS} DNS lookups; receivers give up after {MOST_LOOKUPS}")
                    return
            elif kind not in _SILENT and "=" not in term:
                self._fail(f"{name} has {word!r}, which is no term of SPF")
            if word != _closed(word):
                self._fail(f"{name} has {word!r}: anybody may send as this domain")
            if kind in {"include", "redirect"} and "%" not in target:
                await self._enter(kind, target)

    async def _enter(self, kind: str, target: str) -> None:
        inner = await self.record_of(target) if target else None
        if inner is not None:
            await self.follow(target, inner)
        elif self.unknown is None:
            self._fail(f"{kind} {target or 'of nothing'}: there is no SPF record")

    def _fail(self, problem: str) -> None:
        if problem not in self.errors:
            self.errors.append(problem)


def _plain(word: str) -> str:
    return word.lower().lstrip("+-~?")


def _parts(term: str) -> tuple[str, str]:
    """The kind of a term and the domain that it names."""
    for at, letter in enumerate(term):
        if letter in ":=/":
            return term[:at], term[at + 1 :] if letter != "/" else ""
    return term, ""


def _in_force(words: Sequence[str]) -> Sequence[str]:
    """The terms that can matter: nothing does behind `all`, and `redirect` only without it (section 5.1)."""
    kinds = [_parts(_plain(word))[0] for word in words]
    if "all" not in kinds:
        return words
    return [word for word, kind in zip(words[: kinds.index("all") + 1], kinds, strict=False) if kind != "redirect"]


def _closed(word: str) -> str:
    """The term, but not one by which anybody may send."""
    return "~all" if _plain(word) == "all" and word[0] not in "-~?" else word


def _is_last(word: str) -> bool:
    return _parts(_plain(word))[0] in {"all", "redirect"}
