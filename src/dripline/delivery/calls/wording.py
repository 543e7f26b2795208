"""What a call says for one contact: the Liquid in its address and in its body, rendered as that of a mail is.

What comes from data stands in an address behind its host, and is encoded there: it chooses neither who is called nor
which parameters there are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from dripline.delivery.effects.answers import Later, Never
from dripline.delivery.effects.asked import Asked
from dripline.kernel.clock import iso
from dripline.kernel.errors import Unavailable
from dripline.kernel.values import Json
from dripline.sequences.interpreter.program import Webhook
from dripline.templates.liquid.masking import mask
from dripline.templates.liquid.segments import Kind, Unclosed
from dripline.templates.recipients import recipient
from dripline.templates.rendering.pool import Renderer, RenderFailure, RenderJob, Source

LONGEST_URL = 8_192
_ENCODED = "| url_encode | replace: '+', '%20'"
_OWN_WAY = re.compile(r"\|\s*url_(?:encode|escape)\b")
_BREAKS = re.compile(r"[\x00-\x20\x7f]")


async def worded(renderer: Renderer, hook: Webhook, asked: Asked, *, now: datetime) -> Webhook | Later | Never:
    """The call with its words in place, or why it cannot be made."""
    address = in_address(hook.url)
    texts = list(dict.fromkeys(text for text in (address, *_texts(hook.body)) if _has_liquid(text)))
    if not texts:
        return hook
    data: dict[str, Json] = {
        "contact": recipient(asked.contact, asked.tags) if asked.contact is not None else None,
        "event": asked.run.entered_with,
        "discount": asked.run.discount,
        "now": iso(now),
    }
    jobs = [RenderJob(Source(asked.step, "", "", text), data) for text in texts]
    try:
        answers = await renderer.render(jobs)
    except Unavailable as error:
        return Later("unavailable", error.message)
    said: dict[str, str] = {}
    for text, answer in zip(texts, answers, strict=True):
        if isinstance(answer, RenderFailure):
            return Never(answer.reason, answer.detail)
        said[text] = answer.text
    return _checked(hook, replace(hook, url=said.get(address, hook.url), body=_with(hook.body, said)))


def in_address(url: str) -> str:
    """An address whose values are encoded; one that its author encodes is left to them."""
    if not _has_liquid(url):
        return url
    try:
        masked = mask(url)
    except Unclosed:
        # Refused when it was saved.
        return url

    def encoded(number: int) -> str:
        text = masked.original(number)
        if masked.segments[number].kind is not Kind.OUTPUT or _OWN_WAY.search(text):
            return text
        end = text.rindex("-}}") if text.endswith("-}}") else text.rindex("}}")
        return f"{text[:end]} {_ENCODED} {text[end:]}"

    return masked.hide(encoded)


def _checked(hook: Webhook, made: Webhook) -> Webhook | Never:
    """The call, if it still goes where its author sends it."""
    wanted, found = urlsplit(_BREAKS.sub("", hook.url.partition("{")[0])), urlsplit(made.url)
    if _BREAKS.search(made.url) or len(made.url) > LONGEST_URL:
        return Never("not_allowed", "its address has blanks or control characters, or is too long, with these values")
    if (wanted.scheme.lower(), wanted.netloc) != (found.scheme.lower(), found.netloc):
        return Never("not_allowed", "its address leads to another host with these values")
    return made


def _has_liquid(text: str) -> bool:
    return "{{" in text or "{%" in text


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case Sequence():
            for each in value:
                yield from _texts(each)


def _with(value: Json, said: Mapping[str, str]) -> Json:
    match value:
        case str():
            return said.get(value, value)
        case Mapping():
            return {name: _with(each, said) for name, each in value.items()}
        case Sequence():
            return [_with(each, said) for each in value]
        case _:
            return value
