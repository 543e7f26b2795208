-- name: enroll
-- Starts enrollments; gives those that started. One that is running already with the same key is left alone, and so
-- is any at all where it may happen only once.
INSERT INTO enrollment (workspace_id, id, sequence_id, version, contact_id, key, status, step, since, visits, due_at,
    entered_with, entered_by, depth, enrolled_at)
SELECT $1, new.id, new.sequence_id, new.version, new.contact_id, new.key, 'active', new.step, new.at, 0, new.at,
    new.entered_with, new.entered_by, new.depth, new.at
FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],
    $9::jsonb[], $10::uuid[], $11::smallint[], $12::boolean[])
    AS new(id, sequence_id, version, contact_id, key, step, at, entered_with, entered_by, depth, once)
WHERE NOT new.once OR NOT EXISTS (
    SELECT 1 FROM enrollment AS old WHERE old.workspace_id = $1 AND old.contact_id = new.contact_id
        AND old.sequence_id = new.sequence_id AND old.key = new.key AND old.status <> 'active')
ON CONFLICT (workspace_id, contact_id, sequence_id, key) WHERE status = 'active' DO NOTHING
RETURNING id

-- name: lanes
-- Says which sequences that may move have somebody who is due, and since when (all workspaces unless $1 names some:
-- the worker plans its turns with it).
SELECT s.workspace_id, s.id AS sequence_id, w.mode, w.frozen_at, s.draining_since, s.drain_rate, first.due_at
FROM sequence AS s JOIN workspace AS w ON w.id = s.workspace_id
CROSS JOIN LATERAL (
    SELECT e.due_at FROM enrollment AS e
    WHERE e.workspace_id = s.workspace_id AND e.sequence_id = s.id AND e.status = 'active' AND e.due_at IS NOT NULL
    ORDER BY e.due_at LIMIT 1
) AS first
WHERE s.status = 'active' AND ($1::uuid[] IS NULL OR s.workspace_id = ANY($1))

-- name: claim_due
-- Locks the contacts of enrollments that are due in the lanes given, at most $6 of them, passing over those that
-- somebody else has locked; earlier lanes first. A lane is what is due in one active sequence after and until a time,
-- so many at most. Materialized, so that only as many contacts are read as are locked.
WITH due AS MATERIALIZED (
    SELECT e.id, e.contact_id, e.due_at, s.id AS sequence_id
    FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::integer[]) WITH ORDINALITY
        AS lane(sequence_id, after, until, most, place)
    JOIN sequence AS s ON s.workspace_id = $1 AND s.id = lane.sequence_id AND s.status = 'active'
    CROSS JOIN LATERAL (
        SELECT e.id, e.contact_id, e.due_at FROM enrollment AS e
        WHERE e.workspace_id = $1 AND e.sequence_id = lane.sequence_id AND e.status = 'active'
            AND e.due_at IS NOT NULL AND e.due_at > lane.after AND e.due_at <= lane.until
        ORDER BY e.due_at LIMIT lane.most
    ) AS e
    ORDER BY lane.place, e.due_at
)
SELECT due.id AS enrollment_id, due.sequence_id, c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at,
    c.created_at, c.updated_at, due.due_at
FROM due JOIN contact AS c ON c.workspace_id = $1 AND c.id = due.contact_id
LIMIT $6
FOR NO KEY UPDATE OF c SKIP LOCKED

-- name: claim_these
-- Locks the contacts of the enrollments $2, passing over those that somebody else has locked.
SELECT e.id AS enrollment_id, e.sequence_id, c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at,
    c.created_at, c.updated_at, e.due_at
FROM enrollment AS e JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.status = 'active' AND e.due_at IS NOT NULL
ORDER BY c.id
FOR NO KEY UPDATE OF c SKIP LOCKED

-- name: load_due
-- Gives the enrollments among $2 that are still due at $3, as they are now that their contacts are locked.
SELECT e.id, e.sequence_id, e.contact_id, e.version, e.step, e.since, e.visits, e.due_at, e.entered_with, e.depth,
    EXISTS (SELECT 1 FROM suppression AS x JOIN contact AS c ON c.workspace_id = x.workspace_id
        AND c.email_key = x.email_key WHERE x.workspace_id = $1 AND c.id = e.contact_id) AS suppressed
FROM enrollment AS e
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.status = 'active' AND e.due_at <= $3

