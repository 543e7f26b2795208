"""Double opt-in: who is put on a list is asked by a mail first, and is on it when they have said yes there.

Until then nothing is started by it, and a contact that was made for it gets no other mail than transactional.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dripline.accounts.model import Workspace
from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.lists import ContactList, keep_list
from dripline.contacts.model import Contact, ContactChanges
from dripline.contacts.requests import (
    ListRequest,
    find_request,
    keep_requests,
    mark_confirmed,
    members_among,
    requests_of,
)
from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.work import Tx
from dripline.delivery import singles
from dripline.delivery.letters import Content, Given
from dripline.delivery.outbox import Kind
from dripline.delivery.senders import Senders, sender_for
from dripline.delivery.singles import SingleMail
from dripline.delivery.unsubscribe import ConfirmToken, UnsubscribeLinks
from dripline.engine.audience.belonging import add_to_list, named
from dripline.engine.audience.people import OPT_OUT, Upserted, change_contact, change_contacts, upsert_contacts
from dripline.engine.audience.preferring import OPT_IN
from dripline.kernel.addresses import Address, Mailbox
from dripline.kernel.ids import ContactId, ListId, MessageId, TemplateId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.templates.liquid.checking import check
from dripline.templates.model import Template
from dripline.templates.store import newest_versions

MOST_MAILS = 3
"""So many mails about one list somebody gets, until the last one cannot be answered any more."""

# Who asks again at once, asks for the mail that is under way.
_PATIENCE = timedelta(minutes=10)
_LINKS = frozenset({"confirm_url", "variables.confirm_url"})
_SOURCE: Mapping[str, Json] = {"source": "double_opt_in"}

_BUILT_IN = Content(
    subject="Please confirm: {{ list.name }}",
    html=(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"></head>'
        "<body style=\"margin:0;padding:32px 16px;font:16px/24px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,"
        'sans-serif"><div style="max-width:480px;margin:0 auto">'
        "{% if workspace.company %}<p>{{ workspace.company }}</p>{% endif %}"
        "<p>Somebody, probably you, wants to get <strong>{{ list.name }}</strong> at {{ email }}.</p>"
        '<p style="margin:28px 0"><a href="{{ confirm_url }}" style="display:inline-block;padding:12px 24px;'
        'border-radius:8px;background:#2563eb;color:#ffffff;text-decoration:none;font-weight:600">'
        "Yes, sign me up</a></p>"
        '<p style="font-size:14px;line-height:20px;color:#6b7280">If it was not you, do nothing: you will get no more '
        "mail about it. The link works for 7 days.</p></div></body></html>"
    ),
    text=(
        "{% if workspace.company %}{{ workspace.company }}\n\n{% endif %}"
        "Somebody, probably you, wants to get {{ list.name }} at {{ email }}.\n\n"
        "Yes, sign me up: {{ confirm_url }}\n\n"
        "If it was not you, do nothing: you will get no more mail about it. The link works for 7 days.\n"
    ),
)


class Answer(StrEnum):
    """What a link to confirm does."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking needs of the process: who mail comes from, and the links in it."""

    senders: Senders
    links: UnsubscribeLinks


def has_link(template: Template) -> bool:
    """Whether a mail from this template can be answered: it shows `confirm_url`."""
    return not _LINKS.isdisjoint(check(template.html, "").variables)


async def ask(
    tx: Tx,
    workspace: Workspace,
    list_id: ListId,
    *,
    addresses: Collection[Address],
    contacts: Collection[ContactId],
    asking: Asking,
    now: datetime,
) -> int:
    """Ask people by mail whether they want to be on a list; gives how many were asked.

    Not asked are those who are on it, whose address is suppressed, or who have been asked just now or too often. An
    unknown address becomes a contact that gets no other mail: its wish is not known yet.

    Raises:
        Unprocessable: there is no way for live mail to leave.
    """
    found = await keep_list(tx, workspace.id, list_id)
    if found is None:
        return 0
    known = {*contacts, *await _contacts_of(tx, workspace.id, addresses, now=now)}
    present = await lock_contacts(tx, workspace.id, known)
    people = await find_contacts(tx, workspace.id, present)
    on_it = await members_among(tx, workspace.id, found.id, present)
    before = await requests_of(tx, workspace.id, found.id, present)
    asked = [
        request
        for person in people.values()
        if person.id not in on_it
        and not person.suppressed
        and (request := _next(found, person, before.get(person.id), now)) is not None
    ]
    if asked:
        await keep_requests(tx, workspace.id, asked)
        told = [Change(each.contact_id, What.LIST_ASKED, named(found), now) for each in asked]
        await append_changes(tx, workspace.id, told)
        await _mail(tx, workspace, found, asked, asking=asking, now=now)
    return len(asked)


