"""How the parts of a worker hang together: who uses whom, who wakes whom, and how often each looks by itself."""

from contextlib import AsyncExitStack
from datetime import timedelta
from random import SystemRandom

from dripline.accounts.connections.environment import environment_of
from dripline.authoring.cleaning.answering import blocks_page, templates_page
from dripline.authoring.cleaning.requesting import BLOCKS_JOB, TEMPLATES_JOB
from dripline.authoring.drafts.beginning import DRAFT_JOB
from dripline.authoring.drafts.filling import draft_page
from dripline.authoring.models.endpoint import Access
from dripline.authoring.revising.answering import rewrite_page, subjects_page
from dripline.authoring.revising.requesting import REWRITE_JOB, SUBJECTS_JOB
from dripline.database.hints import Hint
from dripline.database.pool import Database
from dripline.delivery.braking import BRAKE_JOB, brake_page
from dripline.delivery.carriers import Carriers
from dripline.delivery.delivering import Deliveries
from dripline.delivery.domains.verifying import Rechecks
from dripline.delivery.doubting import Doubting
from dripline.delivery.effects.carrying import Effects
from dripline.delivery.effects.running import Carrying
from dripline.delivery.feedback.polling import Mailboxes
from dripline.delivery.hosts import HostLookups
from dripline.delivery.outcomes import RetryRule
from dripline.delivery.running import Delivering
from dripline.delivery.tracking.links import TrackingLinks
from dripline.delivery.tracking.working import HitWork
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.webhooks.sending import Deliverer
from dripline.delivery.webhooks.working import WebhookWork
from dripline.delivery.writing import Writer
from dripline.durable.jobs import JobRunner
from dripline.engine.audience.importing import IMPORT_JOB, import_page
from dripline.engine.facts.silence import Listening
from dripline.engine.facts.sweeping import Sweeping
from dripline.engine.runs.enrolling_many import ENROLL_JOB, enroll_page
from dripline.engine.runs.exiting import ARCHIVE_JOB, archive_page
from dripline.engine.runs.making_up import resume_page
from dripline.engine.runs.resuming import RESUME_JOB
from dripline.engine.runs.running import Reacting, Running
from dripline.engine.runs.turn import Turns
from dripline.engine.test_clock import ADVANCE_JOB, Agenda
from dripline.engine.versions.carrying_over import PUBLISH_JOB, carry_over_page
from dripline.processes.connecting import make_reach, make_sealer
from dripline.processes.domains import make_dns, make_domains, make_place, make_senders
from dripline.processes.feedback import make_escalation, make_feedback
from dripline.processes.housekeeping import House
from dripline.processes.looping import Loops
from dripline.processes.outside import make_poster, make_world
from dripline.processes.parts import Parts
from dripline.segments.building import BUILD_JOB, CLEAN_JOB, build_page, clean_page
from dripline.settings import Settings
from dripline.templates.remaking_many import REMAKE_JOB, remake_page
from dripline.templates.rendering.pool import Renderer

# A sweep finds what a lost hint was about.
_SWEEP_SECONDS = 1.0
# A hit waits for others for a second, and is counted within two.
_HIT_SECONDS = 0.5
# Boundaries of time pass people at most so late.
_BOUNDARY_SECONDS = 15.0
_COUNT_SECONDS = 20.0
_DOMAIN_SECONDS = 30.0
_DOUBT_SECONDS = 60.0
_HOUSEKEEPING_SECONDS = 600.0
_MAILBOX_SECONDS = 5.0
# What the flow of mail is made of looks at every hint; what is asked for now and then is not looked for at each event.
_ALWAYS = (Hint.DUE, Hint.JOB)
_RARELY = (Hint.JOB,)
# A long import must not keep others from moving their test clock.
_JOBS_AT_ONCE = 3
# These wait for language models nearly all the time.
_WRITING_AT_ONCE = 4
# One slow mailbox must not keep the others waiting.
_MAILBOXES_AT_ONCE = 3


