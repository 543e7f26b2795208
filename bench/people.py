"""Workspaces full of people: sequences made by the product itself, rows of people by COPY."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from dripline.accounts.keys import add_key
from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.senders import Senders
from dripline.engine.versions.publishing import activate
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.ids import SequenceId, WorkspaceId, new_uuid
from dripline.sequences import lifecycle
from dripline.sequences.model import Sequence
from dripline.sequences.programs import published
from dripline.templates.model import TemplateDraft
from dripline.templates.saving import save_template

KEY = "dl_live_benchbenchbenchbenchbenchbench22"
SECRET = "benchmarks need no secret, only thirty-two characters"
SENDER = "Ann of Example <ann@example.com>"
SENDERS = Senders(parse_mailbox(SENDER), has_transport=True)

STEP = """
trigger: { event: trial.started }
exitConditions:
  - { property: contact.properties.plan, operator: notEquals, value: trial }
steps:
  - { id: decide, action: condition, property: contact.properties.done, operator: equals, value: true, onTrue: exit }
  - { id: mail, action: email, template: welcome }
"""
"""One durable step: an exit condition, a condition, and an email that parks."""

LETTER = """\
<html><head><style>p { margin: 0 0 16px; font: 16px/24px sans-serif; color: #1f2937 }</style></head><body>
<p>Hi {{ firstName | default: "there" }},</p>
<p>You started your trial of the {{ plan | capitalize }} plan with {{ company }}.
{% if projects > 0 %}You have made {{ projects }} projects so far.{% else %}Make your first one today.{% endif %}
</p>
<p>Here is what people who stay do in their first week:</p>
<ul><li>they invite a colleague;</li><li>they connect their calendar;</li><li>they send a first report.</li></ul>
<p>Your account manager in {{ city }} is glad to help: just answer this mail.</p>
<p><a href="https://app.example.com/start?plan={{ plan }}&amp;from=mail">Open your workspace</a></p>
<p>All the best,<br>Ann</p></body></html>
"""

_PEOPLE = Query("people", "Gives everybody.", "SELECT workspace_id, id FROM contact")
_COPY_WORKSPACE = Query(
    "copy_workspace",
    "Makes copies of a workspace.",
    "INSERT INTO workspace (id, name, mode, created_at) SELECT unnest($1::uuid[]), name, mode, created_at "
    "FROM workspace WHERE id = $2",
)
_COPY_SEQUENCE = Query(
    "copy_sequence",
    "Makes copies of a sequence.",
    "INSERT INTO sequence (workspace_id, id, slug, name, status, revision, version, created_at, updated_at) "
    "SELECT new.space, new.id, slug, name, status, revision, version, created_at, updated_at "
    "FROM sequence AS old, unnest($1::uuid[], $2::uuid[]) AS new(space, id) WHERE old.id = $3",
)
_COPY_VERSION = Query(
    "copy_version",
    "Makes copies of what was published.",
    "INSERT INTO sequence_version (workspace_id, sequence_id, version, definition, tree, templates, published_at) "
    "SELECT new.space, new.id, version, definition, tree, templates, published_at "
    "FROM sequence_version AS old, unnest($1::uuid[], $2::uuid[]) AS new(space, id) WHERE old.sequence_id = $3",
)
_CONTACT = ["workspace_id", "id", "email", "email_key", "properties", "created_at", "updated_at"]
_ENROLLMENT = [
    *("workspace_id", "id", "sequence_id", "version", "contact_id", "status", "step", "since", "visits", "due_at"),
    *("entered_with", "enrolled_at"),
]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database for as long as rows are put into it."""
    database = await Database.open(url, size=4, name="bench")
    try:
        yield database
    finally:
        await database.close()


async def a_workspace(database: Database) -> Workspace:
    """A live workspace that `KEY` opens, with one template, `welcome`."""
    now = real_now()
    async with database.work() as tx:
        workspace = await create_workspace(tx, name="Bench", mode=Mode.LIVE, now=now, uses_environment=True)
        await add_key(tx, workspace.id, KEY, secret=SECRET, now=now)
        draft = TemplateDraft(name="welcome", subject="{{ firstName }}, your trial has begun", html=LETTER)
        await save_template(tx, workspace.id, "welcome", draft, now=now)
    return workspace


async def a_sequence(database: Database, workspace: Workspace, definition: str, *, name: str) -> Sequence:
    """An active sequence."""
    now = real_now()
    async with database.work() as tx:
        await lifecycle.create(tx, workspace.id, name=name, definition=definition, now=now)
        return (await activate(tx, workspace, name, senders=SENDERS, now=now)).sequence


async def copies_of(
    database: Database, workspace: Workspace, sequence: Sequence, count: int
) -> dict[WorkspaceId, SequenceId]:
    """Workspaces with a sequence like this one; gives them and the first, each with its copy."""
    spaces = [(WorkspaceId(new_uuid()), SequenceId(new_uuid())) for _ in range(count)]
    ids = [space for space, _ in spaces], [copy for _, copy in spaces]
    async with database.work() as tx:
        await tx.run(_COPY_WORKSPACE, ids[0], workspace.id)
        await tx.run(_COPY_SEQUENCE, *ids, sequence.id)
        await tx.run(_COPY_VERSION, *ids, sequence.id)
    return dict([(workspace.id, sequence.id), *spaces])


async def some_contacts(database: Database, workspace: WorkspaceId, count: int, *, first: int = 0) -> None:
    """Contacts, numbered from `first` in their addresses, with the properties that `STEP` and `LETTER` ask for."""
    now = real_now()
    rows = [
        (workspace, new_uuid(), address(n), address(n), _properties(n), now, now) for n in range(first, first + count)
    ]
    async with database.work() as tx:
        await tx.copy("contact", _CONTACT, rows)


async def all_due(database: Database, sequence: Sequence, workspaces: Mapping[WorkspaceId, SequenceId]) -> None:
    """Enroll everybody of these workspaces in their copy of a sequence, due since a moment ago."""
    now = real_now() - timedelta(minutes=1)
    key = (sequence.id, sequence.version)
    async with database.work() as tx:
        first = (await published(tx, next(iter(workspaces)), [key]))[key].program.first
        people = await tx.rows(_PEOPLE)
        event = {"source": "pricing-page", "seats": 5}
        rows = [
            (space, new_uuid(), workspaces[space], sequence.version, id_, "active", first, now, 0, due, event, now)
            for space, id_, due in ((*who, now + timedelta(microseconds=n)) for n, who in enumerate(people))
        ]
        await tx.copy("enrollment", _ENROLLMENT, rows)


def address(number: int) -> str:
    """The address of a contact."""
    return f"person{number}@example.net"


def _properties(number: int) -> dict[str, object]:
    return {
        "firstName": f"Ann{number}",
        "plan": "trial",
        "done": False,
        "company": "Example & Sons",
        "city": "Lisbon",
        "projects": number % 7,
        "signedUpAt": "2026-01-15T09:30:00Z",
    }
