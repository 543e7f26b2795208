"""What comes with the moves of a sequence: templates are looked up, held mail is let go, runs are ended."""

from datetime import datetime
from functools import partial

from dripline.accounts.model import Workspace
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.senders import Senders
from dripline.engine.exiting import exit_all_later
from dripline.kernel.errors import Problem, Unprocessable
from dripline.kernel.ids import TemplateId
from dripline.sequences import lifecycle, store
from dripline.sequences.language.model import Definition
from dripline.sequences.lifecycle import templates_of
from dripline.sequences.model import Sequence
from dripline.templates.store import slugs


async def activate(
    tx: Tx, workspace: Workspace, ref: str, *, senders: Senders, now: datetime
) -> tuple[Sequence, tuple[Problem, ...]]:
    """The sequence made active, and the warnings about it. See `sequences.lifecycle.activate` for what it refuses.

    After a pause, mail that was held back moves again at the rate of the drain.
    """
    if (reason := senders.why_not(workspace.mode, None)) is not None:
        raise Unprocessable.of([Problem("sender", f"the default sender {reason}")])
    sequence = await store.find(tx, workspace.id, ref)
    definition = await lifecycle.read(sequence.definition)
    activated, warnings = await lifecycle.activate(
        tx,
        workspace.id,
        ref,
        templates=await templates_named(tx, workspace, definition),
        senders=partial(senders.why_not, workspace.mode),
        now=now,
    )
    if activated.drain_rate is not None:
        await outbox.release(tx, workspace.id, held="paused", sequence=activated.id, rate=activated.drain_rate, now=now)
    return activated, warnings


async def archive(tx: Tx, workspace: Workspace, ref: str, *, now: datetime) -> Sequence:
    """The sequence archived; a job ends its runs, which read as exited from now on."""
    archived = await lifecycle.archive(tx, workspace.id, ref, now=now)
    await exit_all_later(tx, workspace.id, archived.id, now=now)
    return archived


async def templates_named(tx: Tx, workspace: Workspace, definition: Definition) -> dict[str, TemplateId]:
    """The templates that a definition names and that exist, by the name it uses: slug or id."""
    named = templates_of(definition)
    return dict(await slugs(tx, workspace.id, sorted(named)))
