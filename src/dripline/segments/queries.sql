-- name: companies
-- Gives the tags, lists and segments of contacts: the kinds in $3. Of a segment only the generation that counts.
SELECT contact_id, 'tag' AS kind, tag, NULL::uuid AS id FROM contact_tag
WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[]) AND 'tag' = ANY ($3::text[])
UNION ALL
SELECT contact_id, 'list', NULL, list_id FROM list_member
WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[]) AND 'list' = ANY ($3::text[])
UNION ALL
SELECT m.contact_id, 'segment', NULL, m.segment_id FROM segment_member m
JOIN segment s ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.contact_id = ANY ($2::uuid[]) AND 'segment' = ANY ($3::text[])

-- name: share_segments
-- Shares the lock of the segments of a workspace until the transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtextextended('segments ' || workspace_id::text, 0))
FROM (SELECT $1::uuid AS workspace_id) w WHERE workspace_id = $1

-- name: own_segments
-- Has the lock of the segments of a workspace alone until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('segments ' || workspace_id::text, 0))
FROM (SELECT $1::uuid AS workspace_id) w WHERE workspace_id = $1

-- name: add_segment
-- Adds a segment that has not been built. Touches nothing when the slug is taken.
INSERT INTO segment (workspace_id, id, slug, name, rules, tree, whole, refs, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
ON CONFLICT (workspace_id, slug) DO NOTHING

-- name: find_segment
-- Gives the segment by id or slug, or else by name.
SELECT id, slug, name, rules, tree, whole, refs, generation, outdated, building, job_id, built_to, swept_until,
    sweeping_to, computed_at, created_at, updated_at
FROM segment WHERE workspace_id = $1 AND (id = $2 OR slug = $3 OR name = $3)
ORDER BY id = $2 DESC NULLS LAST, slug = $3 DESC, id LIMIT 1

-- name: find_segments
-- Gives the segments with these ids.
SELECT id, slug, name, rules, tree, whole, refs, generation, outdated, building, job_id, built_to, swept_until,
    sweeping_to, computed_at, created_at, updated_at
FROM segment WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id

-- name: list_segments
-- Gives a page of segments, oldest first, behind an id.
SELECT id, slug, name, rules, tree, whole, refs, generation, outdated, building, job_id, built_to, swept_until,
    sweeping_to, computed_at, created_at, updated_at
FROM segment WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3

-- name: ids_of_names
-- Gives the segment behind each of the names $2 (with the ids $3 that they show, where they do): by id, slug or name.
SELECT DISTINCT ON (wanted.name) wanted.name AS wanted, s.id
FROM unnest($2::text[], $3::uuid[]) AS wanted(name, id)
JOIN segment AS s ON s.workspace_id = $1 AND (s.id = wanted.id OR s.slug = wanted.name OR s.name = wanted.name)
WHERE s.workspace_id = $1
ORDER BY wanted.name, (s.id = wanted.id) DESC NULLS LAST, (s.slug = wanted.name) DESC, s.id

-- name: graph
-- Says which segment names which.
SELECT id, slug, refs FROM segment WHERE workspace_id = $1

-- name: name_segment
-- Writes the name of a segment.
UPDATE segment SET name = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2

-- name: rule_segment
-- Writes the rules of a segment.
UPDATE segment SET rules = $3, tree = $4, whole = $5, refs = $6, updated_at = $7 WHERE workspace_id = $1 AND id = $2

-- name: begin_building
-- Lets a job build a generation of a segment. When its rules are other ones ($5), what was built before counts on, but
-- changes are not compared with it any more, and its time stands still.
UPDATE segment SET building = $3, built_to = NULL, job_id = $4,
    outdated = outdated OR ($5 AND generation IS NOT NULL),
    swept_until = CASE WHEN NOT $5 THEN swept_until END, sweeping_to = CASE WHEN NOT $5 THEN sweeping_to END
WHERE workspace_id = $1 AND id = $2

-- name: begin_sweeping
-- Says from when on the time rules of a segment are moved.
UPDATE segment SET swept_until = $3, sweeping_to = $3 WHERE workspace_id = $1 AND id = $2

-- name: begun_by_now
-- Gives the number that every transaction which has begun to write is below. The row of the workspace only routes the
-- question.
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM workspace WHERE id = $1

-- name: ended_by_now
-- Gives the number of the first transaction that has begun to write and has not ended.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM workspace WHERE id = $1

-- name: count_contacts
-- Counts the contacts of a workspace.
SELECT count(*) FROM contact WHERE workspace_id = $1

-- name: end_of_page
-- Gives the contact with which the next $3 behind one end; none when there are fewer.
SELECT id FROM contact WHERE workspace_id = $1 AND id > $2 ORDER BY id OFFSET $3 - 1 LIMIT 1

-- name: count_rest
-- Counts the contacts behind one.
SELECT count(*) FROM contact WHERE workspace_id = $1 AND id > $2

-- name: build_to
-- Records up to which contact a generation has been built.
UPDATE segment SET built_to = $3 WHERE workspace_id = $1 AND id = $2

-- name: switch_generation
-- Makes the generation that has been built the one that counts.
UPDATE segment SET generation = building, outdated = false, building = NULL, built_to = NULL, job_id = NULL,
    computed_at = $3
WHERE workspace_id = $1 AND id = $2

-- name: delete_segment
-- Erases a segment. Its members are deleted by a job.
DELETE FROM segment WHERE workspace_id = $1 AND id = $2

-- name: count_segment_members
-- Counts who is in each of these segments.
SELECT s.id, (
    SELECT count(*) FROM segment_member m
    WHERE m.workspace_id = $1 AND m.segment_id = s.id AND m.generation = s.generation
) AS count
FROM segment s WHERE s.workspace_id = $1 AND s.id = ANY ($2::uuid[])

-- name: clean_members
-- Deletes members of a segment of generations before $3, at most $4 of them. By place: a join with itself is planned
-- as if the table were as small as it was when it was last analysed.
DELETE FROM segment_member WHERE workspace_id = $1 AND ctid = ANY (ARRAY(
    SELECT ctid FROM segment_member WHERE workspace_id = $1 AND segment_id = $2 AND generation < $3 LIMIT $4
))

-- name: clean_dates
-- Deletes dates of a segment but those at the paths $3, at most $4 of them.
DELETE FROM segment_date WHERE workspace_id = $1 AND ctid = ANY (ARRAY(
    SELECT ctid FROM segment_date WHERE workspace_id = $1 AND segment_id = $2 AND path <> ALL ($3::text[]) LIMIT $4
))

-- name: memberships
-- Gives the rows by which these contacts are members of these segments, whatever the generation.
SELECT segment_id, generation, contact_id FROM segment_member
WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[]) AND segment_id = ANY ($3::uuid[])

