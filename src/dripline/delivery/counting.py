"""What is counted about mail, and under which subjects: everything; by sending domain, for its health; by template; by
step, for its author.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.durable.tallies import Tally, add_tallies, counted
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.ids import EnrollmentId, MessageId, SequenceId, TemplateId, WorkspaceId

_sql = queries(__package__)

EVERYTHING = "mail/"
SKIPPED = "skipped:"
"""What the word begins with that counts a mail which was not sent; its reason follows."""


class Counted(StrEnum):
    """What may happen to mail.

    A mail that is refused for good while it is handed over is `rejected`; one that was taken and came back `bounced`.
    Each opening counts, and the first one of a mail also as a unique one; so do clicks. What machines opened and
    clicked is counted apart. A run that reaches its goal has `converted` by the last mail that went before.
    """

    SENT = "sent"
    IN_DOUBT = "in_doubt"
    REJECTED = "rejected"
    FAILED = "failed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    UNIQUE_OPENED = "unique_opened"
    CLICKED = "clicked"
    UNIQUE_CLICKED = "unique_clicked"
    MACHINE_OPENED = "machine_opened"
    MACHINE_CLICKED = "machine_clicked"
    UNSUBSCRIBED = "unsubscribed"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a mail counts for: its sending domain, its template, and the step that it is of."""

    domain: str
    template: TemplateId | None = None
    step: tuple[SequenceId, int, str] | None = None

    @property
    def subjects(self) -> Sequence[str]:
        """The subjects that what happens to it is counted under."""
        found = [EVERYTHING, about_domain(self.domain)]
        if self.template is not None:
            found.append(about_template(self.template))
        if self.step is not None:
            sequence, version, step = self.step
            found.append(f"{about_version(sequence, version)}{step}/")
        return found


def skipped(reason: str) -> str:
    """The word that counts a mail which was not sent for this reason."""
    return f"{SKIPPED}{reason}"


def counts_of(row: Row) -> Counts:
    """What a message counts for, by its row in the ledger."""
    step = (row["sequence_id"], row["sequence_version"], row["step"])
    return Counts(
        parse_mailbox(row["from_address"]).address.domain,
        row["template_id"],
        None if None in step else step,
    )


def about_domain(domain: str) -> str:
    """The subject of all mail from a domain."""
    return f"domain:{domain}/"


def about_template(template: TemplateId) -> str:
    """The subject of all mail that is written from a template."""
    return f"template:{template}/"


def about_sequence(sequence: SequenceId) -> str:
    """What the subjects of a sequence's steps begin with. The version follows, then the step."""
    return f"sequence:{sequence}/"


def about_version(sequence: SequenceId, version: int) -> str:
    """What the subjects of the steps of one version begin with. The step follows."""
    return f"{about_sequence(sequence)}{version}/"


async def count_mail(tx: Tx, workspace: WorkspaceId, happened: Iterable[tuple[Counts, str]], *, now: datetime) -> None:
    """Count what happened to mails, in the transaction in which it is written down. `now` is the workspace's time."""
    pairs = ((subject, what) for counts, what in happened for subject in counts.subjects)
    await add_tallies(tx, workspace, counted(pairs, at=now))


async def count_unsubscribed(tx: Tx, workspace: WorkspaceId, message: MessageId, *, now: datetime) -> None:
    """Count that somebody unsubscribed by a link in a mail; no second time for the same mail."""
    row = await tx.row(_sql["note_unsubscribed"], workspace, message, now)
    if row is not None:
        await count_mail(tx, workspace, [(counts_of(row), Counted.UNSUBSCRIBED)], now=now)


async def count_converted(tx: Tx, workspace: WorkspaceId, runs: Sequence[EnrollmentId]) -> None:
    """Count the goals that these runs have just reached, at the time of the goal.

    Each counts for the last mail that its run had sent by then, in the version that it went in; where there was none,
    for the sequence alone, as a step without a name.
    """
    tallies: list[Tally] = []
    for row in await tx.rows(_sql["converted"], workspace, runs) if runs else ():
        subjects = [EVERYTHING, f"{about_version(row['sequence_id'], row['version'])}{row['step']}/"]
        if row["template_id"] is not None:
            subjects.append(about_template(row["template_id"]))
        tallies += counted(((subject, Counted.CONVERTED) for subject in subjects), at=row["at"])
    await add_tallies(tx, workspace, tallies)
