"""Live mail and the domain that it comes from: held until that is proved in a real DNS, then signed."""

from collections.abc import AsyncIterator
from uuid import UUID

import dkim  # type: ignore[import-untyped]
import pytest

from dripline.accounts.model import Mode
from dripline.accounts.sealing import Sealer
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.domains.keys import PrivateKey, make_ed25519_key, make_rsa_key
from dripline.delivery.domains.model import Domain, Status
from dripline.delivery.domains.records import records_of
from dripline.delivery.domains.store import about, add_domain, delete_domain, find_domain, reseal
from dripline.delivery.domains.verifying import Rechecks, look, note_findings
from dripline.engine import sending
from dripline.engine.sending import Order
from dripline.kernel.addresses import parse_address, parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unprocessable
from dripline.kernel.ids import TemplateId
from dripline.processes.domains import make_dns, make_place, make_senders
from dripline.templates.store import slugs
from tests.makers.dns import NameServer, a_name_server
from tests.makers.smtp_server import SmtpServer
from tests.makers.waiting import until
from tests.makers.world import SECRET, World, a_world
from tests.unit.message.plain_reading import read_mail
from tests.unit.message.verifying import signed_fields, verdicts

ONE_MAIL = """
trigger: { event: signed.up }
sender: Ann <ann@own.example>
steps: [ { action: email, id: welcome, template: news } ]
"""


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with a_name_server({("example.net", "A"): ["192.0.2.1"]}) as names:
        yield names


@pytest.fixture
async def live(database: Database, database_url: str, server: SmtpServer, names: NameServer) -> AsyncIterator[World]:
    settings = {
        "smtp_url": f"smtp://127.0.0.1:{server.port}?starttls=never",
        "sender": parse_mailbox("Bob <bob@given.example>"),
        "dns_servers": (("127.0.0.1", names.port),),
        "public_url": "https://mail.example.net",
    }
    async with a_world(database, database_url, mode=Mode.LIVE, **settings) as world:
        yield world


async def add(world: World) -> Domain:
    keys: list[PrivateKey] = [make_rsa_key(), make_ed25519_key()]
    async with world.database.work() as tx:
        return await add_domain(tx, world.workspace_id, "own.example", keys, sealer=Sealer(SECRET), now=real_now())


async def publish(world: World, names: NameServer) -> Domain:
    """Enter the records, and have them looked at."""
    domain = await domain_of(world)
    for record in records_of(domain, make_place(world.settings)):
        names.zone[record.name, record.type] = [record.value]
    findings = await look(domain, world.mode, make_place(world.settings), make_dns(world.settings))
    async with world.database.work() as tx:
        now = real_now()
        return await note_findings(tx, world.workspace_id, domain.name, findings, now=now, real=now)


async def recheck(world: World) -> None:
    """What the worker does every half minute."""
    settings = world.settings
    rechecks = Rechecks(
        world.database, world.parts.domains, make_place(settings), make_dns(settings), world.parts.sealer
    )
    while await rechecks.once() is not None:
        pass


async def domain_of(world: World) -> Domain:
    async with world.database.work() as tx:
        return await find_domain(tx, world.workspace_id, "own.example")


def public_keys(domain: Domain) -> dict[str, str]:
    return {f"{key.selector}._domainkey.{domain.name}": key.public for key in domain.keys}


def holds_for_dkimpy(content: bytes, records: dict[str, str]) -> bool:
    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().rstrip(".")].encode()

    return bool(dkim.DKIM(content).verify(idx=1, dnsfunc=look_up))


async def statuses(world: World) -> list[tuple[str, str | None]]:
    return [(message.status, message.reason) for message in await world.messages()]


async def test_the_worker_looks_at_a_new_domain_by_itself(live: World, names: NameServer) -> None:
    domain = await add(live)
    for record in records_of(domain, make_place(live.settings)):
        names.zone[record.name, record.type] = [record.value]

    await recheck(live)

    after = await domain_of(live)
    assert (after.status, [key.signs for key in after.keys]) == (Status.VERIFIED, [True, True])
    assert (after.return_path_host, after.tracking_host) == ("bounce.own.example", "click.own.example")