-- name: enter
-- Adds members.
INSERT INTO segment_member (workspace_id, segment_id, generation, contact_id, since)
SELECT $1, new.segment_id, new.generation, new.contact_id, $5
FROM unnest($2::uuid[], $3::integer[], $4::uuid[]) AS new (segment_id, generation, contact_id)
ON CONFLICT DO NOTHING

-- name: leave
-- Takes members away.
DELETE FROM segment_member m USING unnest($2::uuid[], $3::integer[], $4::uuid[]) AS old (segment_id, generation, contact_id)
WHERE m.workspace_id = $1 AND m.segment_id = old.segment_id AND m.generation = old.generation
    AND m.contact_id = old.contact_id

-- name: keep_dates
-- Writes dates of contacts for segments, where they are not so already.
INSERT INTO segment_date AS d (workspace_id, segment_id, path, contact_id, at)
SELECT $1, new.segment_id, new.path, new.contact_id, new.at
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[]) AS new (segment_id, path, contact_id, at)
ON CONFLICT (workspace_id, contact_id, segment_id, path) DO UPDATE SET at = excluded.at
WHERE d.workspace_id = $1 AND d.at <> excluded.at

-- name: drop_dates
-- Deletes dates of contacts for segments.
DELETE FROM segment_date d USING unnest($2::uuid[], $3::text[], $4::uuid[]) AS old (segment_id, path, contact_id)
WHERE d.workspace_id = $1 AND d.segment_id = old.segment_id AND d.path = old.path AND d.contact_id = old.contact_id

