-- name: take_keys
-- Claims idempotency keys for events; gives those that were free or forgotten. $5 is the age at which one is forgotten.
INSERT INTO event_key AS k (workspace_id, key, event_id, created_at)
SELECT $1, new.key, new.event_id, $4 FROM unnest($2::text[], $3::uuid[]) AS new(key, event_id)
ON CONFLICT (workspace_id, key) DO UPDATE SET event_id = excluded.event_id, created_at = excluded.created_at
WHERE k.workspace_id = $1 AND k.created_at < $5
RETURNING k.key

-- name: events_of_keys
-- Gives the events that were recorded under these keys.
SELECT k.key, e.id, e.contact_id, e.name, e.properties, e.occurred_at, e.recorded_at, e.origin, e.depth
FROM event_key AS k JOIN event AS e ON e.workspace_id = k.workspace_id AND e.id = k.event_id
WHERE k.workspace_id = $1 AND k.key = ANY($2::text[])

-- name: reassign_keys
-- Gives keys whose events have been erased to new events.
UPDATE event_key AS k SET event_id = new.event_id, created_at = $4
FROM unnest($2::text[], $3::uuid[]) AS new(key, event_id) WHERE k.workspace_id = $1 AND k.key = new.key

-- name: forget_keys
-- Deletes keys that are older than $1 (all workspaces: the housekeeping looks everywhere).
DELETE FROM event_key WHERE created_at < $1

-- name: record
-- Appends events.
INSERT INTO event (workspace_id, id, contact_id, name, properties, occurred_at, recorded_at, origin, depth)
SELECT $1, new.* FROM unnest(
    $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::smallint[]
) AS new

-- name: events
-- Gives events, newest first, before $3, of one name where it is given.
SELECT e.id, e.contact_id, e.name, e.properties, e.occurred_at, e.recorded_at, e.origin, e.depth, c.email
FROM event AS e LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND ($2::text IS NULL OR e.name = $2) AND ($3::uuid IS NULL OR e.id < $3)
ORDER BY e.id DESC LIMIT $4

-- name: events_before
-- Gives the events of one contact before the place ($3, $4), those that happened last first, of one name where it is
-- given.
SELECT e.id, e.contact_id, e.name, e.properties, e.occurred_at, e.recorded_at, e.origin, e.depth, c.email
FROM event AS e LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.contact_id = $2 AND (e.occurred_at, e.id) < ($3, $4)
    AND ($5::text IS NULL OR e.name = $5)
ORDER BY e.occurred_at DESC, e.id DESC LIMIT $6

-- name: feed_end
-- Gives the first transaction that the feed does not show yet; everything before it has ended. The row of the workspace
-- only routes the question.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM workspace WHERE id = $1

-- name: feed
-- Gives events in the order of their commits, after the place ($2, $3), of transactions that have all ended.
SELECT e.tx::text::bigint AS tx, e.id, e.contact_id, e.name, e.properties, e.occurred_at, e.recorded_at, e.origin,
    e.depth, c.email
FROM event AS e LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND (e.tx, e.id) > ($2::text::xid8, $3::uuid)
    AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.tx, e.id LIMIT $4

-- name: leave_reactions
-- Leaves facts for the engine to react to.
INSERT INTO pending_reaction (workspace_id, id, contact_id, fact)
SELECT $1, new.* FROM unnest($2::uuid[], $3::uuid[], $4::jsonb[]) AS new

-- name: workspaces_with_reactions
-- Says where facts wait for a reaction (all workspaces: the worker asks who needs it).
SELECT DISTINCT workspace_id FROM pending_reaction WHERE stuck_reason IS NULL

-- name: pending_contacts
-- Gives contacts with facts waiting, oldest facts first.
SELECT contact_id FROM pending_reaction WHERE workspace_id = $1 AND stuck_reason IS NULL ORDER BY id LIMIT $2

-- name: take_reactions
-- Takes the facts that wait about these contacts, in the order in which they came.
WITH taken AS (
    DELETE FROM pending_reaction WHERE workspace_id = $1 AND contact_id = ANY($2::uuid[]) AND stuck_reason IS NULL
    RETURNING id, fact
)
SELECT id, fact FROM taken ORDER BY id

-- name: stick_reactions
-- Sets the facts about a contact aside, with the reason.
UPDATE pending_reaction SET stuck_reason = $3 WHERE workspace_id = $1 AND contact_id = $2 AND stuck_reason IS NULL

