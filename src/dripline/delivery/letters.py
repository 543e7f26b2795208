"""A claimed mail with all that it is written from and judged by, as one read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.contacts.store import contact_of
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.domains.sending import domain_of
from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.outbox import Kind, SendKey
from dripline.kernel.addresses import Address, parse_mailbox
from dripline.kernel.ids import EnrollmentId, MessageId, SequenceId, TemplateId, WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences.model import Status
from dripline.sequences.programs import VersionKey

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Step:
    """The step of a sequence that a mail is of."""

    sequence_id: SequenceId
    sequence: str
    name: str


@dataclass(frozen=True, slots=True)
class MailRun:
    """The run that a mail is of, as it stands, with its newest code.

    Events count that came after (`enrolled_at`, `anchor`).
    """

    id: EnrollmentId
    sequence_id: SequenceId
    version: int
    sequence_status: Status
    waits_for_it: bool
    entered_with: Mapping[str, Json] | None
    depth: int
    enrolled_at: datetime
    anchor: UUID
    discount: Mapping[str, Json] | None = None

    @property
    def key(self) -> VersionKey:
        """The version that the run is in."""
        return self.sequence_id, self.version


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail without a template says: three parts, each Liquid."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """What came with the request for a mail that no run asked for.

    `to` is where it goes when that is not to its contact. `data` are arguments of `templates.scope.scope`, which come
    before what is known otherwise. `asks_consent`: it may only go to those who want mail. What is tracked
    in it is as the workspace has it, where nothing is said here.
    """

    data: Mapping[str, Json]
    to: Address | None = None
    content: Content | None = None
    asks_consent: bool = False
    tracks_opens: bool | None = None
    tracks_clicks: bool | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """One mail under lease, as things stood when it was read.

    `contact` is None when they are gone, or when it is to somebody who is none. A mail that a run asked for has `run`,
    any other has `given`. `suppressed`: its address may not be mailed.
    """

    source_id: UUID
    visit: int
    id: MessageId
    kind: Kind
    template_id: TemplateId | None
    template_version: int | None
    sender: str
    attempts: int
    first_tried_at: datetime | None
    contact: Contact | None
    suppressed: bool
    queued_at: datetime
    step: Step | None = None
    run: MailRun | None = None
    given: Given | None = None
    reply_to: str | None = None
    tags: tuple[str, ...] = ()
    defaults_version: int = 0
    tracks_opens: bool = False
    tracks_clicks: bool = False

    @property
    def key(self) -> SendKey:
        return self.source_id, self.visit

    @property
    def to(self) -> Address | None:
        """Where it goes; None when nobody is there any more."""
        if self.given is not None and self.given.to is not None:
            return self.given.to
        return self.contact.address if self.contact is not None else None

    @property
    def sender_domain(self) -> str:
        """The domain that it is from, as `Domains` knows it; empty where that cannot be read."""
        try:
            return domain_of(parse_mailbox(self.sender))
        except (ValueError, Unmailable):
            return ""

    @property
    def asks_consent(self) -> bool:
        """Whether it may only go to those who want mail."""
        return self.given.asks_consent if self.given is not None else True

    @property
    def is_marketing(self) -> bool:
        """Whether it must carry a way to opt out: all but transactional mail. A test looks like what it tests."""
        return self.kind is not Kind.TRANSACTIONAL


async def load(tx: Tx, workspace: WorkspaceId, token: UUID, keys: Sequence[SendKey]) -> list[Pending]:
    """The mail among `keys` that is still under this lease, in the order of the keys."""
    rows = await tx.rows(_sql["load_letters"], workspace, token, [source for source, _ in keys])
    found = {(row["source_id"], row["visit"]): _pending(row) for row in rows}
    return [found[key] for key in keys if key in found]


def _pending(row: Row) -> Pending:
    return Pending(
        source_id=row["source_id"],
        visit=row["visit"],
        id=row["id"],
        kind=Kind(row["kind"]),
        template_id=row["template_id"],
        template_version=row["template_version"],
        sender=row["from_address"],
        attempts=row["attempts"],
        first_tried_at=row["first_tried_at"],
        contact=contact_of(row, id_="contact_id") if row["email"] is not None else None,
        suppressed=row["suppressed"],
        queued_at=row["queued_at"],
        step=Step(row["sequence_id"], row["sequence_slug"], row["step"]) if row["step"] is not None else None,
        run=_run(row) if row["enrollment_status"] is not None else None,
        given=_given(row) if row["given_data"] is not None else None,
        reply_to=row["reply_to"],
        tags=tuple(row["tags"]),
        defaults_version=row["defaults_version"],
        tracks_opens=row["tracks_opens"],
        tracks_clicks=row["tracks_clicks"],
    )


def _run(row: Row) -> MailRun:
    return MailRun(
        id=row["source_id"],
        sequence_id=row["sequence_id"],
        version=row["sequence_version"],
        sequence_status=Status(row["sequence_status"]),
        waits_for_it=row["enrollment_status"] == "active" and row["visits"] == row["visit"],
        entered_with=row["entered_with"],
        depth=row["depth"],
        enrolled_at=row["enrolled_at"],
        anchor=row["anchor"],
        discount=row["discount"],
    )


def _given(row: Row) -> Given:
    return Given(
        data=row["given_data"],
        to=Address(row["given_email"], row["given_key"]) if row["given_email"] is not None else None,
        content=Content(row["given_subject"], row["given_html"], row["given_text"])
        if row["given_subject"] is not None
        else None,
        asks_consent=row["asks_consent"],
    )
