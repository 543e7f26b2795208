"""From a claimed mail to the bytes that are handed over: render in a child process, then compose."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import structs

from dripline.database.work import Tx
from dripline.delivery.domains.sending import Sending
from dripline.delivery.feedback.verp import bounce_address
from dripline.delivery.letters import Pending
from dripline.delivery.message.composing import Letter, compose
from dripline.delivery.message.identity import message_id
from dripline.delivery.message.labels import single_labels, stream_labels
from dripline.delivery.message.signing import sign
from dripline.delivery.outbox import Kind, SendKey
from dripline.delivery.tracking.links import Clicked, Opened, TrackingLinks
from dripline.delivery.tracking.rewriting import with_links, with_picture
from dripline.delivery.transports.contract import Envelope
from dripline.delivery.unsubscribe import UnsubscribeLinks, UnsubscribeToken
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import iso
from dripline.kernel.ids import ContactId, MessageId, TemplateId, WorkspaceId, base32
from dripline.kernel.values import Json
from dripline.templates.defaults import NO_DEFAULTS, KeptDefaults, read_defaults
from dripline.templates.recipients import recipient
from dripline.templates.rendering.pool import Rendered, Renderer, RenderFailure, RenderJob, Source
from dripline.templates.sources import source_of, source_of_parts
from dripline.templates.store import newest_versions

SourceKey = tuple[TemplateId, int, int, bool]
"""A version of a template, that of the mail defaults, and whether with a footer."""


class Sources:
    """What mails are rendered from, with the footer where they need one. Kept: versions never change."""

    _MOST_KEPT = 1_000

    def __init__(self) -> None:
        self._kept: dict[SourceKey, Source] = {}
        self._defaults: dict[WorkspaceId, KeptDefaults] = {}

    async def load(self, tx: Tx, workspace: WorkspaceId, mails: Sequence[Pending]) -> Mapping[SendKey, Source]:
        """The sources of these mails, by their keys. One whose template is gone is missing here."""
        if not mails:
            return {}
        defaults = await self._defaults_of(tx, workspace, mails[0].defaults_version)
        wanted = {mail.key: key for mail in mails if (key := _key(mail, defaults)) is not None}
        missing = {key[0] for key in wanted.values() if key not in self._kept}
        if missing:
            if len(self._kept) > self._MOST_KEPT:
                self._kept.clear()
            for template in (await newest_versions(tx, workspace, list(missing))).values():
                for footer in (True, False):
                    key = (template.id, template.version, defaults.version, footer)
                    self._kept[key] = source_of(template, defaults, footer=footer)
        given = {mail.key: source for mail in mails if (source := _content(mail, defaults)) is not None}
        return given | {mail: self._kept[key] for mail, key in wanted.items() if key in self._kept}

    async def _defaults_of(self, tx: Tx, workspace: WorkspaceId, version: int) -> KeptDefaults:
        if version == 0:
            return NO_DEFAULTS
        kept = self._defaults.get(workspace)
        if kept is None or kept.version != version:
            if len(self._defaults) > self._MOST_KEPT:
                self._defaults.clear()
            kept = self._defaults[workspace] = await read_defaults(tx, workspace)
        return kept


def _key(mail: Pending, defaults: KeptDefaults) -> SourceKey | None:
    if mail.template_id is None or mail.template_version is None:
        return None
    return mail.template_id, mail.template_version, defaults.version, mail.is_marketing


def _content(mail: Pending, defaults: KeptDefaults) -> Source | None:
    """What a mail is rendered from whose content came with the request."""
    content = mail.given.content if mail.given is not None else None
    if content is None:
        return None
    parts = content.subject, content.html, content.text
    return source_of_parts(str(mail.source_id), *parts, defaults=defaults, footer=mail.is_marketing)


_CODE = re.compile(r"\{\{[^}]*?\bdiscount\s*(?:\.\s*code\b|\[)", re.IGNORECASE)


class Writer:
    """Writes letters. Those that are waited for are rendered apart, where no others are before them.

    Without `tracking` nothing is tracked. With `secret`, mail of a domain whose return path is proved has a bounce
    address of its own.
    """

    def __init__(
        self,
        renderer: Renderer,
        links: UnsubscribeLinks,
        *,
        urgent: Renderer | None = None,
        tracking: TrackingLinks | None = None,
        secret: str | None = None,
    ) -> None:
        self._renderer = renderer
        self._urgent = urgent or renderer
        self._links = links
        self._tracking = tracking
        self._secret = secret

    async def render(
        self,
        workspace: WorkspaceId,
        mails: Sequence[Pending],
        sources: Mapping[SendKey, Source],
        *,
        urgent: bool = False,
        now: datetime,
    ) -> list[Rendered | RenderFailure]:
        """What each mail says. One that cannot be rendered costs only itself."""
        jobs = [self._job(workspace, mail, sources, now=now) for mail in mails]
        ready = [job for job in jobs if job is not None]
        renderer = self._urgent if urgent else self._renderer
        results = iter(await renderer.render(ready) if ready else ())
        gone = RenderFailure("template_missing", "the template has been deleted")
        no_code = RenderFailure("no_discount", "it shows a code, and the run has none")
        return [
            (no_code if lacks_code(mail, sources.get(mail.key)) else gone)
            if job is None
            else _marked(mail, next(results))
            for mail, job in zip(mails, jobs, strict=True)
        ]

    def compose(
        self, workspace: WorkspaceId, mail: Pending, rendered: Rendered, *, sending: Sending, now: datetime
    ) -> Envelope:
        """The bytes of one mail, signed with the keys of its domain, in their envelope.

        Raises:
            Unmailable: an address cannot be written.
        """
        to = mail.to
        assert to is not None
        sender = parse_mailbox(mail.sender)
        letter = Letter(
            sender=sender,
            to=to,
            subject=rendered.subject,
            html=self._tracked(workspace, mail, rendered.html, sending),
            text=rendered.text,
            message_id=message_id(workspace, mail.source_id, mail.visit, sender.address.domain),
            date=now,
            unsubscribe_url=self._url(workspace, mail) if mail.is_marketing else None,
            reply_to=parse_mailbox(mail.reply_to) if mail.reply_to is not None else None,
            headers=_labels(workspace, mail, sender.address.domain),
        )
        key = f"{workspace}/{mail.source_id}/{mail.visit}"
        back = self._return_path(workspace, mail, sending) or sender.address.text
        return Envelope(back, to, sign(compose(letter), sending.keys), key, is_bulk=mail.is_marketing)

    def _return_path(self, workspace: WorkspaceId, mail: Pending, sending: Sending) -> str | None:
        """Where a mail comes back to."""
        if self._secret is None or sending.return_path_host is None:
            return None
        return bounce_address(workspace, MessageId(mail.id), sending.return_path_host, self._secret)

    def _job(
        self, workspace: WorkspaceId, mail: Pending, sources: Mapping[SendKey, Source], *, now: datetime
    ) -> RenderJob | None:
        source = sources.get(mail.key)
        if mail.to is None or source is None or lacks_code(mail, source):
            return None
        data: dict[str, Json] = {
            "contact": recipient(mail.contact, mail.tags) if mail.contact is not None else None,
            "event": mail.run.entered_with if mail.run is not None else None,
            "discount": _discount(mail),
            **(mail.given.data if mail.given is not None else {}),
            "unsubscribe_url": self._url(workspace, mail),
            "preferences_url": self._links.preferences_url(_token(workspace, mail)),
            "now": iso(now),
        }
        return RenderJob(source, data)

    def _tracked(self, workspace: WorkspaceId, mail: Pending, html: str, sending: Sending) -> str:
        """The HTML with what tells that it was opened, and where somebody clicked."""
        links, host = self._tracking, sending.tracking_host
        if links is None:
            return html
        if mail.tracks_clicks:
            html = with_links(html, lambda target: links.through(Clicked(workspace, mail.id, target), host=host))
        if mail.tracks_opens:
            html = with_picture(html, links.open_url(Opened(workspace, mail.id), host=host))
        return html

    def _url(self, workspace: WorkspaceId, mail: Pending) -> str:
        return self._links.url(_token(workspace, mail))


def _token(workspace: WorkspaceId, mail: Pending) -> UnsubscribeToken:
    # The links in a test work, and change nobody: there is no contact with the id of a message.
    is_real = mail.kind is not Kind.TEST and mail.contact is not None
    contact = mail.contact.id if is_real and mail.contact is not None else ContactId(mail.id)
    return UnsubscribeToken(workspace, contact, mail.id)


def _labels(workspace: WorkspaceId, mail: Pending, domain: str) -> Mapping[str, str]:
    if mail.step is not None:
        return stream_labels(workspace, mail.step.sequence, mail.step.name, domain=domain)
    template = base32(mail.template_id) if mail.template_id is not None else "inline"
    return single_labels(workspace, mail.kind.value, template)


def lacks_code(mail: Pending, source: Source | None) -> bool:
    """Whether a mail would show a code where there is none: then it is not sent."""
    return source is not None and not (_discount(mail) or {}).get("code") and _shows_code(source)


def _discount(mail: Pending) -> Mapping[str, Json] | None:
    given = mail.given.data.get("discount") if mail.given is not None else None
    if isinstance(given, Mapping):
        return given
    return mail.run.discount if mail.run is not None else None


@lru_cache(maxsize=1_000)
def _shows_code(source: Source) -> bool:
    return any(_CODE.search(part) for part in (source.subject, source.html, source.text))


def _marked(mail: Pending, rendered: Rendered | RenderFailure) -> Rendered | RenderFailure:
    """A test says so where everybody sees it first."""
    if mail.kind is not Kind.TEST or not isinstance(rendered, Rendered):
        return rendered
    return structs.replace(rendered, subject=f"[Test] {rendered.subject}")
