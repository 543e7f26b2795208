"""From a claimed mail to the bytes that are handed over: render in a child process, then compose."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dripline.database.work import Tx
from dripline.delivery.letters import Pending
from dripline.delivery.message.composing import Letter, compose
from dripline.delivery.message.identity import message_id
from dripline.delivery.transports.contract import Envelope
from dripline.delivery.unsubscribe import UnsubscribeLinks, UnsubscribeToken
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import iso
from dripline.kernel.ids import TemplateId, WorkspaceId
from dripline.templates.footer import with_footer
from dripline.templates.model import Template
from dripline.templates.recipients import recipient
from dripline.templates.rendering.pool import Rendered, Renderer, RenderFailure, RenderJob, Source
from dripline.templates.store import newest_versions


class Sources:
    """What templates are rendered from, with the footer where they need one. Kept: versions never change."""

    _MOST_KEPT = 1_000

    def __init__(self) -> None:
        self._kept: dict[tuple[TemplateId, int], Source] = {}

    async def load(
        self, tx: Tx, workspace: WorkspaceId, mails: Sequence[Pending]
    ) -> Mapping[tuple[TemplateId, int], Source]:
        """The sources of these mails, by template and version. A template that is gone is missing here."""
        wanted = {(mail.template_id, mail.template_version) for mail in mails if mail.template_version is not None}
        missing = {template for template, version in wanted if (template, version) not in self._kept}
        if missing:
            if len(self._kept) > self._MOST_KEPT:
                self._kept.clear()
            for template in (await newest_versions(tx, workspace, list(missing))).values():
                self._kept[template.id, template.version] = _source(template)
        return {key: self._kept[key] for key in wanted if key in self._kept}


def _source(template: Template) -> Source:
    return Source(template.key, template.subject, *with_footer(template.html, template.text))


class Writer:
    """Writes letters."""

    def __init__(self, renderer: Renderer, links: UnsubscribeLinks) -> None:
        self._renderer = renderer
        self._links = links

    async def render(
        self,
        workspace: WorkspaceId,
        mails: Sequence[Pending],
        sources: Mapping[tuple[TemplateId, int], Source],
        *,
        now: datetime,
    ) -> list[Rendered | RenderFailure]:
        """What each mail says. One that cannot be rendered costs only itself."""
        jobs = [self._job(workspace, mail, sources, now=now) for mail in mails]
        ready = [job for job in jobs if job is not None]
        results = iter(await self._renderer.render(ready) if ready else ())
        gone = RenderFailure("template_missing", "the template has been deleted")
        return [gone if job is None else next(results) for job in jobs]

    def compose(self, workspace: WorkspaceId, mail: Pending, rendered: Rendered, *, now: datetime) -> Envelope:
        """The bytes of one mail, in their envelope.

        Raises:
            Unmailable: an address cannot be written.
        """
        assert mail.contact is not None
        sender = parse_mailbox(mail.sender)
        letter = Letter(
            sender=sender,
            to=mail.contact.address,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            message_id=message_id(workspace, mail.source_id, mail.visit, sender.address.domain),
            date=now,
            unsubscribe_url=self._url(workspace, mail),
            reply_to=parse_mailbox(mail.reply_to) if mail.reply_to is not None else None,
        )
        key = f"{workspace}/{mail.source_id}/{mail.visit}"
        return Envelope(sender.address.text, mail.contact.address, compose(letter), key)

    def _job(
        self,
        workspace: WorkspaceId,
        mail: Pending,
        sources: Mapping[tuple[TemplateId, int], Source],
        *,
        now: datetime,
    ) -> RenderJob | None:
        contact = mail.contact
        if contact is None or mail.template_version is None:
            return None
        source = sources.get((mail.template_id, mail.template_version))
        if source is None:
            return None
        return RenderJob(
            source,
            {
                "contact": recipient(contact, mail.tags),
                "event": mail.entered_with,
                "unsubscribe_url": self._url(workspace, mail),
                "now": iso(now),
            },
        )

    def _url(self, workspace: WorkspaceId, mail: Pending) -> str:
        assert mail.contact is not None
        return self._links.url(UnsubscribeToken(workspace, mail.contact.id, mail.id))
