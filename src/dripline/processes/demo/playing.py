"""The demo's fourteen days, lived through the API."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import assert_never
from urllib.parse import quote, urlsplit

import msgspec

from dripline.kernel.errors import Unavailable
from dripline.kernel.values import Json
from dripline.processes.client import Client
from dripline.processes.demo.story import (
    DAYS,
    PEOPLE,
    SEQUENCE,
    STARTS,
    TEMPLATES,
    TURNS,
    Person,
    Tracks,
    Unsubscribes,
    definition,
    letter,
)


class _Clock(msgspec.Struct, frozen=True):
    now: datetime


class _Mail(msgspec.Struct, frozen=True):
    headers: dict[str, str]


class _Mails(msgspec.Struct, frozen=True):
    data: Sequence[_Mail]


async def load(client: Client) -> None:
    """Write the templates and the sequence, and activate it."""
    for template in TEMPLATES:
        written = letter(template)
        body = {"name": template, "subject": written.subject, "html": written.html}
        await client.do("PUT", f"/api/templates/{template}", body)
    await client.do("PUT", f"/api/sequences/{SEQUENCE}", {"name": "Trial expiry", "definition": definition()})
    await client.do("POST", f"/api/sequences/{SEQUENCE}/activate")


async def play(client: Client, *, passed: Callable[[int], None]) -> datetime:
    """Let everybody start a trial and live through it. Gives the time of the start; `passed` is told of each day."""
    # Moved by nothing the clock stands still, so that day 0 is one moment.
    start = await _advance(client, "0m")
    for person in PEOPLE:
        await _begin(client, person)
    for day in range(1, DAYS + 1):
        await _advance(client, "1d")
        for turn in TURNS:
            if turn.day == day:
                await _take(client, turn)
        passed(day)
    return start


async def _advance(client: Client, duration: str) -> datetime:
    answer = await client.do("POST", "/api/test-clock/advance", {"duration": duration})
    return msgspec.json.decode(answer, type=_Clock).now


async def _begin(client: Client, person: Person) -> None:
    properties = {"firstName": person.name} | ({"plan": person.plan} if person.plan is not None else {})
    body: dict[str, Json] = {"email": person.email, "event": STARTS, "contact": {"properties": properties}}
    await client.do("POST", "/api/events", body)


async def _take(client: Client, turn: Tracks | Unsubscribes) -> None:
    match turn:
        case Tracks(_, person, event, properties):
            body: dict[str, Json] = {"email": person.email, "event": event, "contact": {"properties": properties}}
            await client.do("POST", "/api/events", body)
        case Unsubscribes(_, person):
            await client.do("POST", urlsplit(await _link(client, person)).path)
        case unreachable:
            assert_never(unreachable)


async def _link(client: Client, person: Person) -> str:
    """The link for unsubscribing of the newest mail to a person, from the header that mail programs use."""
    mails = (await client.read(f"/api/inbox?limit=1&email={quote(person.email)}", _Mails)).data
    if not mails:
        raise Unavailable(f"No mail to {person.name} has arrived.")
    return mails[0].headers["List-Unsubscribe"].strip("<>")
