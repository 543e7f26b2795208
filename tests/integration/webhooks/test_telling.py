"""Who leaves deliveries: mail that is sent, people who opt out, and what stops by itself."""

from datetime import timedelta

from dripline.accounts.sealing import Sealer
from dripline.database.queries import Query
from dripline.delivery.braking import brake
from dripline.delivery.counting import Counted, Counts, count_mail
from dripline.delivery.warmup import moving
from dripline.delivery.warmup.plan import Plan
from dripline.delivery.webhooks.model import DELIVERIES_KEPT, DeliveryStatus
from dripline.delivery.webhooks.store import forget_old_deliveries, open_secrets, reseal
from dripline.engine.audience.people import opt_out
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, MessageId, show
from tests.integration.webhooks.conftest import SECRET, Told

ONE_MAIL = """
trigger: { event: signup }
steps:
  - { action: email, id: welcome, template: a-mail }
"""
DOMAIN = "example.com"
_SECRETS = Query(
    "secrets",
    "Gives the sealed secrets of a workspace.",
    "SELECT id, secret, former_secret, former_until FROM webhook WHERE workspace_id = $1",
)


async def test_a_mail_that_goes_out_and_the_opting_out_by_it_are_recorded_in_a_test_workspace(recording: Told) -> None:
    hook = await recording.hook("https://example.com/in")
    world = recording.world
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    await world.track("ada@example.com", "signup")
    await world.work()
    [message] = await world.messages()

    async with world.database.front_door(world.workspace_id) as tx:
        assert message.contact_id is not None
        contact, mail = ContactId(message.contact_id), MessageId(message.id)
        for _ in range(2):
            await opt_out(tx, world.workspace_id, contact, message=mail, now=await world.now())
    await recording.deliver()

    sent, unsubscribed = await recording.deliveries(hook)
    assert (sent.told.type, unsubscribed.told.type) == ("email.sent", "email.unsubscribed")
    for each in (sent, unsubscribed):
        assert (each.status, each.attempts, each.told.email) == (DeliveryStatus.RECORDED, 0, "ada@example.com")
        assert (each.told.data["sendId"], each.told.data["step"]) == (show("message", message.id), "welcome")


async def test_a_domain_and_a_sequence_that_are_stopped_are_told_once(recording: Told) -> None:
    hook = await recording.hook("https://example.com/in", "domain.stopped", "sequence.stopped")
    world = recording.world
    sequence = await world.sequence(ONE_MAIL, templates=("a-mail",))
    counts, now = Counts(DOMAIN, None, (sequence.id, 1, "welcome")), await world.now()

    async with world.database.work() as tx:
        await moving.plan(tx, world.workspace_id, DOMAIN, Plan(), now=now)
        await moving.start(tx, world.workspace_id, DOMAIN, now=now)
        happened = [(counts, Counted.SENT)] * 1_000 + [(counts, Counted.COMPLAINED)] * 100
        await count_mail(tx, world.workspace_id, happened, now=now)
    for _ in range(2):
        async with world.database.work() as tx:
            await brake(tx, world.workspace_id, [counts], now=now)
        await world.work()

    domain, stopped = await recording.deliveries(hook)
    assert (domain.told.type, domain.told.data) == (
        "domain.stopped",
        {"domain": DOMAIN, "reason": "high_complaint_rate"},
    )
    assert (stopped.told.type, stopped.told.data) == (
        "sequence.stopped",
        {
            "sequenceId": show("sequence", sequence.id),
            "sequence": sequence.slug,
            "reason": "high_complaint_rate",
        },
    )


async def test_a_changed_secret_key_seals_secrets_anew(recording: Told) -> None:
    hook = await recording.hook("https://example.com/in")
    world = recording.world
    fresh = Sealer("another secret key of the installation", [world.settings.secret_key or ""])

    async with world.database.work() as tx:
        await reseal(tx, fresh, (world.workspace_id, ""))
        [row] = await tx.rows(_SECRETS, world.workspace_id)

    secrets = open_secrets(
        world.workspace_id, hook.id, row, sealer=Sealer("another secret key of the installation"), now=real_now()
    )
    assert (secrets.current, secrets.former) == (SECRET, None)


async def test_deliveries_are_kept_for_two_weeks(recording: Told) -> None:
    hook = await recording.hook("https://example.com/in")
    await recording.happen("email.sent")

    database = recording.world.database
    await forget_old_deliveries(database, now=real_now() + DELIVERIES_KEPT - timedelta(hours=1))
    kept = await recording.deliveries(hook)
    await forget_old_deliveries(database, now=real_now() + DELIVERIES_KEPT + timedelta(minutes=1))

    assert (len(kept), await recording.deliveries(hook)) == (1, [])
