"""Calling a webhook: one POST of JSON, signed, to an address that was looked at before.

A call may arrive more than once, always under the same `webhook-id`: whoever is called can tell by it.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from standardwebhooks import Webhook as Signer

from dripline.delivery.calls.posting import NoAnswer, Poster, Reply
from dripline.delivery.calls.signing import signing_secret
from dripline.delivery.calls.targets import NotAllowed
from dripline.delivery.calls.wording import worded
from dripline.delivery.effects.answers import Answer, Done, Later, Never
from dripline.delivery.effects.asked import Asked
from dripline.kernel.clock import iso, real_now
from dripline.kernel.ids import show
from dripline.kernel.values import Json
from dripline.sequences.interpreter.program import Webhook
from dripline.templates.rendering.pool import Renderer

EVENT_TYPE = "sequence.step"
_TRY_AGAIN = frozenset({408, 409, 425, 429})


class Calls:
    """Calls webhooks."""

    def __init__(self, master: str, poster: Poster, renderer: Renderer) -> None:
        self._master = master
        self._poster = poster
        self._renderer = renderer

    async def request_of(self, hook: Webhook, asked: Asked, *, now: datetime) -> Answer:
        """What would be called and with what, as the result of a call that is not made."""
        made = await worded(self._renderer, hook, asked, now=now)
        if not isinstance(made, Webhook):
            return made
        return Done(f"recorded and not called: POST {made.url}", {"url": made.url, "body": body_of(made, asked)})

    async def call(self, hook: Webhook, asked: Asked, *, now: datetime) -> Answer:
        """Call, and say what came of it."""
        made = await worded(self._renderer, hook, asked, now=now)
        return await self._call(made, asked) if isinstance(made, Webhook) else made

    async def _call(self, hook: Webhook, asked: Asked) -> Answer:
        body = msgspec.json.encode(body_of(hook, asked))
        headers = signature(signing_secret(self._master, asked.workspace), call_id(asked), real_now(), body)
        try:
            return _answer(await self._poster.post(hook.url, body, headers))
        except NotAllowed as error:
            return Never("not_allowed", f"{hook.url} is not called: {error}")
        except NoAnswer as error:
            return Later(error.reason, str(error))


def call_id(asked: Asked) -> str:
    """The `webhook-id`: the key of the visit."""
    return f"{show('enrollment', asked.source_id)}_{asked.visit}"


def signature(secret: str, identity: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of Standard Webhooks."""
    signed = Signer(secret).sign(identity, at, body.decode())
    return {"webhook-id": identity, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signed}


def body_of(hook: Webhook, asked: Asked) -> Mapping[str, Json]:
    """What is posted: who it is about, and where they stand; what the author wrote is under `body`."""
    contact = asked.contact
    assert contact is not None, "nobody is called about who is gone"
    data: dict[str, Json] = {
        "contact": {
            "id": show("contact", contact.id),
            "email": contact.address.text,
            "userId": contact.user_id,
            "properties": contact.properties,
            "tags": sorted(asked.tags),
        },
        "sequence": {"id": show("sequence", asked.sequence_id), "slug": asked.sequence, "name": asked.sequence_name},
        "enrollment": {"id": show("enrollment", asked.source_id), "enrolledAt": iso(asked.run.enrolled_at)},
        "step": asked.step,
        "event": asked.run.entered_with,
        "discount": asked.run.discount,
    }
    if hook.body is not None:
        data["body"] = hook.body
    return {"type": EVENT_TYPE, "timestamp": iso(asked.asked_at), "data": data}


def _answer(reply: Reply) -> Answer:
    if 200 <= reply.status < 300:
        return Done(f"answered {reply.status}", {"status": reply.status})
    if reply.status >= 500 or reply.status in _TRY_AGAIN:
        return Later("try_again", reply.said, after=reply.after)
    if 300 <= reply.status < 400:
        return Never("redirected", f"{reply.said}; a call is not redirected")
    return Never("refused", reply.said)
