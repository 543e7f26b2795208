-- name: enroll
-- Starts enrollments; gives those that started. One that is running already with the same key is left alone, and so
-- is any at all where it may happen only once.
INSERT INTO enrollment (workspace_id, id, sequence_id, version, contact_id, key, status, step, since, visits, due_at,
    entered_with, entered_by, depth, enrolled_at, entered_via)
SELECT $1, new.id, new.sequence_id, new.version, new.contact_id, new.key, 'active', new.step, new.at, 0, new.at,
    new.entered_with, new.entered_by, new.depth, new.at, new.entered_via
FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],
    $9::jsonb[], $10::uuid[], $11::smallint[], $12::boolean[], $13::text[])
    AS new(id, sequence_id, version, contact_id, key, step, at, entered_with, entered_by, depth, once, entered_via)
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
SELECT due.id AS enrollment_id, due.sequence_id, c.id, c.email, c.email_key, c.user_id, c.properties,
    c.timezone, c.unsubscribed_at, c.untracked, c.created_at, c.updated_at, due.due_at
FROM due JOIN contact AS c ON c.workspace_id = $1 AND c.id = due.contact_id
LIMIT $6
FOR NO KEY UPDATE OF c SKIP LOCKED

-- name: claim_these
-- Locks the contacts of the enrollments $2, passing over those that somebody else has locked.
SELECT e.id AS enrollment_id, e.sequence_id, c.id, c.email, c.email_key, c.user_id, c.properties,
    c.timezone, c.unsubscribed_at, c.untracked, c.created_at, c.updated_at, e.due_at
FROM enrollment AS e JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.status = 'active' AND e.due_at IS NOT NULL
ORDER BY c.id
FOR NO KEY UPDATE OF c SKIP LOCKED

-- name: load_due
-- Gives the enrollments among $2 that are still due at $3, as they are now that their contacts are locked; and who mail
-- of the workspace is from that names nobody.
SELECT e.id, e.sequence_id, e.contact_id, e.version, e.step, e.since, e.visits, e.due_at, e.waits_for, e.entered_with, e.depth,
    e.entered_by, e.enrolled_at, s.moving_to,
    EXISTS (SELECT 1 FROM suppression AS x JOIN contact AS c ON c.workspace_id = x.workspace_id
        AND c.email_key = x.email_key WHERE x.workspace_id = $1 AND c.id = e.contact_id) AS suppressed,
    d.name AS sender_name, d.email AS sender_email
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
LEFT JOIN sender AS d ON d.workspace_id = $1 AND d.is_default
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.status = 'active' AND e.due_at <= $3

-- name: move
-- Writes where enrollments stand now.
UPDATE enrollment AS e SET status = new.status, exit_reason = new.exit_reason, step = new.step, since = new.since,
    visits = new.visits, due_at = new.due_at, ended_at = new.ended_at, version = coalesce(new.version, e.version),
    waits_for = new.waits_for
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[], $8::timestamptz[],
    $9::timestamptz[], $10::integer[], $11::text[])
    AS new(id, status, exit_reason, step, since, visits, due_at, ended_at, version, waits_for)
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

-- name: exit_versions
-- Ends the runs of contacts in versions of sequences, where $5 gives a time only those that had begun by then; gives
-- what was ended.
UPDATE enrollment AS e SET status = 'exited', exit_reason = $6, due_at = NULL, stuck_reason = NULL,
    stuck_since = NULL, ended_at = $7
FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::timestamptz[]) AS gone(contact_id, sequence_id, version, since)
WHERE e.workspace_id = $1 AND e.contact_id = gone.contact_id AND e.sequence_id = gone.sequence_id
    AND e.version = gone.version AND e.status = 'active' AND (gone.since IS NULL OR e.enrolled_at <= gone.since)
RETURNING e.id, e.exit_reason

-- name: exit_these
-- Ends enrollments; gives those that were running.
UPDATE enrollment SET status = 'exited', exit_reason = $3, exit_detail = $5, due_at = NULL, stuck_reason = NULL, stuck_since = NULL,
    ended_at = $4
WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND status = 'active'
RETURNING id, exit_reason

-- name: convert
-- Counts events as the goals of runs that began before them, where they came in time; once for each run. Gives the runs.
INSERT INTO conversion (workspace_id, enrollment_id, sequence_id, contact_id, event_id, at)
SELECT DISTINCT ON (e.id) $1, e.id, e.sequence_id, e.contact_id, goal.event_id, goal.at
FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::interval[])
    AS goal(contact_id, sequence_id, version, event_id, at, since, within)
