"""A step, as every route about it answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dripline.database.work import Tx
from dripline.delivery.identities import identities_of
from dripline.kernel.ids import WorkspaceId, show
from dripline.sequences import store
from dripline.sequences.compiler.inlining import template_of
from dripline.sequences.editing.drafts import Draft, Written, open_draft
from dripline.sequences.editing.steps import Row, delay_of, rows_of
from dripline.sequences.editing.structured import Unit, amount_of
from dripline.sequences.language.model import Delay, Email
from dripline.sequences.model import Sequence as Drip
from dripline.templates.store import slugs


class StepShape(msgspec.Struct, frozen=True, rename="camel"):
    """A step; an email with the delay that belongs to it. `step` is all of it, in the keys of the sequence language.

    `position` is its place among the rows, counted from 1; null for a step inside another one, and for a delay that
    belongs to an email. `templateId` is the template that the email names, or that was made of its content.
    """

    id: str
    position: int | None
    action: str
    name: str | None
    subject: str | None
    preview_text: str | None
    body_html: str | None
    body_mjml: str | None
    body_text: str | None
    layout: str | None
    template: str | None
    template_id: str | None
    sender: str | None
    sender_id: str | None
    delay_amount: int | None
    delay_unit: Unit | None
    step: Mapping[str, Any]
    revision: int


@dataclass(frozen=True, slots=True)
class _Names:
    """The ids behind the templates, by the compiler's names, and the senders of a sequence."""

    templates: Mapping[str, str]
    senders: Mapping[str, str]


async def shape_rows(tx: Tx, workspace: WorkspaceId, sequence: Drip) -> list[StepShape]:
    """The outermost steps of a sequence, in order."""
    draft = await asyncio.to_thread(open_draft, sequence.definition)
    rows = rows_of(draft)
    names = await _names(tx, workspace, sequence, [row.step for row in rows])
    return [_shape(row, position, sequence, names) for position, row in enumerate(rows, 1)]


async def shape_step(tx: Tx, workspace: WorkspaceId, sequence: Drip, step_id: str) -> StepShape:
    """One step of a sequence.

    Raises:
        NotFound: there is none by that id.
    """
    draft = await asyncio.to_thread(open_draft, sequence.definition)
    written = draft.find(step_id)
    names = await _names(tx, workspace, sequence, [written])
    return _shape(Row(written, delay_of(draft, written)), _position(draft, written), sequence, names)


def _position(draft: Draft, written: Written) -> int | None:
    places = (place for place, row in enumerate(rows_of(draft), 1) if row.step.path == written.path)
    return next(places, None)


async def _names(tx: Tx, workspace: WorkspaceId, sequence: Drip, steps: Sequence[Written]) -> _Names:
    emails = [each.step for each in steps if isinstance(each.step, Email)]
    named = {email.template for email in emails if email.template is not None}
    ids = {slug: show("template", found) for slug, found in (await slugs(tx, workspace, sorted(named))).items()}
    if any(email.template is None for email in emails):
        for version in await store.versions(tx, workspace, [(sequence.id, sequence.version)]):
            ids |= {name: show("template", found) for name, found in version.templates.items()}
    senders = await identities_of(tx, workspace, {email.sender for email in emails if email.sender is not None})
    return _Names(ids, senders)


def _shape(row: Row, position: int | None, sequence: Drip, names: _Names) -> StepShape:
    step, values = row.step.step, row.step.values
    email = step if isinstance(step, Email) else Email()
    amount, unit = _delay(row)
    return StepShape(
        id=str(step.id),
        position=position,
        action=str(values["action"]),
        name=email.name,
        subject=email.subject,
        preview_text=email.preview_text,
        body_html=email.html,
        body_mjml=email.mjml,
        body_text=email.text,
        layout=email.layout,
        template=email.template,
        template_id=names.templates.get(template_of(step)) if isinstance(step, Email) else None,
        sender=email.sender,
        sender_id=names.senders.get(email.sender) if email.sender is not None else None,
        delay_amount=amount,
        delay_unit=unit,
        step={"action": values["action"], "id": step.id, **values},
        revision=sequence.revision,
    )


def _delay(row: Row) -> tuple[int | None, Unit | None]:
    """How long an email comes after what is before it, or a delay lasts."""
    delay = row.delay.step if row.delay is not None else row.step.step
    if isinstance(delay, Delay) and delay.duration is not None:
        return amount_of(delay.duration)
    return (0, Unit.DAYS) if isinstance(delay, Email) else (None, None)