-- name: forget_members
-- Takes a contact out of all segments.
DELETE FROM segment_member WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[])

-- name: forget_dates
-- Deletes the dates of a contact.
DELETE FROM segment_date WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[])

-- name: segments_of
-- Gives the segments that a contact is in, oldest first, behind the id $3.
SELECT s.id, s.slug, s.name, m.since
FROM segment_member m JOIN segment s ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.contact_id = $2 AND ($3::uuid IS NULL OR s.id > $3)
ORDER BY s.id LIMIT $4

-- name: workspaces_to_sweep
-- Says where time rules have to be moved, and to which time (all workspaces: the worker asks who needs it).
SELECT DISTINCT s.workspace_id, coalesce(w.frozen_at, $1) AS now
FROM segment AS s JOIN workspace AS w ON w.id = s.workspace_id
WHERE s.swept_until IS NOT NULL AND s.swept_until < coalesce(w.frozen_at, $1)

-- name: is_to_sweep
-- Says whether time rules have to be moved to $2.
SELECT 1 FROM segment WHERE workspace_id = $1 AND swept_until IS NOT NULL AND swept_until < $2 LIMIT 1

-- name: sweep_to
-- Says to which time the time rules are being moved.
UPDATE segment SET sweeping_to = greatest(sweeping_to, $2)
WHERE workspace_id = $1 AND swept_until IS NOT NULL AND swept_until < $2
RETURNING id

-- name: swept_to
-- Says that the time rules of a segment have been moved from $4 to $3.
UPDATE segment SET swept_until = $3 WHERE workspace_id = $1 AND id = $2 AND swept_until = $4

-- name: swept_beyond
-- Gives the segments whose time rules have been moved beyond a time.
SELECT id FROM segment WHERE workspace_id = $1 AND swept_until IS NOT NULL AND sweeping_to > $2

-- name: segments_with_time
-- Gives the segments whose time rules are moved.
SELECT id FROM segment WHERE workspace_id = $1 AND swept_until IS NOT NULL

-- name: created_crossing
-- Gives contacts that were made from $2 on and before $3, in order, behind one.
SELECT id AS contact_id FROM contact
WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND id > $4 ORDER BY id LIMIT $5

-- name: dates_crossing
-- Gives contacts with a date at a path from $2 on and before $3, in order, behind one.
SELECT contact_id FROM segment_date
WHERE workspace_id = $1 AND segment_id = $6 AND path = $7 AND at >= $2 AND at < $3 AND contact_id > $4
ORDER BY contact_id LIMIT $5

-- name: events_crossing
-- Gives contacts with an event, of one name or of any, from $2 on and before $3, in order, behind one; with $7 only
-- events that occurred after they were recorded. Of any name: the index is entered once for each name that there is.
WITH RECURSIVE names AS (
    (SELECT name FROM event WHERE workspace_id = $1 AND $6::text IS NULL ORDER BY name LIMIT 1)
    UNION ALL
    SELECT next.name FROM names CROSS JOIN LATERAL (
        SELECT e.name FROM event AS e WHERE e.workspace_id = $1 AND e.name > names.name ORDER BY e.name LIMIT 1
    ) AS next
), wanted AS (
    SELECT name FROM names UNION ALL SELECT $6::text WHERE $6::text IS NOT NULL
)
SELECT DISTINCT found.contact_id FROM wanted CROSS JOIN LATERAL (
    SELECT e.contact_id FROM event AS e
    WHERE e.workspace_id = $1 AND e.name = wanted.name AND e.occurred_at >= $2 AND e.occurred_at < $3
        AND e.contact_id > $4 AND (NOT $7::boolean OR e.occurred_at > e.recorded_at)
) AS found ORDER BY found.contact_id LIMIT $5

-- name: next_created
-- Gives the first time from $2 on at which a contact was made.
SELECT min(created_at) FROM contact WHERE workspace_id = $1 AND created_at >= $2

-- name: next_dates
-- Gives the first date at a path from $2 on.
SELECT min(at) FROM segment_date WHERE workspace_id = $1 AND segment_id = $3 AND path = $4 AND at >= $2