async def test_nothing_is_activated_before_its_domain_is_proved(live: World, names: NameServer) -> None:
    with pytest.raises(Unprocessable, match=r"is not verified: add own\.example with POST /api/domains"):
        await live.sequence(ONE_MAIL, templates=("news",))

    await add(live)
    await publish(live, names)

    await live.activate("a-sequence")


async def test_live_mail_is_signed_with_the_keys_of_its_domain(
    live: World, names: NameServer, server: SmtpServer
) -> None:
    await add(live)
    domain = await publish(live, names)
    await live.sequence(ONE_MAIL, templates=("news",))

    await live.track("ok@example.test", "signed.up")
    await live.work()

    [content] = server.raw()
    assert verdicts(content, public_keys(domain)) == [True, True]
    assert holds_for_dkimpy(content, public_keys(domain))
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id"} <= set(signed_fields(content))
    assert read_mail(content).field("List-Id") == "<a-sequence.own.example>"
    assert read_mail(content).field("Feedback-ID").startswith("a-sequence:welcome:sequence:")


async def test_mail_whose_domain_is_gone_is_held_and_goes_out_when_it_is_proved_again(
    live: World, names: NameServer, server: SmtpServer
) -> None:
    await add(live)
    domain = await publish(live, names)
    await live.sequence(ONE_MAIL, templates=("news",))
    async with live.database.work() as tx:
        await delete_domain(tx, live.workspace_id, domain.id)

    await live.track("ok@example.test", "signed.up")
    await live.work()
    held = await statuses(live)
    await add(live)
    domain = await publish(live, names)
    await until(lambda: _sent(live, server), "the mail is sent")

    assert held == [("held", "sender_unverified")]
    assert await statuses(live) == [("sent", None)]
    assert verdicts(server.raw()[0], public_keys(domain)) == [True, True]


async def _sent(world: World, server: SmtpServer) -> bool:
    await world.work()
    await recheck(world)
    return bool(server.raw())


async def test_mail_that_was_held_at_the_moment_of_the_proof_is_found(
    live: World, names: NameServer, server: SmtpServer
) -> None:
    await add(live)
    await publish(live, names)
    await live.sequence(ONE_MAIL, templates=("news",))
    await live.track("ok@example.test", "signed.up")
    await live.parts.running.once()
    async with live.database.work() as tx:
        await tx.run(_HOLD, live.workspace_id)

    await recheck(live)
    await live.work()

    assert await statuses(live) == [("sent", None)]


_HOLD = Query("hold", "", "UPDATE outbox SET held = 'sender_unverified' WHERE workspace_id = $1")


async def test_the_sender_of_the_environment_needs_no_proof_and_its_mail_no_signature(
    live: World, server: SmtpServer
) -> None:
    await live.sequence(ONE_MAIL.replace("sender: Ann <ann@own.example>\n", ""), templates=("news",))

    await live.track("ok@example.test", "signed.up")
    await live.work()

    assert await statuses(live) == [("sent", None)]
    assert b"DKIM-Signature" not in server.raw()[0]


async def test_transactional_mail_says_that_no_person_wrote_it(live: World, server: SmtpServer) -> None:
    await live.template("news")
    order = Order(parse_address("ok@example.test"), await _template(live), {})
    workspace = await live.workspace()
    async with live.database.work() as tx:
        await sending.send(tx, workspace, order, senders=make_senders(live.settings), now=await live.now())
    await live.work()

    mail = read_mail(server.raw()[0])
    assert mail.field("Auto-Submitted") == "auto-generated"
    assert not [name for name, _ in mail.fields if name.startswith("List-")]


async def _template(world: World) -> TemplateId:
    async with world.database.work() as tx:
        return (await slugs(tx, world.workspace_id, ["news"]))["news"]


async def test_keys_are_sealed_anew_after_the_secret_key_was_changed(live: World) -> None:
    before = await add(live)
    changed = Sealer("another secret of thirty-two characters", (SECRET,))

    async with live.database.work() as tx:
        done = await reseal(tx, changed, (UUID(int=live.workspace_id.int - 1), "~"))
    after = await domain_of(live)

    what = about(live.workspace_id, before.keys[0].selector)
    opened = Sealer("another secret of thirty-two characters").open(after.keys[0].sealed, what)
    assert opened == Sealer(SECRET).open(before.keys[0].sealed, what)
    assert done.sealed >= 2
