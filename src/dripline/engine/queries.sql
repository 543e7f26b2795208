-- name: frozen_at
-- Gives the time that a test workspace stands at.
SELECT frozen_at FROM workspace WHERE id = $1

-- name: freeze
-- Stops the clock of a test workspace at a time.
UPDATE workspace SET frozen_at = $2 WHERE id = $1 AND mode = 'test'

-- name: unfreeze
-- Lets the clock of a workspace run.
UPDATE workspace SET frozen_at = NULL WHERE id = $1

-- name: look_once
-- Lets every statement of this transaction see the same state.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: audience_of_segment
-- Gives a page of who is in a segment, in the order of ids, after the id $3.
SELECT m.contact_id FROM segment_member AS m
JOIN segment AS s ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.segment_id = $2::text::uuid AND ($3::uuid IS NULL OR m.contact_id > $3)
ORDER BY m.contact_id LIMIT $4

-- name: audience_of_list
-- Gives a page of who is on a list, in the order of ids, after the id $3.
SELECT contact_id FROM list_member
WHERE workspace_id = $1 AND list_id = $2::text::uuid AND ($3::uuid IS NULL OR contact_id > $3)
ORDER BY contact_id LIMIT $4

-- name: audience_of_tag
-- Gives a page of who has a tag, in the order of ids, after the id $3.
SELECT contact_id FROM contact_tag
WHERE workspace_id = $1 AND tag = $2 AND ($3::uuid IS NULL OR contact_id > $3)
ORDER BY contact_id LIMIT $4

-- name: audience_of_everybody
-- Gives a page of all contacts, in the order of ids, after the id $3. $2 is not looked at.
SELECT id AS contact_id FROM contact
WHERE workspace_id = $1 AND $2::text IS NOT NULL AND ($3::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4

-- name: count_segment
-- Counts who is in a segment.
SELECT count(*) FROM segment_member AS m
JOIN segment AS s ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.segment_id = $2::text::uuid

-- name: count_list
-- Counts who is on a list.
SELECT count(*) FROM list_member WHERE workspace_id = $1 AND list_id = $2::text::uuid

-- name: count_tag
-- Counts who has a tag.
SELECT count(*) FROM contact_tag WHERE workspace_id = $1 AND tag = $2

-- name: count_everybody
-- Counts all contacts. $2 is not looked at.
SELECT count(*) FROM contact WHERE workspace_id = $1 AND $2::text IS NOT NULL

-- name: silences
-- Gives the sequences that start who fell silent, and up to when silence was looked at (all workspaces unless $1 names
-- some: the sweep looks everywhere).
SELECT q.workspace_id, q.sequence_id, q.swept_until, w.frozen_at
FROM silence AS q JOIN workspace AS w ON w.id = q.workspace_id
JOIN sequence AS s ON s.workspace_id = q.workspace_id AND s.id = q.sequence_id AND s.status = 'active'
WHERE $1::uuid[] IS NULL OR q.workspace_id = ANY($1)

-- name: lock_silence
-- Locks one of them, as it is now that nobody else sweeps it.
SELECT event, days, baseline, activated_at, swept_until, sweeping_until, cursor FROM silence
WHERE workspace_id = $1 AND sequence_id = $2 FOR UPDATE

-- name: find_silence
-- Gives one of them.
SELECT event, days, baseline, activated_at, swept_until FROM silence WHERE workspace_id = $1 AND sequence_id = $2

-- name: fell_silent
-- Gives a page of contacts, after the id $6, whose last event of the name $2 happened after $3 and until $4, or who have
-- never had one and whose silence began in that time: with their making, or at $5 where that was later.
SELECT contact_id FROM (
    SELECT e.contact_id FROM event AS e
    WHERE e.workspace_id = $1 AND e.name = $2 AND e.occurred_at > $3 AND e.occurred_at <= $4
        AND NOT EXISTS (SELECT 1 FROM event AS later WHERE later.workspace_id = $1
            AND later.contact_id = e.contact_id AND later.name = $2 AND later.occurred_at > $4)
    UNION
    SELECT c.id FROM contact AS c
    WHERE c.workspace_id = $1 AND c.created_at <= $4
        AND c.created_at > CASE WHEN $5::timestamptz > $3 AND $5 <= $4 THEN '-infinity' ELSE $3 END
        AND greatest(c.created_at, $5) <= $4
        AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.workspace_id = $1 AND e.contact_id = c.id AND e.name = $2)
) AS silent
WHERE $6::uuid IS NULL OR contact_id > $6
ORDER BY contact_id LIMIT $7

-- name: note_silence
-- Says how far a sweep has come: up to when, and behind which contact it goes on.
UPDATE silence SET swept_until = $3, sweeping_until = $4, cursor = $5 WHERE workspace_id = $1 AND sequence_id = $2

-- name: next_silence
-- Gives the first time after $3 at which a silence began: with an event of the name $2, with a making, or at $4.
SELECT min(began) FROM (
    SELECT min(e.occurred_at) AS began FROM event AS e
    WHERE e.workspace_id = $1 AND e.name = $2 AND e.occurred_at > $3
    UNION ALL
    SELECT min(c.created_at) FROM contact AS c WHERE c.workspace_id = $1 AND c.created_at > greatest($3, $4)
    UNION ALL
    SELECT $4::timestamptz WHERE $4 > $3
) AS first

-- name: count_by_sequence
-- Counts these enrollments by the slugs of their sequences.
SELECT s.slug, count(*) FROM enrollment AS e
JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) GROUP BY s.slug

-- name: tagged_since
-- Gives since when a contact has a tag.
SELECT added_at FROM contact_tag WHERE workspace_id = $1 AND contact_id = $2 AND tag = $3

-- name: on_list_since
-- Gives since when a contact is on a list.
SELECT added_at FROM list_member WHERE workspace_id = $1 AND contact_id = $2 AND list_id = $3

-- name: in_segment_since
-- Gives since when a contact is in a segment.
SELECT m.since FROM segment_member AS m JOIN segment AS s
    ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.contact_id = $2 AND m.segment_id = $3

-- name: run_of_mail
-- Gives the run that asked for a mail to a contact.
SELECT e.id, e.sequence_id, e.version, e.entered_via FROM message AS m
JOIN enrollment AS e ON e.workspace_id = m.workspace_id AND e.id = m.source_id
WHERE m.workspace_id = $1 AND m.contact_id = $2 AND m.id = $3 AND m.kind = 'sequence'

-- name: runs_of_contact_now
-- Gives the runs of a contact that have not ended.
SELECT id, sequence_id, version, entered_via FROM enrollment
WHERE workspace_id = $1 AND contact_id = $2 AND status = 'active'
