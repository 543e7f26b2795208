"""Runs the queries of campaigns."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dripline.campaigns.model import Campaign, CampaignStatus, Member, Numbers
from dripline.database.queries import Query, queries
from dripline.database.work import Row, Tx
from dripline.delivery.counting import SKIPPED, Counted, about_sequence
from dripline.durable.tallies import read_wholes, total
from dripline.kernel.ids import CampaignId, SequenceId, TemplateId, WorkspaceId, read
from dripline.sequences.enrollments.counts import count_runs

_sql = queries(__package__)


async def add(
    tx: Tx, workspace: WorkspaceId, campaign: CampaignId, *, name: str, description: str | None, now: datetime
) -> None:
    """A new draft."""
    await tx.run(_sql["add_campaign"], workspace, campaign, name, description, now)


async def find(tx: Tx, workspace: WorkspaceId, ref: str) -> Campaign | None:
    """One campaign by id or exact name; of several with that name the oldest."""
    row = await tx.row(_sql["find_campaign"], workspace, read("campaign", ref), ref)
    return (await _with_members(tx, workspace, [row]))[0] if row else None


async def lock(tx: Tx, workspace: WorkspaceId, campaign: CampaignId) -> bool:
    """Keep other writers away until the transaction ends; whether it is still there."""
    return await tx.row(_sql["lock_campaign"], workspace, campaign) is not None


async def list_campaigns(tx: Tx, workspace: WorkspaceId, *, limit: int, after: UUID | None = None) -> list[Campaign]:
    """At most `limit` campaigns in the order of their making, after the id `after`."""
    return await _with_members(tx, workspace, await tx.rows(_sql["list_campaigns"], workspace, after, limit))


async def update(tx: Tx, workspace: WorkspaceId, campaign: Campaign) -> None:
    """Write name, description, status and the time of the change."""
    await tx.run(
        _sql["update_campaign"],
        workspace,
        campaign.id,
        campaign.name,
        campaign.description,
        campaign.status,
        campaign.updated_at,
    )


async def touch(tx: Tx, workspace: WorkspaceId, campaign: CampaignId, now: datetime) -> None:
    """Note that a campaign was changed."""
    await tx.run(_sql["touch_campaign"], workspace, campaign, now)


async def delete(tx: Tx, workspace: WorkspaceId, campaign: CampaignId) -> bool:
    """Delete the grouping alone; whether it was there."""
    return await tx.row(_sql["delete_campaign"], workspace, campaign) is not None


async def add_sequence(tx: Tx, workspace: WorkspaceId, campaign: CampaignId, sequence: UUID, now: datetime) -> bool:
    """Whether it was not part of the campaign before."""
    return await tx.row(_sql["add_sequence"], workspace, campaign, sequence, now) is not None


async def remove_sequence(tx: Tx, workspace: WorkspaceId, campaign: CampaignId, sequence: UUID) -> bool:
    """Whether it was part of the campaign."""
    return bool(await tx.run(_sql["remove_sequence"], workspace, campaign, sequence))


async def find_template(tx: Tx, workspace: WorkspaceId, ref: str) -> TemplateId | None:
    """The template that an id, a slug or a name means."""
    row = await tx.row(_sql["find_template"], workspace, read("template", ref), ref)
    return TemplateId(row["id"]) if row else None


async def add_template(tx: Tx, workspace: WorkspaceId, campaign: CampaignId, template: UUID, now: datetime) -> bool:
    """Whether it was not part of the campaign before."""
    return await tx.row(_sql["add_template"], workspace, campaign, template, now) is not None


async def remove_template(tx: Tx, workspace: WorkspaceId, campaign: CampaignId, template: UUID) -> bool:
    """Whether it was part of the campaign."""
    return bool(await tx.run(_sql["remove_template"], workspace, campaign, template))


async def campaigns_of_template(tx: Tx, workspace: WorkspaceId, template: TemplateId) -> list[tuple[CampaignId, str]]:
    """The campaigns that a template is part of, with their names."""
    rows = await tx.rows(_sql["campaigns_of_template"], workspace, template)
    return [(CampaignId(row["id"]), row["name"]) for row in rows]


async def forget_template(tx: Tx, workspace: WorkspaceId, template: TemplateId) -> None:
    """Take a template that is being deleted out of every campaign."""
    await tx.run(_sql["forget_template"], workspace, template)


async def numbers(tx: Tx, workspace: WorkspaceId, campaign: Campaign) -> Numbers:
    """The numbers of all its sequences, added up. Runs of an archived sequence that were not ended yet are over."""
    sequences = [SequenceId(member.id) for member in campaign.sequences]
    archived = {str(row["id"]) for row in await tx.rows(_sql["archived_of"], workspace, campaign.id)}
    runs: Counter[str] = Counter()
    for each in await count_runs(tx, workspace, sequences):
        over = each.status == "active" and each.sequence in archived
        runs["exited" if over else each.status] += each.count
    mails = total((await read_wholes(tx, workspace, *map(about_sequence, sequences))).values())
    return Numbers(
        enrolled=runs.total(),
        active=runs["active"],
        completed=runs["completed"],
        exited=runs["exited"],
        converted=mails.get(Counted.CONVERTED, 0),
        sent=mails.get(Counted.SENT, 0) + mails.get(Counted.IN_DOUBT, 0),
        skipped=sum(count for what, count in mails.items() if what.startswith(SKIPPED)),
        failed=mails.get(Counted.REJECTED, 0) + mails.get(Counted.FAILED, 0),
    )


async def _with_members(tx: Tx, workspace: WorkspaceId, rows: Sequence[Row]) -> list[Campaign]:
    ids = [row["id"] for row in rows]
    sequences = await _members(tx, _sql["sequences_of"], workspace, ids)
    templates = await _members(tx, _sql["templates_of"], workspace, ids)
    return [_campaign(row, sequences[row["id"]], templates[row["id"]]) for row in rows]


async def _members(
    tx: Tx, query: Query, workspace: WorkspaceId, campaigns: Sequence[UUID]
) -> Mapping[UUID, list[Member]]:
    found: defaultdict[UUID, list[Member]] = defaultdict(list)
    for row in await tx.rows(query, workspace, campaigns):
        found[row["campaign_id"]].append(Member(row["id"], row["slug"], row["name"]))
    return found


def _campaign(row: Row, sequences: Sequence[Member], templates: Sequence[Member]) -> Campaign:
    return Campaign(
        id=CampaignId(row["id"]),
        name=row["name"],
        description=row["description"],
        status=CampaignStatus(row["status"]),
        sequences=tuple(sequences),
        templates=tuple(templates),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
