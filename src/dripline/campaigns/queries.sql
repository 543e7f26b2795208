-- name: add_campaign
-- Adds a campaign.
INSERT INTO campaign (workspace_id, id, name, description, status, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'draft', $5, $5)

-- name: find_campaign
-- Gives one campaign by id or exact name; of several with the name the oldest.
SELECT id, name, description, status, created_at, updated_at FROM campaign
WHERE workspace_id = $1 AND (id = $2 OR name = $3)
ORDER BY (id = $2) DESC NULLS LAST, id LIMIT 1

-- name: lock_campaign
-- Locks one campaign against other writers; gives it when it is there.
SELECT id FROM campaign WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: list_campaigns
-- Gives campaigns in the order of their making, after the id $2.
SELECT id, name, description, status, created_at, updated_at FROM campaign
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3

-- name: update_campaign
-- Writes what can change about a campaign.
UPDATE campaign SET name = $3, description = $4, status = $5, updated_at = $6 WHERE workspace_id = $1 AND id = $2

-- name: touch_campaign
-- Notes when a campaign was changed.
UPDATE campaign SET updated_at = $3 WHERE workspace_id = $1 AND id = $2

-- name: delete_campaign
-- Deletes a campaign and the knowledge of what belonged to it; gives it when it was there.
WITH sequences AS (DELETE FROM campaign_sequence WHERE workspace_id = $1 AND campaign_id = $2),
    templates AS (DELETE FROM campaign_template WHERE workspace_id = $1 AND campaign_id = $2)
DELETE FROM campaign WHERE workspace_id = $1 AND id = $2 RETURNING id

-- name: sequences_of
-- Gives the sequences of campaigns, archived ones too, in the order in which they were added.
SELECT m.campaign_id, s.id, s.slug, s.name
FROM campaign_sequence AS m JOIN sequence AS s ON s.workspace_id = m.workspace_id AND s.id = m.sequence_id
WHERE m.workspace_id = $1 AND m.campaign_id = ANY($2::uuid[])
ORDER BY m.added_at, m.sequence_id

-- name: templates_of
-- Gives the templates of campaigns, without those that were deleted, in the order in which they were added.
SELECT m.campaign_id, t.id, t.slug, t.name
FROM campaign_template AS m JOIN template AS t ON t.workspace_id = m.workspace_id AND t.id = m.template_id
WHERE m.workspace_id = $1 AND m.campaign_id = ANY($2::uuid[])
ORDER BY m.added_at, m.template_id

-- name: add_sequence
-- Makes a sequence part of a campaign; gives it when it was none.
INSERT INTO campaign_sequence (workspace_id, campaign_id, sequence_id, added_at)
SELECT workspace_id, id, $3, $4 FROM campaign WHERE workspace_id = $1 AND id = $2
ON CONFLICT DO NOTHING RETURNING sequence_id

-- name: remove_sequence
-- Takes a sequence out of a campaign.
DELETE FROM campaign_sequence WHERE workspace_id = $1 AND campaign_id = $2 AND sequence_id = $3

-- name: find_template
-- Gives the id of a template by id, slug or name; those with the slug come before those with the name.
SELECT id FROM template WHERE workspace_id = $1 AND (id = $2 OR slug = $3 OR name = $3)
ORDER BY (id = $2) DESC NULLS LAST, (slug = $3) DESC, created_at LIMIT 1

-- name: campaigns_of_template
-- Gives the campaigns that a template is part of, oldest first.
SELECT c.id, c.name FROM campaign_template AS m
JOIN campaign AS c ON c.workspace_id = m.workspace_id AND c.id = m.campaign_id
WHERE m.workspace_id = $1 AND m.template_id = $2 ORDER BY c.id

-- name: add_template
-- Makes a template part of a campaign; gives it when it was none.
INSERT INTO campaign_template (workspace_id, campaign_id, template_id, added_at)
SELECT workspace_id, id, $3, $4 FROM campaign WHERE workspace_id = $1 AND id = $2
ON CONFLICT DO NOTHING RETURNING template_id

-- name: remove_template
-- Takes a template out of a campaign.
DELETE FROM campaign_template WHERE workspace_id = $1 AND campaign_id = $2 AND template_id = $3

-- name: forget_template
-- Takes a template that is being deleted out of every campaign.
DELETE FROM campaign_template WHERE workspace_id = $1 AND template_id = $2

-- name: archived_of
-- Says which sequences of a campaign are archived.
SELECT s.id FROM campaign_sequence AS m JOIN sequence AS s ON s.workspace_id = m.workspace_id AND s.id = m.sequence_id
WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND s.status = 'archived'
