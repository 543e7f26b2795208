"""From what somebody says about a connection to the settings and secrets that are kept. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from dripline.accounts.connections.fields import FIELDS, FieldOf
from dripline.accounts.connections.model import Connection, Provider
from dripline.accounts.connections.presets import PRESETS
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Told:
    """What a connection is to know: all of it, what stays as it was included."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str]


def read_connection(provider: Provider, given: Mapping[str, Json], before: Connection | None = None) -> Told:
    """What the connection is to know. What is not given, or null, stays as it was `before`; empty text removes it.

    Raises:
        Invalid: names every field that is unknown, cannot be read, is missing, or must be given again because
            another one leads the secrets elsewhere. Shows no secret.
    """
    fields = {field.name: field for field in FIELDS[provider]}
    problems = [_unknown(name, fields) for name in given if name not in fields]
    values = {**before.settings, **before.secrets} if before is not None else {}
    for name, value in given.items():
        if name not in fields or value is None:
            continue
        try:
            values[name] = _parsed(fields[name], value)
        except ValueError:
            problems.append(_unreadable(fields[name], value))
    values = {name: value for name, value in values.items() if value}
    if before is not None:
        problems += _led_elsewhere(fields, before, values, given)
    named = {problem.path for problem in problems}
    problems += [problem for problem in _missing(provider, values) if problem.path not in named]
    if problems:
        raise Invalid.of(problems)
    secrets = {name: value for name, value in values.items() if fields[name].secret}
    return Told({name: value for name, value in values.items() if name not in secrets}, secrets)


def _parsed(field: FieldOf, value: Json) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError
    value = value.strip()
    return field.parse(value) if value else ""


def _unknown(name: str, fields: Mapping[str, FieldOf]) -> Problem:
    near = get_close_matches(name, fields, n=1, cutoff=0.5)
    shown = "".join(letter if letter.isprintable() else "�" for letter in name)[:_SHOWN]
    hint = f"Did you mean {near[0]}?" if near else None
    expected = ", ".join(fields) or "no fields"
    return Problem(shown, "is no field of this connection.", found=shown, expected=expected, hint=hint)


def _unreadable(field: FieldOf, value: Json) -> Problem:
    found = "a secret that is none" if field.secret else repr(value)[:_SHOWN]
    return Problem(field.name, f"expected {field.expected}, found {found}", found=found, expected=field.expected)


def _led_elsewhere(
    fields: Mapping[str, FieldOf], before: Connection, values: Mapping[str, str], given: Mapping[str, Json]
) -> Iterator[Problem]:
    """Secrets that were not given again, although they would go somewhere else from now on."""
    moved = [name for name in fields if fields[name].leads and values.get(name) != before.settings.get(name)]
    for name in before.secrets if moved else ():
        if given.get(name) is None:
            why = f"must be given again, since {moved[0]} changes where it goes."
            yield Problem(name, why, found="nothing", expected=fields[name].expected)


def _no_way_in(values: Mapping[str, str]) -> Iterator[Problem]:
    """What a mailbox cannot be opened without: a password, or what tokens are given for."""
    if "tokenUrl" not in values:
        if "password" not in values:
            yield Problem("password", "is missing.", found="nothing", expected="password or tokenUrl")
        return
    if "clientId" not in values:
        yield Problem("clientId", "is missing.", found="nothing", expected="text")
    if "refreshToken" not in values and "clientSecret" not in values:
        expected = "refreshToken, clientSecret or both"
        yield Problem("refreshToken", "is missing.", found="nothing", expected=expected)


def _missing(provider: Provider, values: Mapping[str, str]) -> Iterator[Problem]:
    for field in FIELDS[provider]:
        if field.required and field.name not in values:
            yield Problem(field.name, "is missing.", found="nothing", expected=field.expected)
    if provider is Provider.IMAP and values.get("processed", "").lower() == values.get("folder", "INBOX").lower():
        yield Problem("processed", "is the folder that is read.", found="the same", expected="another folder")
    if provider is Provider.IMAP:
        yield from _no_way_in(values)
    if provider is not Provider.SMTP:
        return
    if "host" not in values and "preset" not in values:
        yield Problem("host", "is missing: name a host, or a preset.", found="nothing", expected="host or preset")
    if "host" in values and "preset" in values:
        yield Problem("host", "is known already by the preset.", found="both", expected="host or preset")
    preset = PRESETS.get(values.get("preset", ""))
    has_user = "username" in values or (preset is not None and preset.username is not None)
    if "password" in values and not has_user:
        yield Problem("username", "is missing.", found="nothing", expected="both username and password, or neither")
    if "username" in values and "password" not in values:
        yield Problem("password", "is missing.", found="nothing", expected="both username and password, or neither")
