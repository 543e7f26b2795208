"""What takes in and works what comes back: bounces, complaints, and reports of providers."""

import httpx2

from dripline.database.pool import Database
from dripline.delivery.feedback.doors import ReportingDoors, reporters
from dripline.delivery.feedback.escalating import Escalation
from dripline.delivery.feedback.finding import Finder
from dripline.delivery.feedback.working import Feedback
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.settings import Settings

_SECONDS = 5.0
_MOST_BYTES = 65_536


def make_feedback(settings: Settings, database: Database, links: UnsubscribeLinks) -> Feedback:
    """The part of a worker that works what came in."""
    rule = make_escalation(settings)
    return Feedback(database, make_finder(settings, links), reporters(fetch), rule=rule, fetch=fetch)


def make_escalation(settings: Settings) -> Escalation:
    """When failures for now are taken to be for good."""
    return Escalation(settings.soft_bounces, settings.soft_bounce_days)


def make_finder(settings: Settings, links: UnsubscribeLinks) -> Finder:
    """Who finds the message that something is about."""
    return Finder([settings.secret_key or "", *settings.former_secret_keys], links)


def make_doors(settings: Settings) -> ReportingDoors:
    """The addresses that providers report to."""
    return ReportingDoors(settings.secret_key or "", settings.public_url, settings.former_secret_keys)


async def fetch(url: str) -> bytes:
    """The bytes behind a URL whose host has been checked: no redirects, no proxies, little time, little space.

    Raises:
        OSError: they cannot be had.
    """
    try:
        async with (
            httpx2.AsyncClient(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise OSError(f"{response.status_code} instead of 200")
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > _MOST_BYTES:
                    raise OSError("the answer is too long")
            return content
    except httpx2.HTTPError as error:
        raise OSError(f"{type(error).__name__}: {error}") from None