JOIN enrollment AS e ON e.workspace_id = $1 AND e.contact_id = goal.contact_id AND e.sequence_id = goal.sequence_id
    AND e.version = goal.version
WHERE (goal.since IS NULL OR e.enrolled_at <= goal.since)
    AND (goal.within IS NULL OR goal.at <= e.enrolled_at + goal.within)
ORDER BY e.id, goal.at
ON CONFLICT (workspace_id, enrollment_id) DO NOTHING
RETURNING enrollment_id

-- name: wake
-- Lets runs that wait for facts be looked at now.
UPDATE enrollment AS e SET due_at = $4
FROM unnest($2::uuid[], $3::text[]) AS heard(contact_id, fact)
WHERE e.workspace_id = $1 AND e.contact_id = heard.contact_id AND e.waits_for = heard.fact AND e.status = 'active'
    AND e.due_at > $4

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
         WHEN s.status IN ('paused', 'resuming') THEN 'paused' ELSE 'exited' END AS status,
    CASE WHEN e.status = 'active' AND s.status = 'archived' THEN 'archived' ELSE e.exit_reason END AS exit_reason,
    e.exit_detail, e.step, e.due_at, e.stuck_reason, e.stuck_since, e.entered_with, e.enrolled_at, e.ended_at, e.discount
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.sequence_id = $2
    AND ($3::text IS NULL OR $3 = CASE WHEN e.status <> 'active' OR s.status = 'active' OR s.status = 'draft'
        THEN e.status WHEN s.status IN ('paused', 'resuming') THEN 'paused' ELSE 'exited' END)
    AND ($4::uuid IS NULL OR e.id > $4)
ORDER BY e.id LIMIT $5 OFFSET $6

-- name: find_enrollment
-- Gives one enrollment.
SELECT e.id, e.sequence_id, e.contact_id, c.email, e.key, e.version,
    CASE WHEN e.status <> 'active' OR s.status = 'active' OR s.status = 'draft' THEN e.status
         WHEN s.status IN ('paused', 'resuming') THEN 'paused' ELSE 'exited' END AS status,
    CASE WHEN e.status = 'active' AND s.status = 'archived' THEN 'archived' ELSE e.exit_reason END AS exit_reason,
    e.exit_detail, e.step, e.due_at, e.stuck_reason, e.stuck_since, e.entered_with, e.enrolled_at, e.ended_at, e.discount
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.id = $2

