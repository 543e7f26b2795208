"""Workspaces with people on their way through a sequence: what is there to be lost or doubled by a crash."""

from dataclasses import dataclass

from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import create_workspace
from dripline.contacts.model import ContactChanges
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.delivery.letters import Content
from dripline.delivery.senders import Senders
from dripline.engine import sending
from dripline.engine.facts.tracking import IncomingEvent, Ingest, Tracked
from dripline.engine.sending import Order
from dripline.engine.versions import publishing
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from dripline.processes.domains import make_senders
from dripline.sequences import lifecycle
from dripline.settings import Settings
from dripline.templates.model import TemplateDraft
from dripline.templates.saving import save_template
from tests.crash.audit import Expected

STARTED = "trial.started"

ONE_MAIL = f"""
trigger: {{ event: {STARTED} }}
steps:
  - {{ action: email, id: welcome, template: a-mail }}
  - {{ action: delay, id: later, duration: 1h }}
  - {{ action: email, id: tips, template: a-mail }}
"""
ONE_MAIL_WITH_EXITS = f"""{ONE_MAIL}
exitConditions:
  - {{ property: contact.properties.plan, operator: equals, value: pro }}
"""
MAILED_ONCE = Expected({"welcome"}, "active", "later")


def three_mails(between: str) -> str:
    """A sequence of three mails with a delay between them."""
    delay = f"  - {{ action: delay, duration: {between} }}\n"
    mails = [f"  - {{ action: email, id: {step}, template: a-mail }}\n" for step in ("first", "second", "third")]
    return f"trigger: {{ event: {STARTED} }}\nsteps:\n{delay.join(mails)}"


MAILED_THREE_TIMES = Expected({"first", "second", "third"}, "completed", None)


@dataclass(frozen=True, slots=True)
class Walk:
    """One workspace with one active sequence."""

    workspace: Workspace
    ingest: Ingest

    @property
    def id(self) -> WorkspaceId:
        return self.workspace.id

    async def start(self, person: int) -> Tracked:
        """Let somebody set out; returns when that is committed."""
        changes = ContactChanges(properties={"plan": "trial"})
        address = parse_address(f"ok+{person}@example.test")
        return await self.ingest.track(self.workspace, IncomingEvent(STARTED, {}, address=address, contact=changes))

    async def start_all(self, people: int) -> None:
        for person in range(people):
            await self.start(person)

    async def send_all(self, database: Database, senders: Senders, people: int) -> None:
        """Ask for a transactional mail to each; returns when that is committed."""
        for person in range(people):
            content = Content("Hi", "<p>Hi {{ contact.email }}</p>", "Hi {{ contact.email }}")
            order = Order(parse_address(f"ok+{person}@example.test"), content, {})
            async with database.work() as tx:
                await sending.send(tx, self.workspace, order, senders=senders, now=real_now())


async def a_walk(database: Database, settings: Settings, definition: str, *, mode: Mode = Mode.LIVE) -> Walk:
    """A fresh workspace, its sequence active, nobody in it."""
    now = real_now()
    async with database.work() as tx:
        workspace = await create_workspace(tx, name="a walk", mode=mode, now=now, uses_environment=True)
        draft = TemplateDraft(name="a-mail", subject="Hi", html="<p>Hi {{ contact.email }}</p>")
        await save_template(tx, workspace.id, "a-mail", draft, now=now)
        await lifecycle.create(tx, workspace.id, name="walk", definition=definition, now=now)
    async with database.work() as tx:
        await publishing.activate(tx, workspace, "walk", senders=make_senders(settings), now=now)
    return Walk(workspace, Ingest(database, Hints(database)))
