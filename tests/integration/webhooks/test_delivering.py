"""What happens is told: signed, at least once, to those who answer and to those who do not."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook as Verifier

from dripline.contacts.store import find_contact_by_email
from dripline.delivery.webhooks.choosing import announce
from dripline.delivery.webhooks.model import DeliveryStatus, Reason, Status
from dripline.delivery.webhooks.store import SECRET_BYTES, change_webhook, replay, rotate_secret, secret_of
from dripline.engine.audience.people import delete_contact
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import show
from tests.integration.webhooks.conftest import SECRET, Told
from tests.makers.api_server import ApiServer, Fault, Said
from tests.makers.waiting import until

PENDING, DELIVERED, FAILED = DeliveryStatus.PENDING, DeliveryStatus.DELIVERED, DeliveryStatus.FAILED


async def test_an_event_is_told_once_signed_to_each_webhook_that_wants_it(
    told: Told, server: ApiServer, other_server: ApiServer
) -> None:
    hook = await told.hook(f"{server.url}/in?x=1", "email.sent")
    other = await told.hook(other_server.url, "email.bounced")
    await told.happen("email.sent", "email.machine_opened")

    await told.deliver()
    await told.deliver()

    [asked], [delivery] = server.asked, await told.deliveries(hook)
    body = Verifier(SECRET).verify(asked.body, dict(asked.headers))
    assert (asked.method, asked.path, asked.headers["host"]) == ("POST", "/in?x=1", f"127.0.0.1:{server.port}")
    assert (body["type"], body["data"]["email"], body["data"]["step"]) == ("email.sent", "ada@example.com", None)
    assert asked.headers["webhook-id"] == show("delivery", delivery.id)
    assert (delivery.status, delivery.attempts, delivery.response_status) == (DELIVERED, 1, 204)
    assert (other_server.asked, await told.deliveries(other)) == ([], [])


async def test_machines_are_told_of_only_where_they_are_named(
    told: Told, server: ApiServer, other_server: ApiServer
) -> None:
    everything = await told.hook(server.url, "*")
    named = await told.hook(other_server.url, "*", "email.machine_opened")

    await told.happen("email.opened", "email.machine_opened")

    assert [each.told.type for each in await told.deliveries(everything)] == ["email.opened"]
    assert [each.told.type for each in await told.deliveries(named)] == ["email.opened", "email.machine_opened"]


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (Said(500, b"oh\nno\0"), 500, "answered 500: oh no"),
        (Said(404), 404, "answered 404"),
        (Said(302, b"", {"location": "http://127.0.0.1:9/"}), 302, "answered 302"),
        (Fault.RESET_AFTER, None, "cannot be reached"),
        (Fault.NOISE_AFTER, None, "cannot be reached"),
    ],
)
async def test_a_failure_is_tried_again_under_the_same_id(
    told: Told, server: ApiServer, said: Said | Fault, status: int | None, words: str
) -> None:
    hook = await told.hook(server.url)
    await told.happen("email.sent")
    server.script = [said]

    await told.deliver()
    [first], failing = await told.deliveries(hook), await told.again(hook)
    await told.deliver()

    [second], well = await told.deliveries(hook), await told.again(hook)
    assert (first.status, first.attempts, first.response_status) == (PENDING, 1, status)
    assert (first.detail or "").startswith(words)
    assert timedelta(seconds=3) < first.due_at - real_now() < timedelta(seconds=6)
    assert (failing.failures, failing.last_error) == (1, first.detail)
    assert (second.status, second.attempts) == (DELIVERED, 2)
    assert (well.failing_since, well.failures, well.last_error) == (None, 0, None)
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1
    assert len(server.asked) == 2


async def test_after_the_last_try_a_delivery_has_failed_and_can_be_replayed(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    await told.happen("email.sent")
    server.script = [Said(500)] * 10

    for _ in range(11):
        await told.deliver()
    [failed] = await told.deliveries(hook)
    async with told.world.database.work() as tx:
        shown = show("delivery", failed.id)
        await replay(tx, told.world.workspace_id, await told.again(hook), shown, now=real_now())
    await told.deliver()

    [replayed] = await told.deliveries(hook)
    assert (failed.status, failed.attempts, len(server.asked)) == (FAILED, 10, 11)
    assert (replayed.status, replayed.attempts, replayed.id) == (DELIVERED, 1, failed.id)


async def test_an_endpoint_that_never_answers_delays_no_other(
    impatient: Told, server: ApiServer, other_server: ApiServer
) -> None:
    slow, quick = await impatient.hook(server.url), await impatient.hook(other_server.url)
    await impatient.happen(*["email.sent"] * 10)
    server.script = [Fault.STALL_BEFORE] * 100

    await impatient.work.once()

    await until(lambda: told_all(other_server, 10), "the quick one was told everything")
    assert {each.status for each in await impatient.deliveries(slow)} == {DeliveryStatus.SENDING}
    await impatient.work.finish()
    after = await impatient.deliveries(slow)
    assert {(each.status, each.detail) for each in after} == {(PENDING, "no answer within 0.3 seconds")}
    assert {each.status for each in await impatient.deliveries(quick)} == {DELIVERED}


async def told_all(server: ApiServer, count: int) -> bool:
    return len(server.asked) == count


async def test_of_a_webhook_that_fails_only_one_delivery_is_tried_at_a_time(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    server.script = [Said(500)] * 2
    await told.happen("email.sent")
    await told.deliver()
    await told.happen("email.opened", "email.clicked")

    await told.deliver()

    assert len(server.asked) == 2
    assert (await told.again(hook)).failures == 2


async def test_a_webhook_that_is_gone_is_disabled_at_once_and_others_hear_of_it(
    told: Told, server: ApiServer, other_server: ApiServer
) -> None:
    hook = await told.hook(server.url)
    other = await told.hook(other_server.url, "webhook.disabled")
    await told.happen("email.sent")
    server.script = [Said(410, b"no more")]

    await told.deliver()
    await told.happen("email.opened")
    await told.deliver()

    disabled, [only] = await told.again(hook), await told.deliveries(hook)
    assert (disabled.status, disabled.reason) == (Status.DISABLED, Reason.GONE)
    assert (only.told.type, only.status) == ("email.sent", FAILED)
    assert [each.told.data["reason"] for each in await told.deliveries(other)] == ["gone"]
    assert json.loads(other_server.asked[0].body)["data"]["webhookId"] == show("webhook", hook.id)
    async with told.world.database.work() as tx:
        with pytest.raises(Conflict):
            await replay(tx, told.world.workspace_id, disabled, show("delivery", only.id), now=real_now())


async def test_a_webhook_that_fails_for_days_is_disabled_until_somebody_enables_it(
    told: Told, server: ApiServer
) -> None:
    hook = await told.hook(server.url)
    await told.happen("email.sent")
    server.script = [Said(503), Said(503), Said(503)]

    await told.deliver()
    await told.have_failed_for(timedelta(days=4))
    await told.deliver()
    still = await told.again(hook)
    await told.have_failed_for(timedelta(days=1, seconds=1))
    await told.deliver()
    disabled = await told.again(hook)
    await told.deliver()
    async with told.world.database.work() as tx:
        ref = show("webhook", hook.id)
        now = real_now()
        enabled = await change_webhook(tx, told.world.workspace_id, ref, status=Status.ENABLED, now=now)
    await told.deliver()

    [delivery] = await told.deliveries(hook)
    assert still.status is Status.ENABLED
    assert (disabled.status, disabled.reason, disabled.last_error) == (
        Status.DISABLED,
        Reason.FAILING,
        "answered 503",
    )
    assert (enabled.status, enabled.reason, enabled.failing_since) == (Status.ENABLED, None, None)
    assert (delivery.status, len(server.asked)) == (DELIVERED, 4)


async def test_nobody_inside_is_called_unless_the_installation_allows_it(guarded: Told, server: ApiServer) -> None:
    hook = await guarded.hook(server.url)
    decimal = await guarded.hook(f"http://2130706433:{server.port}/")
    await guarded.happen("email.sent")

    await guarded.deliver()

    for each in (hook, decimal):
        [delivery] = await guarded.deliveries(each)
        assert (delivery.status, delivery.detail) == (
            FAILED,
            "is not called: it leads to an address that is not public",
        )
    assert server.asked == []


async def test_a_worker_that_dies_after_the_call_repeats_it_under_the_same_id(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    await told.happen("email.sent")
    server.script = [Fault.STALL_AFTER]

    await told.work.once()
    await until(lambda: told_all(server, 1), "the call came in")
    await told.die()
    await told.work.sweep()
    await told.deliver()

    [delivery] = await told.deliveries(hook)
    assert (delivery.status, delivery.attempts) == (DELIVERED, 2)
    assert len(server.asked) == 2
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1


async def test_a_worker_that_lost_its_lease_writes_nothing(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    await told.happen("email.sent")
    server.script = [Fault.STALL_AFTER]
    await told.work.once()
    await until(lambda: told_all(server, 1), "the call came in")

    await told.die()
    [before] = await told.deliveries(hook)
    await told.work.sweep()

    [after] = await told.deliveries(hook)
    assert (before.status, before.attempts) == (DeliveryStatus.SENDING, 0)
    assert (after.status, after.attempts) == (PENDING, 1)


async def test_after_a_rotation_the_former_secret_signs_beside_the_new_one(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    new = secret_of(b"n" * SECRET_BYTES)
    workspace, sealer = told.world.workspace_id, told.world.parts.sealer
    async with told.world.database.work() as tx:
        await rotate_secret(tx, workspace, show("webhook", hook.id), new, sealer=sealer, now=real_now())
    await told.happen("email.sent")

    await told.deliver()

    [asked] = server.asked
    for secret in (SECRET, new):
        Verifier(secret).verify(asked.body, dict(asked.headers))


async def test_a_day_after_a_rotation_only_the_new_secret_signs(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    new = secret_of(b"n" * SECRET_BYTES)
    workspace, sealer = told.world.workspace_id, told.world.parts.sealer
    yesterday = real_now() - timedelta(hours=25)
    async with told.world.database.work() as tx:
        await rotate_secret(tx, workspace, show("webhook", hook.id), new, sealer=sealer, now=yesterday)
    await told.happen("email.sent")

    await told.deliver()

    [asked] = server.asked
    Verifier(new).verify(asked.body, dict(asked.headers))
    assert len(asked.headers["webhook-signature"].split()) == 1


async def test_what_was_told_of_a_contact_goes_with_the_contact(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)
    await told.happen("email.sent")
    await told.happen("email.sent", email="bob@example.com")
    workspace = told.world.workspace_id

    async with told.world.database.work() as tx:
        contact = await find_contact_by_email(tx, workspace, parse_address("ada@example.com").key)
        assert contact is not None
        await delete_contact(tx, workspace, contact.id, now=real_now())
    await told.deliver()

    assert [each.told.email for each in await told.deliveries(hook)] == ["bob@example.com"]
    assert len(server.asked) == 1


async def test_what_is_rolled_back_is_told_to_nobody(told: Told, server: ApiServer) -> None:
    hook = await told.hook(server.url)

    with pytest.raises(ZeroDivisionError):
        await failing(told)

    assert await told.deliveries(hook) == []


async def failing(told: Told) -> None:
    async with told.world.database.work() as tx:
        await announce(tx, told.world.workspace_id, "domain.stopped", {"domain": "example.com"}, at=real_now())
        raise ZeroDivisionError