-- name: events_by_id
-- Gives events by id.
SELECT id, contact_id, name, properties, occurred_at, recorded_at, origin, depth FROM event
WHERE workspace_id = $1 AND id = ANY($2::uuid[])

-- name: forget_events
-- Erases the events of a contact.
DELETE FROM event WHERE workspace_id = $1 AND contact_id = $2

-- name: listeners
-- Says who listens to facts of these kinds and keys.
SELECT l.kind, l.key, l.role, l.target_id, l.version
FROM unnest($2::text[], $3::text[]) AS wanted(kind, key)
JOIN listener AS l ON l.workspace_id = $1 AND l.kind = wanted.kind AND l.key = wanted.key

-- name: listen
-- Adds what a target hears.
INSERT INTO listener (workspace_id, kind, key, role, target_id, version)
SELECT $1, new.kind, new.key, new.role, $2, $3 FROM unnest($4::text[], $5::text[], $6::text[]) AS new(kind, key, role)
ON CONFLICT DO NOTHING

-- name: unlisten
-- Ends what a target hears in these roles.
DELETE FROM listener WHERE workspace_id = $1 AND target_id = $2 AND role = ANY($3::text[])

-- name: arrivals
-- Counts, for each of these events, those of its name and contact in the span $3 that ends with it, itself included.
SELECT e.id, (SELECT count(*) FROM event AS o WHERE o.workspace_id = $1 AND o.contact_id = e.contact_id
    AND o.name = e.name AND o.occurred_at > e.occurred_at - $3::interval
    AND (o.occurred_at, o.id) <= (e.occurred_at, e.id)) AS number
FROM event AS e WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[])

-- name: retention
-- Says for how many days events are kept.
SELECT days FROM event_retention WHERE workspace_id = $1

-- name: set_retention
-- Sets for how many days events are kept.
INSERT INTO event_retention (workspace_id, days) VALUES ($1, $2)
ON CONFLICT (workspace_id) DO UPDATE SET days = excluded.days

-- name: end_retention
-- Lets events be kept for ever.
DELETE FROM event_retention WHERE workspace_id = $1

-- name: workspaces_with_retention
-- Says where events are kept for a time only, and until when recorded ones are too old (all workspaces: the housekeeping
-- looks everywhere).
SELECT r.workspace_id, coalesce(w.frozen_at, $1) - make_interval(days => r.days) AS before
FROM event_retention AS r JOIN workspace AS w ON w.id = r.workspace_id

-- name: oldest_events
-- Gives the first events that are there.
SELECT id, contact_id, name, properties, occurred_at, recorded_at, origin, depth FROM event
WHERE workspace_id = $1 ORDER BY id LIMIT $2

-- name: take_events
-- Takes events out, with the addresses of their contacts.
WITH taken AS (
    DELETE FROM event WHERE workspace_id = $1 AND id = ANY($2::uuid[])
    RETURNING id, contact_id, name, properties, occurred_at, recorded_at, origin, depth
)
SELECT t.id, t.contact_id, t.name, t.properties, t.occurred_at, t.recorded_at, t.origin, t.depth, c.email
FROM taken AS t LEFT JOIN contact AS c ON c.workspace_id = $1 AND c.id = t.contact_id ORDER BY t.id

-- name: add_archive
-- Keeps events in the archive.
INSERT INTO event_archive (workspace_id, id, first_at, last_at, events, contacts, content)
VALUES ($1, $2, $3, $4, $5, $6::uuid[], $7)

-- name: archives
-- Gives parts of the archive, oldest first, behind $2.
SELECT id, first_at, last_at, events, length(content) AS size FROM event_archive
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3

-- name: archive_content
-- Gives the content of a part of the archive.
SELECT content FROM event_archive WHERE workspace_id = $1 AND id = $2

-- name: archives_of_contact
-- Gives the parts of the archive that know a contact, to be written anew.
SELECT id, contacts, content FROM event_archive WHERE workspace_id = $1 AND contacts @> ARRAY[$2::uuid]
ORDER BY id FOR UPDATE

-- name: rewrite_archives
-- Writes parts of the archive anew.
UPDATE event_archive AS a SET events = new.events, contacts = array_remove(a.contacts, $2), content = new.content
FROM unnest($3::uuid[], $4::integer[], $5::bytea[]) AS new(id, events, content)
WHERE a.workspace_id = $1 AND a.id = new.id

-- name: drop_empty_archives
-- Drops parts of the archive in which nothing is left.
DELETE FROM event_archive WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND events = 0