async def look(tx: Tx, workspace: WorkspaceId, token: ConfirmToken, *, now: datetime) -> Answer:
    """What the link would do. Nothing happens by looking."""
    request = await find_request(tx, workspace, token.contact_id, token.request_id)
    if request is None:
        return Answer.GONE
    if request.confirmed_at is not None:
        return Answer.CONFIRMED
    return Answer.OPEN if request.is_open(now) else Answer.GONE


async def confirm(tx: Tx, workspace: WorkspaceId, token: ConfirmToken, *, now: datetime) -> Answer:
    """Put on the list who says so, which is when sequences start; they want mail from then on. May be repeated: who
    left the list again later is not brought back.
    """
    await lock_contacts(tx, workspace, [token.contact_id])
    answer = await look(tx, workspace, token, now=now)
    request = await find_request(tx, workspace, token.contact_id, token.request_id)
    if answer is not Answer.OPEN or request is None:
        return answer
    await mark_confirmed(tx, workspace, request, now=now)
    await change_contact(tx, workspace, request.contact_id, OPT_IN, source=_SOURCE, now=now)
    await add_to_list(tx, workspace, request.list_id, [request.contact_id], now=now, source=_SOURCE)
    return Answer.CONFIRMED


async def _contacts_of(
    tx: Tx, workspace: WorkspaceId, addresses: Iterable[Address], *, now: datetime
) -> set[ContactId]:
    """The contacts with these addresses; those that are new want nothing yet, and start nothing."""
    people = [(address, ContactChanges()) for address in addresses]
    if not people:
        return set()
    made = await upsert_contacts(tx, workspace, people, now=now, enroll=False)
    kept = [each for each in made if isinstance(each, Upserted)]
    new = [(each.contact.id, OPT_OUT) for each in kept if each.is_new]
    await change_contacts(tx, workspace, new, now=now, enroll=False, source=_SOURCE)
    return {each.contact.id for each in kept}


def _next(found: ContactList, person: Contact, before: ListRequest | None, now: datetime) -> ListRequest | None:
    """The question to put to somebody now; None where they have been asked enough."""
    if before is None or not before.is_open(now):
        return ListRequest(new_uuid(), found.id, person.id, now, now, 1)
    if before.mails >= MOST_MAILS or now < before.mailed_at + _PATIENCE:
        return None
    return replace(before, mailed_at=now, mails=before.mails + 1)


async def _mail(
    tx: Tx,
    workspace: Workspace,
    found: ContactList,
    requests: Iterable[ListRequest],
    *,
    asking: Asking,
    now: datetime,
) -> None:
    sender = await sender_for(tx, workspace, asking.senders)
    template = await _template(tx, workspace.id, found)
    for request in requests:
        url = asking.links.confirm_url(ConfirmToken(workspace.id, request.contact_id, request.id))
        await singles.ask(tx, workspace.id, _letter(found, request, sender, template, url, now))


async def _template(tx: Tx, workspace: WorkspaceId, found: ContactList) -> TemplateId | None:
    """The template of the list; None where it has none, or none that can be answered."""
    if found.confirm_template_id is None:
        return None
    newest = await newest_versions(tx, workspace, [TemplateId(found.confirm_template_id)])
    return next((each.id for each in newest.values() if has_link(each)), None)


def _letter(
    found: ContactList, request: ListRequest, sender: Mailbox, template: TemplateId | None, url: str, now: datetime
) -> SingleMail:
    variables: Mapping[str, Json] = {
        "confirm_url": url,
        "list": {"name": found.name, "description": found.description},
    }
    return SingleMail(
        id=MessageId(new_uuid()),
        kind=Kind.TRANSACTIONAL,
        contact_id=request.contact_id,
        template_id=template,
        sender=sender,
        given=Given(
            data={"variables": variables},
            content=_BUILT_IN if template is None else None,
            tracks_opens=False,
            tracks_clicks=False,
        ),
        at=now,
    )
