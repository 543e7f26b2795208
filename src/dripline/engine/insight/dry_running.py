"""The dry run: the live interpreter on one contact, from now to the end, with what it would mail. Writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.contacts.facts import NO_COMPANY, Company, ContactFacts
from dripline.contacts.model import Contact, merge_properties
from dripline.contacts.store import find_contact_by_email
from dripline.database.work import Tx
from dripline.engine.insight.imagining import Imagined
from dripline.engine.versions.inlining import inline_sources
from dripline.engine.versions.naming import references_of
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Problem, Unprocessable
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.kernel.values import Json
from dripline.predicates.evaluate import evaluate
from dripline.segments.company import companies
from dripline.sequences import store as sequences
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.enrollments.keys import enrollment_key
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.explaining import explain
from dripline.sequences.interpreter.model import EndStatus, Outcome
from dripline.sequences.language.model import Definition, EventTrigger
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.references import templates_of
from dripline.sequences.lifecycle import read
from dripline.sequences.model import References
from dripline.sequences.simulator.dry_run import End, Run, SimulatedStep, dry_run
from dripline.sequences.simulator.world import AssumedEvent
from dripline.sequences.versions import Known, report_on
from dripline.templates.defaults import read_defaults
from dripline.templates.recipients import recipient
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source
from dripline.templates.sources import source_of
from dripline.templates.store import newest_versions, slugs


@dataclass(frozen=True, slots=True)
class Imagination:
    """Who it is tried on: the contact, what they belong to, and what is assumed to happen to them.

    `event` is the snapshot that they would be enrolled with; `sequence` is what their ways at splits are drawn by.
    """

    contact: Contact
    event: Mapping[str, Json] | None = None
    company: Company = NO_COMPANY
    events: tuple[AssumedEvent, ...] = ()
    sequence: str = ""


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
    events: Sequence[AssumedEvent] = (),
    renderer: Renderer,
    now: datetime,
) -> DryRun:
    """Simulate a sequence, its draft where it has one, for a contact, or for an address that nobody has.

    `properties` come on top of those that the contact has; `event` is the snapshot that it would be enrolled with;
    `events` are assumed to happen during the run.

    Raises:
        NotFound: there is no such sequence.
        Unprocessable: it cannot run; says why.
    """
    sequence = await sequences.find(tx, workspace, ref)
    definition = name_steps(await read(sequence.definition))
    templates = await slugs(tx, workspace, sorted(templates_of(definition)))
    inline, problems = await inline_sources(tx, workspace, sequence, definition)
    known = Known(templates, await references_of(tx, workspace, definition), _any_sender, problems=problems)
    contact = await find_contact_by_email(tx, workspace, address.key)
    company = (await companies(tx, workspace, [contact.id]))[contact.id] if contact is not None else NO_COMPANY
    contact = contact or nobody(address, now)
    contact = replace(contact, properties=merge_properties(contact.properties, properties or {}))
    imagination = Imagination(contact, event, company, tuple(events), str(sequence.id))
    run, warnings = simulate(definition, imagination, known, now=now)
    versions = await newest_versions(tx, workspace, list(templates.values()))
    defaults = await read_defaults(tx, workspace)
    sources = {name: source_of(versions[template], defaults, footer=False) for name, template in templates.items()}
    subjects = await _subjects(renderer, run, {**sources, **inline})
    return DryRun(run, subjects, warnings)


def simulate(
    definition: Definition, imagination: Imagination, known: Known, *, now: datetime
) -> tuple[Run, tuple[Problem, ...]]:
    """The run of a contact through a definition from `now` on, and the warnings about it.

    Raises:
        Unprocessable: it cannot run.
    """
    report = report_on(definition, known)
    if report.problems:
        raise Unprocessable.of(report.problems)
    program = compile_definition(definition)
    facts = _facts(imagination, known.references, now=now)
    run = dry_run(program, Imagined(facts, imagination.events, program.event_tests), start=now)
    return _stopped_by_gate(run, imagination.contact), (*report.warnings, *_not_enrolled(definition, facts))


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


def _any_sender(_: str) -> None:
    return None


def _facts(imagination: Imagination, references: References, *, now: datetime) -> ContactFacts:
    return ContactFacts(
        imagination.contact,
        imagination.event,
        now,
        imagination.company,
        references.lists,
        references.segments,
        run=imagination.sequence,
    )


def _not_enrolled(definition: Definition, facts: ContactFacts) -> Iterator[Problem]:
    """What would keep the event that was given from enrolling at all."""
    if facts.event is None:
        return
    if isinstance(definition.trigger, EventTrigger):
        for index, comparison in enumerate(definition.trigger.where):
            if not evaluate(comparison, facts):
                why = explain(comparison, facts)
                yield Problem(f"trigger.where[{index}]", f"the event that was given would not enroll: {why}.")
    if enrollment_key(definition.enrollment, facts.event) is None:
        place = "enrollment.field" if definition.enrollment.field is not None else "enrollment.mode"
        yield Problem(place, "the event that was given would not enroll: it has no value to tell runs apart by.")


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


async def _subjects(renderer: Renderer, run: Run, sources: Mapping[str, Source]) -> dict[str, str]:
    """The subject of each mail, by step, rendered as it would be sent; what cannot be rendered says so."""
    mails = [step for step in run.steps if step.template is not None and step.outcome == Outcome.SENT]
    jobs = [_job(step, run, sources) for step in mails]
    rendered = await renderer.render(jobs) if jobs else []
    return {
        step.id: each.subject if isinstance(each, Rendered) else f"cannot be rendered: {each.detail}"
        for step, each in zip(mails, rendered, strict=True)
    }


def _job(step: SimulatedStep, run: Run, sources: Mapping[str, Source]) -> RenderJob:
    world = run.mailed[step.id]
    assert step.template is not None
    assert isinstance(world, Imagined)
    return RenderJob(
        msgspec.structs.replace(sources[step.template], html="", text=""),
        {
            "contact": recipient(world.facts.contact, world.facts.company.tags),
            "event": world.facts.event,
            "discount": world.discount,
            "now": iso(step.at),
        },
    )
