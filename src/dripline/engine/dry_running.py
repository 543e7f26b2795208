"""The dry run: the live interpreter on one contact, from now to the end, with what it would mail. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact, merge_properties
from dripline.contacts.store import find_contact_by_email
from dripline.database.work import Tx
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Problem, Unprocessable
from dripline.kernel.ids import ContactId, TemplateId, WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences import store as sequences
from dripline.sequences.compiler.checking import check
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.enrollments.facts import ContactFacts
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.model import EndStatus, Outcome
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.lifecycle import read, templates_of
from dripline.sequences.simulator.dry_run import End, Run, SimulatedStep, dry_run
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source
from dripline.templates.store import newest_versions, slugs


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would happen, with the subject of each mail by step, and what the author should know."""

    run: Run
    subjects: Mapping[str, str]
    warnings: tuple[Problem, ...]


async def dry_run_sequence(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    address: Address,
    properties: Mapping[str, Json] | None = None,
    event: Mapping[str, Json] | None = None,
    renderer: Renderer,
    now: datetime,
) -> DryRun:
    """Simulate a sequence, its draft where it has one, for a contact, or for an address that nobody has.

    `properties` come on top of those that the contact has; `event` is the snapshot that it would be enrolled with.

    Raises:
        NotFound: there is no such sequence.
        Unprocessable: it cannot run; says why.
    """
    sequence = await sequences.find(tx, workspace, ref)
    definition = name_steps(await read(sequence.definition))
    known = await slugs(tx, workspace, sorted(templates_of(definition)))
    contact = await find_contact_by_email(tx, workspace, address.key) or nobody(address, now)
    contact = replace(contact, properties=merge_properties(contact.properties, properties or {}))
    run, warnings = simulate(definition, contact, event, templates=known, now=now)
    versions = await newest_versions(tx, workspace, list(known.values()))
    sources = {
        name: Source(versions[template].key, versions[template].subject, "", "") for name, template in known.items()
    }
    subjects = await _subjects(renderer, run, contact, event, sources)
    return DryRun(run, subjects, warnings)


def simulate(
    definition: Definition,
    contact: Contact,
    event: Mapping[str, Json] | None,
    *,
    templates: Mapping[str, TemplateId],
    now: datetime,
) -> tuple[Run, tuple[Problem, ...]]:
    """The run of a contact through a definition from `now` on, and the warnings about it.

    Raises:
        Unprocessable: it cannot run.
    """
    report = check(definition, templates=templates, senders=lambda _: None)
    if report.problems:
        raise Unprocessable.of(report.problems)
    run = dry_run(compile_definition(definition), ContactFacts(contact, event), start=now)
    return _stopped_by_gate(run, contact), report.warnings


def nobody(address: Address, now: datetime) -> Contact:
    """A contact who does not exist, for an address that nobody has."""
    return Contact(
        id=ContactId(UUID(int=0)),
        address=address,
        user_id=None,
        properties={},
        timezone=None,
        unsubscribed_at=None,
        suppressed=False,
        created_at=now,
        updated_at=now,
    )


def _stopped_by_gate(run: Run, contact: Contact) -> Run:
    """The run up to the first mail, where it ends when the contact may not be mailed at all."""
    if contact.unsubscribed_at is None and not contact.suppressed:
        return run
    reason = ExitReason.UNSUBSCRIBED if contact.unsubscribed_at is not None else ExitReason.SUPPRESSED
    for place, step in enumerate(run.steps):
        if step.outcome == Outcome.SENT:
            stopped = replace(step, outcome=Outcome.EXITED, reason=f"not mailed: the contact is {reason}")
            return Run((*run.steps[:place], stopped), End(EndStatus.EXITED, reason, step.at))
    return run


async def _subjects(
    renderer: Renderer, run: Run, contact: Contact, event: Mapping[str, Json] | None, sources: Mapping[str, Source]
) -> dict[str, str]:
    """The subject of each mail, by step, rendered as it would be sent; what cannot be rendered says so."""
    mails = [step for step in run.steps if step.template is not None and step.outcome == Outcome.SENT]
    jobs = [_job(step, contact, event, sources) for step in mails]
    rendered = await renderer.render(jobs) if jobs else []
    return {
        step.id: each.subject if isinstance(each, Rendered) else f"cannot be rendered: {each.detail}"
        for step, each in zip(mails, rendered, strict=True)
    }


def _job(
    step: SimulatedStep, contact: Contact, event: Mapping[str, Json] | None, sources: Mapping[str, Source]
) -> RenderJob:
    assert step.template is not None
    return RenderJob(
        sources[step.template],
        {
            "contact": {
                "email": contact.address.text,
                "userId": contact.user_id,
                "timezone": contact.timezone,
                "properties": contact.properties,
            },
            "event": event,
            "now": iso(step.at),
        },
    )
