"""The verbs of campaigns: made, changed, filled, emptied, deleted. Nothing that belongs to one is touched by it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dripline.campaigns import store
from dripline.campaigns.model import Campaign, CampaignChanges, Member
from dripline.database.work import Tx
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import CampaignId, WorkspaceId, new_uuid, show
from dripline.sequences import store as sequences


async def create(tx: Tx, workspace: WorkspaceId, *, name: str, description: str | None, now: datetime) -> Campaign:
    """A new campaign: a draft with nothing in it. Names need not differ."""
    campaign = CampaignId(new_uuid())
    await store.add(tx, workspace, campaign, name=name, description=description or None, now=now)
    return await find(tx, workspace, show("campaign", campaign))


async def find(tx: Tx, workspace: WorkspaceId, ref: str) -> Campaign:
    """One campaign by id or exact name; of several with that name the oldest.

    Raises:
        NotFound: there is none.
    """
    found = await store.find(tx, workspace, ref)
    if found is None:
        raise NotFound.of("campaign", ref)
    return found


async def change(tx: Tx, workspace: WorkspaceId, ref: str, changes: CampaignChanges, *, now: datetime) -> Campaign:
    """The campaign after `changes`.

    Raises:
        NotFound: there is none.
    """
    before = await _find_for_change(tx, workspace, ref)
    after = replace(
        before,
        name=changes.name or before.name,
        description=before.description if changes.description is None else changes.description or None,
        status=changes.status or before.status,
    )
    if after == before:
        return before
    after = replace(after, updated_at=now)
    await store.update(tx, workspace, after)
    return after


async def delete(tx: Tx, workspace: WorkspaceId, ref: str) -> None:
    """Delete a campaign; its sequences and templates stay as they are.

    Raises:
        NotFound: there is none.
    """
    campaign = await _find_for_change(tx, workspace, ref)
    await store.delete(tx, workspace, campaign.id)


async def add_sequence(tx: Tx, workspace: WorkspaceId, ref: str, member: str, *, now: datetime) -> Campaign:
    """The campaign with one more sequence, named by id, slug or name. It may be in other campaigns too.

    Raises:
        NotFound: there is no such campaign or sequence.
        Conflict: it is part of this campaign already.
    """
    campaign = await _find_for_change(tx, workspace, ref)
    sequence = await sequences.find(tx, workspace, member)
    if not await store.add_sequence(tx, workspace, campaign.id, sequence.id, now):
        raise Conflict(f"The sequence {sequence.slug!r} is part of this campaign already.")
    return await _changed(tx, workspace, campaign, now)


async def remove_sequence(tx: Tx, workspace: WorkspaceId, ref: str, member: str, *, now: datetime) -> None:
    """Take a sequence of a campaign out of it; the sequence stays.

    Raises:
        NotFound: there is no such campaign, or no such sequence in it.
    """
    campaign = await _find_for_change(tx, workspace, ref)
    sequence = _member(campaign.sequences, "sequence", member)
    await store.remove_sequence(tx, workspace, campaign.id, sequence.id)
    await store.touch(tx, workspace, campaign.id, now)


async def add_template(tx: Tx, workspace: WorkspaceId, ref: str, member: str, *, now: datetime) -> Campaign:
    """The campaign with one more template, named by id, slug or name.

    Raises:
        NotFound: there is no such campaign or template.
        Conflict: it is part of this campaign already.
    """
    campaign = await _find_for_change(tx, workspace, ref)
    template = await store.find_template(tx, workspace, member)
    if template is None:
        raise NotFound.of("template", member)
    if not await store.add_template(tx, workspace, campaign.id, template, now):
        raise Conflict(f"The template {member!r} is part of this campaign already.")
    return await _changed(tx, workspace, campaign, now)


async def remove_template(tx: Tx, workspace: WorkspaceId, ref: str, member: str, *, now: datetime) -> None:
    """Take a template of a campaign out of it; the template stays.

    Raises:
        NotFound: there is no such campaign, or no such template in it.
    """
    campaign = await _find_for_change(tx, workspace, ref)
    template = _member(campaign.templates, "template", member)
    await store.remove_template(tx, workspace, campaign.id, template.id)
    await store.touch(tx, workspace, campaign.id, now)


async def _find_for_change(tx: Tx, workspace: WorkspaceId, ref: str) -> Campaign:
    found = await find(tx, workspace, ref)
    text = show("campaign", found.id)
    if not await store.lock(tx, workspace, found.id):
        raise NotFound.of("campaign", ref)
    # Read again: it may have changed while this transaction waited for the lock.
    return await find(tx, workspace, text)


async def _changed(tx: Tx, workspace: WorkspaceId, campaign: Campaign, now: datetime) -> Campaign:
    await store.touch(tx, workspace, campaign.id, now)
    return await find(tx, workspace, show("campaign", campaign.id))


def _member(members: Sequence[Member], kind: str, ref: str) -> Member:
    """The member that an id, a slug or a name means; an id goes before a slug, and a slug before a name."""
    for matches in (
        lambda each: show(kind, each.id) == ref,
        lambda each: each.slug == ref,
        lambda each: each.name == ref,
    ):
        if found := next((each for each in members if matches(each)), None):
            return found
    raise NotFound(f"There is no {kind} {ref!r} in this campaign.")