-- name: add_visit
-- Appends one visit.
INSERT INTO visit (workspace_id, enrollment_id, visit, step, action, outcome, reason, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: forget_visits
-- Blanks the reasons of a contact's visits, which name values of theirs. By both indexes: see enrollments_of_contact.
UPDATE visit AS v SET reason = NULL FROM enrollment AS e
WHERE v.workspace_id = $1 AND e.workspace_id = $1 AND e.contact_id = $2 AND (e.status = 'active' OR e.status <> 'active')
    AND v.enrollment_id = e.id

-- name: forget_runs
-- Blanks what the runs of a contact know of them. By both indexes: see enrollments_of_contact.
UPDATE enrollment SET entered_with = NULL, exit_detail = NULL, discount = NULL
WHERE workspace_id = $1 AND contact_id = $2 AND (status = 'active' OR status <> 'active')

-- name: load_parked
-- Gives the enrollments among $2 that wait until the effect of the visit $3 is settled.
SELECT e.id, e.sequence_id, e.contact_id, e.version, e.step, e.since, e.visits, e.due_at, e.waits_for, e.entered_with, e.depth,
    e.entered_by, e.enrolled_at, s.moving_to,
    EXISTS (SELECT 1 FROM suppression AS x JOIN contact AS c ON c.workspace_id = x.workspace_id
        AND c.email_key = x.email_key WHERE x.workspace_id = $1 AND c.id = e.contact_id) AS suppressed
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
JOIN unnest($2::uuid[], $3::integer[]) AS parked(id, visit) ON parked.id = e.id AND parked.visit = e.visits
WHERE e.workspace_id = $1 AND e.status = 'active' AND e.due_at IS NULL AND e.stuck_reason IS NULL

-- name: load_waiting
-- Gives the enrollments among $2 that are due now or later.
SELECT e.id, e.sequence_id, e.contact_id, e.version, e.step, e.since, e.visits, e.due_at, e.waits_for, e.entered_with, e.depth,
    e.entered_by, e.enrolled_at, s.moving_to,
    EXISTS (SELECT 1 FROM suppression AS x JOIN contact AS c ON c.workspace_id = x.workspace_id
        AND c.email_key = x.email_key WHERE x.workspace_id = $1 AND c.id = e.contact_id) AS suppressed
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.status = 'active' AND e.due_at IS NOT NULL

-- name: runs_after
-- Gives a page of running enrollments of a sequence, in the order of ids, after the id $3.
SELECT id, contact_id FROM enrollment
WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'active' AND ($3::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4

-- name: retime
-- Writes since when enrollments wait, until when, and for what.
UPDATE enrollment AS e SET since = new.since, due_at = new.due_at, waits_for = new.waits_for
FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[]) AS new(id, since, due_at, waits_for)
WHERE e.workspace_id = $1 AND e.id = new.id AND e.status = 'active' AND e.due_at IS NOT NULL

-- name: count_standing
-- Counts those who are in a sequence at $3: due by then, due later, and those whose mail was asked for.
SELECT count(*) FILTER (WHERE due_at <= $3) AS overdue, count(*) FILTER (WHERE due_at > $3) AS waiting,
    count(*) FILTER (WHERE due_at IS NULL AND stuck_reason IS NULL) AS parked
FROM enrollment WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'active'

-- name: count_places
-- Counts those who are in a sequence by version and step: who waits, and whose mail was asked for.
SELECT version, step, count(*) FILTER (WHERE due_at IS NOT NULL) AS waiting,
    count(*) FILTER (WHERE due_at IS NULL AND stuck_reason IS NULL) AS parked,
    count(*) FILTER (WHERE stuck_reason IS NOT NULL) AS stuck
FROM enrollment WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'active'
GROUP BY version, step ORDER BY version, step

-- name: count_retimed
-- Counts who waits at steps ($3 versions, $4 steps) that get the length $5: who goes on earlier, later, and at $6 or
-- before.
SELECT new.version, new.step, count(e.id) FILTER (WHERE e.since + new.length < e.due_at) AS earlier,
    count(e.id) FILTER (WHERE e.since + new.length > e.due_at) AS later,
    count(e.id) FILTER (WHERE e.due_at > $6 AND e.since + new.length <= $6) AS overdue
FROM unnest($3::integer[], $4::text[], $5::interval[]) AS new(version, step, length)
LEFT JOIN enrollment AS e ON e.workspace_id = $1 AND e.sequence_id = $2 AND e.status = 'active'
    AND e.due_at IS NOT NULL AND e.version = new.version AND e.step = new.step
WHERE $1::uuid IS NOT NULL
GROUP BY new.version, new.step

-- name: completed_by_version
-- Counts who has come to the end of a sequence and could go on: whose last run it is, and who may be mailed.
SELECT e.version, count(*) AS completed FROM enrollment AS e
JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id AND c.unsubscribed_at IS NULL
WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.status = 'completed'
    AND NOT EXISTS (SELECT 1 FROM suppression AS x WHERE x.workspace_id = $1 AND x.email_key = c.email_key)
    AND NOT EXISTS (SELECT 1 FROM enrollment AS other WHERE other.workspace_id = $1 AND other.status = 'active'
        AND other.contact_id = e.contact_id AND other.sequence_id = $2 AND other.key = e.key)
    AND NOT EXISTS (SELECT 1 FROM enrollment AS later WHERE later.workspace_id = $1 AND later.status <> 'active'
        AND later.contact_id = e.contact_id AND later.sequence_id = $2 AND later.key = e.key AND later.id > e.id)
GROUP BY e.version ORDER BY e.version

-- name: completed_after
-- Gives a page of enrollments of these versions that came to the end, in the order of ids, after the id $4.
SELECT id, contact_id, version FROM enrollment
WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'completed' AND version = ANY($3::integer[])
    AND ($4::uuid IS NULL OR id > $4)
ORDER BY id LIMIT $5

-- name: go_on
-- Lets enrollments that came to the end go on in the version $4: the last run of each contact and key, of who may be
-- mailed.
UPDATE enrollment AS e SET status = 'active', ended_at = NULL, version = $4, step = new.step, since = new.at,
    due_at = new.at, waits_for = NULL
FROM unnest($3::uuid[], $5::text[], $6::timestamptz[]) AS new(id, step, at), contact AS c
WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.id = new.id AND e.status = 'completed'
    AND c.workspace_id = $1 AND c.id = e.contact_id AND c.unsubscribed_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM suppression AS x WHERE x.workspace_id = $1 AND x.email_key = c.email_key)
    AND NOT EXISTS (SELECT 1 FROM enrollment AS other WHERE other.workspace_id = $1 AND other.status = 'active'
        AND other.contact_id = e.contact_id AND other.sequence_id = $2 AND other.key = e.key)
    AND NOT EXISTS (SELECT 1 FROM enrollment AS later WHERE later.workspace_id = $1 AND later.status <> 'active'
        AND later.contact_id = e.contact_id AND later.sequence_id = $2 AND later.key = e.key AND later.id > e.id)

