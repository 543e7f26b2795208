"""Codes and calls in a workspace that never calls out: fake codes, calls that are recorded."""

from dripline.database.queries import Query
from tests.makers.world import World

_EFFECTS = Query(
    "effects",
    "Gives the effects of a workspace, oldest first.",
    "SELECT step, lane, phase, outcome, reason, result FROM effect WHERE workspace_id = $1 ORDER BY asked_at, visit",
)

WIN_BACK = """
trigger: {tag: cancelled}
steps:
  - {action: discount, id: code, percentOff: 20, codePrefix: WINBACK, maxRedemptions: 1, lockToSubscriber: true,
     expiresInHours: 48}
  - {action: delay, id: pause, duration: 1d}
  - {action: email, id: mail, subject: "Come back with {{discount.code}}",
     html: "<p>Use {{discount.code}} for {{discount.percentOff}}% off, {{ discount.value }}.</p>"}
"""
HOOK = """
trigger: {event: signup}
steps:
  - {action: webhook, id: hook, url: "https://example.com/x", body: {plan: pro}}
  - {action: email, id: hi, template: welcome}
"""


async def test_a_test_workspace_makes_codes_that_say_so_and_later_mails_show_them(world: World) -> None:
    await world.sequence(WIN_BACK)
    await world.enroll("a-sequence", "ada@example.com")

    await world.advance("2d")

    [mail] = await world.inbox("ada@example.com")
    async with world.database.work() as tx:
        [effect] = await tx.rows(_EFFECTS, world.workspace_id)
    code = effect["result"]["code"]
    assert code.startswith("TEST-WINBACK-")
    assert (mail.subject, effect["outcome"]) == (f"Come back with {code}", "done")
    assert f"Use {code} for 20% off, 20% off." in (mail.text or "")


async def test_a_test_workspace_records_calls_and_makes_none(world: World) -> None:
    await world.sequence(HOOK, templates=("welcome",))
    await world.track("ada@example.com", "signup", {"plan": "pro"})

    await world.work()

    async with world.database.work() as tx:
        [effect] = await tx.rows(_EFFECTS, world.workspace_id)
    body = effect["result"]["body"]
    assert (effect["lane"], effect["outcome"]) == ("webhook", "done")
    assert effect["result"]["url"] == "https://example.com/x"
    assert (body["type"], body["data"]["contact"]["email"]) == ("sequence.step", "ada@example.com")
    assert (body["data"]["event"], body["data"]["body"]) == ({"plan": "pro"}, {"plan": "pro"})
    assert len(await world.inbox("ada@example.com")) == 1


async def test_a_mail_that_shows_a_code_is_skipped_when_there_is_none(world: World) -> None:
    await world.sequence("""
trigger: {api: true}
steps:
  - {action: email, id: mail, subject: "{{ discount.code }}", html: "<p>Hi</p>"}
""")
    await world.enroll("a-sequence", "ada@example.com")

    await world.work()

    [message] = await world.messages()
    assert (message.status, message.reason) == ("skipped", "no_discount")
