-- name: lanes
-- Gives each lane with something to carry out and its first due time, by skipping from lane to lane in the index (all
-- workspaces unless $1 names some: the worker plans with it).
WITH RECURSIVE lane AS (
    (SELECT workspace_id, lane, due_at FROM effect WHERE phase = 'ready' AND held IS NULL
     ORDER BY workspace_id, lane, due_at LIMIT 1)
    UNION ALL
    SELECT next.workspace_id, next.lane, next.due_at FROM lane CROSS JOIN LATERAL (
        SELECT f.workspace_id, f.lane, f.due_at FROM effect AS f
        WHERE f.phase = 'ready' AND f.held IS NULL AND (f.workspace_id, f.lane) > (lane.workspace_id, lane.lane)
        ORDER BY f.workspace_id, f.lane, f.due_at LIMIT 1
    ) AS next
)
SELECT lane.workspace_id, lane.lane, lane.due_at, w.mode, w.frozen_at
FROM lane JOIN workspace AS w ON w.id = lane.workspace_id
WHERE $1::uuid[] IS NULL OR lane.workspace_id = ANY($1)

-- name: is_leased
-- Says whether some worker has an effect of this workspace in its hands.
SELECT EXISTS (SELECT 1 FROM effect WHERE workspace_id = $1 AND phase IN ('claimed', 'carrying'))

-- name: hurry
-- Makes everything of a lane due that waits for its next try.
UPDATE effect SET due_at = $3 WHERE workspace_id = $1 AND lane = $2 AND phase = 'ready' AND held IS NULL AND due_at > $3

-- name: release_left_over
-- Lets effects move that a pause held at the moment in which their sequence became active again (all workspaces: the
-- sweep looks everywhere).
UPDATE effect AS f SET held = NULL, reason = NULL FROM sequence AS s
WHERE f.held IS NOT NULL AND s.workspace_id = f.workspace_id AND s.id = f.sequence_id AND s.status = 'active'

-- name: claim
-- Leases effects of one lane that are due.
WITH free AS MATERIALIZED (
    SELECT source_id, visit FROM effect
    WHERE workspace_id = $1 AND lane = $2 AND phase = 'ready' AND held IS NULL AND due_at <= $3
    ORDER BY due_at LIMIT $4
    FOR UPDATE SKIP LOCKED
)
UPDATE effect AS f SET phase = 'claimed', lease_token = $5, lease_until = $6
FROM free WHERE f.workspace_id = $1 AND f.source_id = free.source_id AND f.visit = free.visit
RETURNING f.contact_id

-- name: load
-- Gives all that effects under the lease $2 are carried out with and judged by.
SELECT f.source_id, f.visit, f.contact_id, f.sequence_id, f.step, f.lane, f.asked_at, f.attempts, f.first_tried_at, f.plan,
    s.slug AS sequence_slug, s.name AS sequence_name, s.status AS sequence_status,
    e.status AS enrollment_status, e.version AS sequence_version, e.visits, e.entered_with, e.depth, e.enrolled_at,
    e.discount, coalesce(e.entered_by, e.id) AS anchor,
    c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression AS x WHERE x.workspace_id = $1 AND x.email_key = c.email_key) AS suppressed,
    ARRAY(SELECT g.tag FROM contact_tag AS g WHERE g.workspace_id = $1 AND g.contact_id = f.contact_id) AS tags
FROM effect AS f
JOIN enrollment AS e ON e.workspace_id = f.workspace_id AND e.id = f.source_id
JOIN sequence AS s ON s.workspace_id = f.workspace_id AND s.id = f.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = f.workspace_id AND c.id = f.contact_id
WHERE f.workspace_id = $1 AND f.lease_token = $2 AND f.phase IN ('claimed', 'carrying')
ORDER BY f.due_at, f.source_id

-- name: start
-- Marks effects as about to be carried out, with what will be asked for, and renews the lease; gives those whose lease
-- is still ours.
UPDATE effect AS f SET phase = 'carrying', lease_until = $3, first_tried_at = coalesce(f.first_tried_at, $4), plan = go.plan
FROM unnest($5::uuid[], $6::integer[], $7::jsonb[]) AS go(source_id, visit, plan)
WHERE f.workspace_id = $1 AND f.lease_token = $2 AND f.phase = 'claimed'
    AND f.source_id = go.source_id AND f.visit = go.visit
RETURNING f.source_id, f.visit