-- name: enrollments_of_contact
-- Gives the enrollments of a contact, newest first, before the id $3, with their sequence. Those that go on and those
-- that ended have an index by contact each, so both are named.
SELECT e.id, e.sequence_id, e.contact_id, c.email, e.key, e.version,
    CASE WHEN e.status <> 'active' OR s.status = 'active' OR s.status = 'draft' THEN e.status
         WHEN s.status = 'archived' THEN 'exited' ELSE 'paused' END AS status,
    CASE WHEN e.status = 'active' AND s.status = 'archived' THEN 'archived' ELSE e.exit_reason END AS exit_reason,
    e.exit_detail, e.step, e.due_at, e.stuck_reason, e.stuck_since, e.entered_with, e.enrolled_at, e.ended_at, e.discount,
    s.slug, s.name
FROM enrollment AS e JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
WHERE e.workspace_id = $1 AND e.contact_id = $2 AND (e.status = 'active' OR e.status <> 'active')
    AND ($3::uuid IS NULL OR e.id < $3)
ORDER BY e.id DESC LIMIT $4

-- name: walked_before
-- Gives what a contact went through in sequences before the place ($3, $4, $5), newest first: each arrival at a step,
-- and before and behind them the beginning and the end of the run.
WITH run AS (
    SELECT e.id, e.sequence_id, e.enrolled_at, e.entered_via, e.status, e.exit_reason, e.exit_detail, e.ended_at
    FROM enrollment AS e WHERE e.workspace_id = $1 AND e.contact_id = $2 AND e.status = 'active'
    UNION ALL
    SELECT e.id, e.sequence_id, e.enrolled_at, e.entered_via, e.status, e.exit_reason, e.exit_detail, e.ended_at
    FROM enrollment AS e WHERE e.workspace_id = $1 AND e.contact_id = $2 AND e.status <> 'active'
), walked AS (
    SELECT id, sequence_id, -1 AS number, NULL AS step, 'enroll' AS action, 'enrolled' AS outcome, entered_via AS reason,
        NULL AS detail, enrolled_at AS at
    FROM run WHERE enrolled_at <= $3
    UNION ALL
    SELECT run.id, run.sequence_id, v.visit, v.step, v.action, v.outcome, v.reason, NULL, v.at
    FROM run JOIN visit AS v ON v.workspace_id = $1 AND v.enrollment_id = run.id WHERE v.at <= $3
    UNION ALL
    SELECT id, sequence_id, 2147483647, NULL, 'end', status, exit_reason, exit_detail, ended_at
    FROM run WHERE ended_at <= $3
)
SELECT w.id, w.sequence_id, s.slug AS sequence, w.number, w.step, w.action, w.outcome, w.reason, w.detail, w.at
FROM walked AS w JOIN sequence AS s ON s.workspace_id = $1 AND s.id = w.sequence_id
WHERE (w.at, w.id, w.number) < ($3, $4::uuid, $5::integer)
ORDER BY w.at DESC, w.id DESC, w.number DESC LIMIT $6

-- name: runs_in_sequence
-- Gives the last enrollments of a contact in a sequence, newest first.
SELECT id, version, key, status, exit_reason, exit_detail, step, since, visits, due_at, waits_for, stuck_reason,
    stuck_since, entered_via, enrolled_at, ended_at
FROM enrollment WHERE workspace_id = $1 AND contact_id = $2 AND sequence_id = $3
    AND (status = 'active' OR status <> 'active')
ORDER BY id DESC LIMIT $4

-- name: visits_of
-- Gives the visits of enrollments, in order.
SELECT enrollment_id, visit, step, action, outcome, reason, at FROM visit
WHERE workspace_id = $1 AND enrollment_id = ANY($2::uuid[]) ORDER BY enrollment_id, visit