def wire(
    settings: Settings,
    database: Database,
    carriers: Carriers,
    renderer: Renderer,
    urgent: Renderer,
    closing: AsyncExitStack,
) -> Parts:
    """A worker's parts. What it opens beside the arguments is let go of with `closing`."""
    loops = Loops()
    turns_begin = loops.waking("turns")
    lease = timedelta(seconds=settings.lease_seconds)
    sealer, environment = make_sealer(settings), environment_of(settings)
    links = UnsubscribeLinks(settings.secret_key or "", settings.public_url, settings.former_secret_keys)
    tracking = TrackingLinks(settings.secret_key or "", settings.public_url, settings.former_secret_keys)
    turns = Turns(database, make_senders(settings))
    domains, dns = make_domains(settings), make_dns(settings)
    deliveries = Deliveries(
        database,
        Writer(renderer, links, urgent=urgent, tracking=tracking, secret=settings.secret_key),
        carriers,
        domains,
        lease=lease,
        retry=RetryRule(timedelta(seconds=settings.smtp_retry_seconds), timedelta(hours=settings.smtp_retry_max_hours)),
        chance=SystemRandom(),
        escalation=make_escalation(settings),
    )
    delivering = Delivering(database, deliveries, carriers, settled=loops.waking("turns", "deliveries", "reactions"))
    world = make_world(settings, sealer, environment, renderer, closing)
    effects = Effects(database, world, lease=lease, chance=SystemRandom())
    carrying = Carrying(database, effects, settled=loops.waking("turns", "effects"))
    deliverer = Deliverer(database, make_poster(settings, closing), sealer, lease=lease, chance=SystemRandom())
    webhooks = WebhookWork(database, deliverer, settled=loops.waking("webhooks"))
    running = Running(database, turns, queued=loops.waking("deliveries", "effects"))
    reacting = Reacting(database, reacted=loops.waking("turns"))
    listening = Listening(database, begun=turns_begin)
    rechecks = Rechecks(database, domains, make_place(settings), dns, sealer)
    sweeping = Sweeping(database, swept=loops.waking("reactions"))
    sweeps = (listening, sweeping)
    agenda = Agenda(database, turns, deliveries, effects, sweeps)
    pages = {
        ADVANCE_JOB: agenda.page,
        ARCHIVE_JOB: archive_page(database),
        BRAKE_JOB: brake_page(database),
        BUILD_JOB: build_page(database),
        CLEAN_JOB: clean_page(database),
        ENROLL_JOB: enroll_page(database, begun=turns_begin),
        IMPORT_JOB: import_page(database, begun=turns_begin),
        REMAKE_JOB: remake_page(database, lease=lease),
        PUBLISH_JOB: carry_over_page(database, begun=turns_begin),
        RESUME_JOB: resume_page(database, begun=turns_begin),
    }
    jobs = JobRunner(database, pages, lease=lease)
    access = Access(sealer, environment, make_reach(settings))
    writing_pages = {
        BLOCKS_JOB: blocks_page(database, access, lease=lease),
        TEMPLATES_JOB: templates_page(database, access, lease=lease),
        DRAFT_JOB: draft_page(database, access, lease=lease),
        REWRITE_JOB: rewrite_page(database, access, lease=lease),
        SUBJECTS_JOB: subjects_page(database, access, lease=lease),
    }
    writing = JobRunner(database, writing_pages, lease=lease)
    feedback = make_feedback(settings, database, links)
    mailboxes = Mailboxes(
        *(database, sealer),
        most_bytes=settings.inbound_max_bytes,
        kept=loops.waking("feedback"),
        reach=make_reach(settings),
    )
    hosts = HostLookups(database, dns)
    house = House(database, hosts)
    leases = min(_SWEEP_SECONDS, settings.lease_seconds / 2)
    loops.add("turns", running.once, sweep_seconds=_SWEEP_SECONDS, heeds=_ALWAYS)
    loops.add("reactions", reacting.once, sweep_seconds=_SWEEP_SECONDS, heeds=_ALWAYS)
    loops.add("silence", listening.once, sweep_seconds=_BOUNDARY_SECONDS, heeds=_RARELY)
    loops.add("segments", sweeping.once, sweep_seconds=_BOUNDARY_SECONDS, heeds=_RARELY)
    loops.add("jobs", jobs.once, sweep_seconds=_SWEEP_SECONDS, copies=_JOBS_AT_ONCE, heeds=_RARELY)
    loops.add("writing", writing.once, sweep_seconds=_SWEEP_SECONDS, copies=_WRITING_AT_ONCE, heeds=_RARELY)
    loops.add("deliveries", delivering.once, sweep_seconds=_SWEEP_SECONDS, heeds=_ALWAYS)
    loops.add("deliveries left", delivering.sweep, sweep_seconds=leases, heeds=_RARELY)
    loops.add("effects", carrying.once, sweep_seconds=_SWEEP_SECONDS, heeds=_ALWAYS)
    loops.add("effects left", carrying.sweep, sweep_seconds=leases, heeds=_RARELY)
    loops.add("webhooks", webhooks.once, sweep_seconds=_SWEEP_SECONDS, heeds=_ALWAYS)
    loops.add("webhooks left", webhooks.sweep, sweep_seconds=leases, heeds=_RARELY)
    loops.add("hits", HitWork(database).once, sweep_seconds=_HIT_SECONDS)
    loops.add("feedback", feedback.once, sweep_seconds=_SWEEP_SECONDS, heeds=_RARELY)
    loops.add("mailboxes", mailboxes.once, sweep_seconds=_MAILBOX_SECONDS, copies=_MAILBOXES_AT_ONCE, heeds=_RARELY)
    loops.add("doubts", Doubting(database, carriers).once, sweep_seconds=_DOUBT_SECONDS)
    loops.add("domains", rechecks.once, sweep_seconds=_DOMAIN_SECONDS, heeds=_RARELY)
    loops.add("hosts", hosts.once, sweep_seconds=_DOMAIN_SECONDS)
    loops.add("counts", house.add_up, sweep_seconds=_COUNT_SECONDS)
    loops.add("housekeeping", house.keep, sweep_seconds=_HOUSEKEEPING_SECONDS)
    return Parts(
        *(database, sealer, environment, domains, carriers, renderer, running, reacting, delivering, feedback),
        *(carrying, webhooks, sweeps, jobs, loops),
    )