-- name: renew
-- Renews a lease. What is being written about at this moment is passed over: waiting for it could deadlock.
WITH free AS MATERIALIZED (
    SELECT source_id, visit FROM effect
    WHERE workspace_id = $1 AND lease_token = $2 AND phase IN ('claimed', 'carrying')
    FOR UPDATE SKIP LOCKED
)
UPDATE effect AS f SET lease_until = $3
FROM free WHERE f.workspace_id = $1 AND f.source_id = free.source_id AND f.visit = free.visit

-- name: settle
-- Writes what became of effects; gives those that were still under the lease.
UPDATE effect AS f SET phase = 'settled', lease_token = NULL, lease_until = NULL, held = NULL, outcome = done.outcome,
    reason = done.reason, detail = done.detail, attempts = f.attempts + done.tried, result = done.result, settled_at = $3
FROM unnest($4::uuid[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::smallint[], $10::jsonb[])
    AS done(source_id, visit, outcome, reason, detail, tried, result)
WHERE f.workspace_id = $1 AND f.lease_token = $2 AND f.source_id = done.source_id AND f.visit = done.visit
RETURNING f.source_id, f.visit

-- name: put_back
-- Gives leased effects back: due again, or held, with the reason, what was tried and what will be asked for next time.
UPDATE effect AS f SET phase = 'ready', lease_token = NULL, lease_until = NULL, due_at = coalesce(back.due_at, f.due_at),
    held = back.held, attempts = f.attempts + back.tried, reason = back.reason, detail = back.detail, plan = back.plan
FROM unnest($3::uuid[], $4::integer[], $5::timestamptz[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::jsonb[])
    AS back(source_id, visit, due_at, held, tried, reason, detail, plan)
WHERE f.workspace_id = $1 AND f.lease_token = $2 AND f.source_id = back.source_id AND f.visit = back.visit

-- name: free_expired
-- Gives back effects whose worker fell silent; they are asked for again under the same key (all workspaces: the sweep
-- looks everywhere).
UPDATE effect SET phase = 'ready', lease_token = NULL, lease_until = NULL, reason = 'worker_lost',
    attempts = attempts + CASE WHEN phase = 'carrying' THEN 1 ELSE 0 END
WHERE phase IN ('claimed', 'carrying') AND lease_until < $1

-- name: give_discounts
-- Keeps the newest code of runs.
UPDATE enrollment AS e SET discount = made.discount
FROM unnest($2::uuid[], $3::jsonb[]) AS made(id, discount)
WHERE e.workspace_id = $1 AND e.id = made.id

-- name: standing
-- Gives the effects that these enrollments wait for.
SELECT f.source_id, f.visit, f.step, f.lane, f.phase, f.held, f.reason, f.detail, f.attempts, f.asked_at,
    CASE WHEN f.phase = 'ready' AND f.held IS NULL THEN f.due_at END AS next_attempt_at
FROM effect AS f WHERE f.workspace_id = $1 AND f.source_id = ANY($2::uuid[]) AND f.phase <> 'settled'

-- name: effects_before
-- Gives the effects for a contact before the place ($3, $4, $5), those that were asked for last first.
SELECT f.source_id, f.visit, f.asked_at AS at, f.lane, f.step, f.sequence_id, s.slug AS sequence,
    CASE WHEN f.phase = 'settled' THEN f.outcome WHEN f.phase <> 'ready' THEN 'running' WHEN f.held IS NOT NULL THEN 'held'
         WHEN f.attempts > 0 OR f.reason IS NOT NULL THEN 'deferred' ELSE 'queued' END AS status,
    coalesce(f.held, f.reason) AS reason, f.detail, f.attempts, f.result, f.settled_at,
    CASE WHEN f.phase = 'ready' AND f.held IS NULL THEN f.due_at END AS next_attempt_at
FROM effect AS f JOIN sequence AS s ON s.workspace_id = f.workspace_id AND s.id = f.sequence_id
WHERE f.workspace_id = $1 AND f.contact_id = $2 AND (f.asked_at, f.source_id, f.visit) < ($3, $4::uuid, $5::integer)
ORDER BY f.asked_at DESC, f.source_id DESC, f.visit DESC LIMIT $6

-- name: forget
-- Blanks what effects know of a contact.
UPDATE effect SET plan = NULL, detail = NULL, result = NULL WHERE workspace_id = $1 AND contact_id = $2