-- name: move
-- Writes where enrollments stand now.
UPDATE enrollment AS e SET status = new.status, exit_reason = new.exit_reason, step = new.step, since = new.since,
    visits = new.visits, due_at = new.due_at, ended_at = new.ended_at
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[], $8::timestamptz[],
    $9::timestamptz[]) AS new(id, status, exit_reason, step, since, visits, due_at, ended_at)
WHERE e.workspace_id = $1 AND e.id = new.id AND e.status = 'active'

-- name: stick
-- Parks an enrollment whose turn fails every time, with the reason.
UPDATE enrollment SET due_at = NULL, stuck_reason = $3, stuck_since = $4
WHERE workspace_id = $1 AND id = $2 AND status = 'active'

-- name: exit_contacts
-- Ends everything that these contacts are in; gives what was ended.
UPDATE enrollment AS e SET status = 'exited', exit_reason = gone.reason, due_at = NULL, stuck_reason = NULL,
    stuck_since = NULL, ended_at = $4
FROM unnest($2::uuid[], $3::text[]) AS gone(contact_id, reason)
WHERE e.workspace_id = $1 AND e.contact_id = gone.contact_id AND e.status = 'active'
RETURNING e.id, e.exit_reason

-- name: exit_one
-- Ends one enrollment; gives it when it was running.
UPDATE enrollment SET status = 'exited', exit_reason = $3, exit_detail = $5, due_at = NULL, stuck_reason = NULL, stuck_since = NULL,
    ended_at = $4
WHERE workspace_id = $1 AND id = $2 AND status = 'active'
RETURNING id, exit_reason

-- name: running_in
-- Gives contacts with a running enrollment in a sequence, a page of them.
SELECT DISTINCT contact_id FROM enrollment
WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'active' LIMIT $3

-- name: exit_sequence
-- Ends the runs of these contacts in one sequence; gives what was ended.
UPDATE enrollment SET status = 'exited', exit_reason = $4, due_at = NULL, stuck_reason = NULL, stuck_since = NULL,
    ended_at = $5
WHERE workspace_id = $1 AND sequence_id = $2 AND contact_id = ANY($3::uuid[]) AND status = 'active'
RETURNING id, exit_reason

-- name: waiting_behind
-- Says whether a sequence still has somebody who was due at $3.
SELECT EXISTS (SELECT 1 FROM enrollment WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'active'
    AND due_at IS NOT NULL AND due_at <= $3)

-- name: list_enrollments
-- Gives enrollments of a sequence, of one shown status where one is given, after the id $4.
SELECT e.id, e.sequence_id, e.contact_id, c.email, e.key, e.version,
    CASE WHEN e.status <> 'active' OR s.status = 'active' OR s.status = 'draft' THEN e.status
         WHEN s.status = 'paused' THEN 'paused' ELSE 'exited' END AS status,
    CASE WHEN e.status = 'active' AND s.status = 'archived' THEN 'archived' ELSE e.exit_reason END AS exit_reason,
    e.exit_detail, e.step, e.due_at, e.stuck_reason, e.stuck_since, e.entered_with, e.enrolled_at, e.ended_at
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.sequence_id = $2
    AND ($3::text IS NULL OR $3 = CASE WHEN e.status <> 'active' OR s.status = 'active' OR s.status = 'draft'
        THEN e.status WHEN s.status = 'paused' THEN 'paused' ELSE 'exited' END)
    AND ($4::uuid IS NULL OR e.id > $4)
ORDER BY e.id LIMIT $5 OFFSET $6

-- name: find_enrollment
-- Gives one enrollment.
SELECT e.id, e.sequence_id, e.contact_id, c.email, e.key, e.version,
    CASE WHEN e.status <> 'active' OR s.status = 'active' OR s.status = 'draft' THEN e.status
         WHEN s.status = 'paused' THEN 'paused' ELSE 'exited' END AS status,
    CASE WHEN e.status = 'active' AND s.status = 'archived' THEN 'archived' ELSE e.exit_reason END AS exit_reason,
    e.exit_detail, e.step, e.due_at, e.stuck_reason, e.stuck_since, e.entered_with, e.enrolled_at, e.ended_at
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.id = $2

-- name: forget_visits
-- Blanks the reasons of a contact's visits, which name values of theirs.
UPDATE visit AS v SET reason = NULL FROM enrollment AS e
WHERE v.workspace_id = $1 AND e.workspace_id = $1 AND e.contact_id = $2 AND v.enrollment_id = e.id

-- name: forget_runs
-- Blanks what the runs of a contact know of them.
UPDATE enrollment SET entered_with = NULL, exit_detail = NULL WHERE workspace_id = $1 AND contact_id = $2
