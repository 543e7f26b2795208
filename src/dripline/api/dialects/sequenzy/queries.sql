-- name: find_runs
-- Gives runs of a sequence in the words of this wire format, with the people in them: of the statuses $4, of one
-- contact $5, at one step $6; in the order $7, passing over $9 of them. $3 is now; what is due later waits.
WITH run AS (
    SELECT e.id, e.contact_id, c.email, c.properties, c.unsubscribed_at, e.key, e.version, e.step, e.due_at,
        e.stuck_reason, e.entered_via, e.entered_with, e.enrolled_at, e.since, e.ended_at, s.paused_at,
        EXISTS (SELECT 1 FROM suppression AS x WHERE x.workspace_id = $1 AND x.email_key = c.email_key) AS suppressed,
        CASE WHEN e.status = 'completed' THEN 'completed'
            WHEN e.status = 'exited' OR s.status = 'archived' THEN 'cancelled'
            WHEN e.stuck_reason IS NOT NULL THEN 'failed'
            WHEN s.status IN ('paused', 'resuming') THEN 'paused'
            WHEN e.due_at > $3 THEN 'waiting'
            ELSE 'active' END AS status
    FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
    LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
    WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND ($5::uuid IS NULL OR e.contact_id = $5)
        AND ($6::text IS NULL OR e.step = $6)
)
SELECT run.id, run.contact_id, run.email, run.properties, run.unsubscribed_at, run.key, run.version, run.step, run.due_at,
    run.stuck_reason, run.entered_via, run.entered_with, run.enrolled_at, run.since, run.ended_at, run.paused_at,
    run.suppressed, run.status, count(*) OVER () AS total
FROM run WHERE run.status = ANY($4::text[])
ORDER BY CASE $7::text WHEN 'enrolled_at_asc' THEN run.id END,
    CASE $7::text WHEN 'wait_until_asc' THEN run.due_at END NULLS LAST,
    CASE $7::text WHEN 'wait_until_desc' THEN run.due_at END DESC NULLS LAST,
    run.id DESC
LIMIT $8 OFFSET $9

-- name: find_subscribers
-- Gives contacts, newest first, as this wire format asks for them: behind the id $2, with $3 in address, name or tags,
-- with all of the tags $4, on the list $5, in the segment $6, of the status $7, passing over $9 of them.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    x.email_key IS NOT NULL AS suppressed, count(*) OVER () AS total
FROM contact AS c LEFT JOIN suppression AS x ON x.workspace_id = c.workspace_id AND x.email_key = c.email_key
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id < $2)
    AND ($3::text IS NULL OR strpos(c.email_key, $3) > 0
        OR strpos(lower(concat_ws(' ', c.properties ->> 'firstName', c.properties ->> 'lastName')), $3) > 0
        OR EXISTS (SELECT 1 FROM contact_tag AS t
            WHERE t.workspace_id = $1 AND t.contact_id = c.id AND strpos(t.tag, $3) > 0))
    AND ($4::text[] IS NULL OR cardinality($4) = (SELECT count(*) FROM contact_tag AS t
        WHERE t.workspace_id = $1 AND t.contact_id = c.id AND t.tag = ANY($4)))
    AND ($5::uuid IS NULL OR EXISTS (SELECT 1 FROM list_member AS m
        WHERE m.workspace_id = $1 AND m.list_id = $5 AND m.contact_id = c.id))
    AND ($6::uuid IS NULL OR EXISTS (SELECT 1 FROM segment AS g JOIN segment_member AS m
        ON m.workspace_id = g.workspace_id AND m.segment_id = g.id AND m.generation = g.generation
        WHERE g.workspace_id = $1 AND g.id = $6 AND m.contact_id = c.id))
    AND ($7::text IS NULL OR $7 = CASE WHEN x.email_key IS NOT NULL THEN 'bounced'
        WHEN c.unsubscribed_at IS NOT NULL THEN 'unsubscribed' ELSE 'active' END)
ORDER BY c.id DESC LIMIT $8 OFFSET $9

-- name: count_list
-- Gives for each of the lists $2 how many are on it, and how many of those can be mailed.
SELECT m.list_id, count(*) AS members,
    count(*) FILTER (WHERE c.unsubscribed_at IS NULL AND x.email_key IS NULL) AS active
FROM list_member AS m JOIN contact AS c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
LEFT JOIN suppression AS x ON x.workspace_id = c.workspace_id AND x.email_key = c.email_key
WHERE m.workspace_id = $1 AND m.list_id = ANY($2::uuid[])
GROUP BY m.list_id

-- name: known_events
-- Gives those of the names $2 that an event has had before.
SELECT name FROM unnest($2::text[]) AS wanted(name)
WHERE EXISTS (SELECT 1 FROM event AS e WHERE e.workspace_id = $1 AND e.name = wanted.name)

-- name: known_tags
-- Gives those of the tags $2 that somebody has.
SELECT tag FROM unnest($2::text[]) AS wanted(tag)
WHERE EXISTS (SELECT 1 FROM contact_tag AS t WHERE t.workspace_id = $1 AND t.tag = wanted.tag)

-- name: on_list
-- Gives those of the contacts $3 that are on a list.
SELECT contact_id FROM list_member WHERE workspace_id = $1 AND list_id = $2 AND contact_id = ANY($3::uuid[])