-- name: next_events
-- Gives the first time from $2 on at which an event occurred, of one name or of any; with $4 only of events that
-- occurred after they were recorded.
WITH RECURSIVE names AS (
    (SELECT name FROM event WHERE workspace_id = $1 AND $3::text IS NULL ORDER BY name LIMIT 1)
    UNION ALL
    SELECT next.name FROM names CROSS JOIN LATERAL (
        SELECT e.name FROM event AS e WHERE e.workspace_id = $1 AND e.name > names.name ORDER BY e.name LIMIT 1
    ) AS next
), wanted AS (
    SELECT name FROM names UNION ALL SELECT $3::text WHERE $3::text IS NOT NULL
)
SELECT min(found.at) FROM wanted CROSS JOIN LATERAL (
    SELECT e.occurred_at AS at FROM event AS e
    WHERE e.workspace_id = $1 AND e.name = wanted.name AND e.occurred_at >= $2
        AND (NOT $4::boolean OR e.occurred_at > e.recorded_at)
    ORDER BY e.occurred_at LIMIT 1
) AS found

-- name: fill_members
-- Adds those who pass the rules, among the contacts behind $4 up to $5; who was a member before is so since then. With
-- $8 not those about whom word waits that something touched them. The bounds are subqueries, so that the planner does
-- not know them: within one bin of its histogram it would take a page for a single row, and look through all events of
-- the page for each contact.
INSERT INTO segment_member (workspace_id, segment_id, generation, contact_id, since)
SELECT $1, $3::uuid, $6::integer, c.id, coalesce((
    SELECT m.since FROM segment_member AS m
    WHERE m.workspace_id = $1 AND m.segment_id = $3 AND m.generation = $7::integer AND m.contact_id = c.id
), $2::timestamptz)
FROM contact AS c WHERE c.workspace_id = $1 AND c.id > (SELECT $4::uuid) AND c.id <= (SELECT $5::uuid)
    AND NOT ($8::boolean AND c.id IN (
        SELECT p.contact_id FROM pending_reaction AS p WHERE p.workspace_id = $1 AND p.stuck_reason IS NULL
    ))
    AND {passes}

-- name: carry_members
-- Adds those who were members in generation $6, among the contacts behind $3 up to $4 about whom word waits.
INSERT INTO segment_member (workspace_id, segment_id, generation, contact_id, since)
SELECT $1, $2, $5, m.contact_id, m.since FROM segment_member AS m
WHERE m.workspace_id = $1 AND m.segment_id = $2 AND m.generation = $6 AND m.contact_id > $3 AND m.contact_id <= $4
    AND m.contact_id IN (
        SELECT p.contact_id FROM pending_reaction AS p WHERE p.workspace_id = $1 AND p.stuck_reason IS NULL
    )

-- name: fill_dates
-- Writes the dates of contacts behind $4 up to $5 that lie from $6 on and before $7. Dates that are none any more stay:
-- whoever crosses a boundary by one is looked at for nothing, and it is deleted.
INSERT INTO segment_date AS d (workspace_id, segment_id, path, contact_id, at)
SELECT $1, $2, $3, c.id, found.at FROM contact AS c CROSS JOIN LATERAL (SELECT {date} AS at OFFSET 0) AS found
WHERE c.workspace_id = $1 AND c.id > (SELECT $4::uuid) AND c.id <= (SELECT $5::uuid) AND found.at >= $6 AND found.at < $7
ON CONFLICT (workspace_id, contact_id, segment_id, path) DO UPDATE SET at = excluded.at
WHERE d.workspace_id = $1 AND d.at <> excluded.at

-- name: count_passing
-- Counts who passes the rules at $2.
SELECT count(*) FROM contact AS c WHERE c.workspace_id = $1 AND $2::timestamptz IS NOT NULL AND {passes}

-- name: some_passing
-- Gives some of those who pass the rules at $2, newest first.
SELECT c.id FROM contact AS c WHERE c.workspace_id = $1 AND $2::timestamptz IS NOT NULL AND {passes}
ORDER BY c.id DESC LIMIT $3
