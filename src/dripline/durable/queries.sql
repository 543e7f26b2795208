-- name: open_budget
-- Makes a budget, or changes the capacity of the one there is.
INSERT INTO budget AS b (workspace_id, name, capacity, period_seconds, window_start, used)
VALUES ($1, $2, $3, $4, $5, 0)
ON CONFLICT (workspace_id, name) DO UPDATE SET capacity = excluded.capacity, period_seconds = excluded.period_seconds
WHERE b.workspace_id = $1

-- name: close_budget
-- Removes a budget.
DELETE FROM budget WHERE workspace_id = $1 AND name = $2

-- name: reserve
-- Takes up to $3 permits in the window that $4 lies in.
WITH held AS MATERIALIZED (
    SELECT name, capacity, used, window_start,
        window_start + make_interval(secs => period_seconds * greatest(0,
            floor(extract(epoch FROM $4::timestamptz - window_start) / period_seconds)::integer)) AS current_start
    FROM budget WHERE workspace_id = $1 AND name = $2
    FOR UPDATE
), taken AS (
    SELECT name, current_start, used_before, greatest(0, least($3::integer, capacity - used_before)) AS granted
    FROM held, LATERAL (SELECT CASE WHEN current_start = window_start THEN used ELSE 0 END AS used_before) AS u
)
UPDATE budget SET window_start = taken.current_start, used = taken.used_before + taken.granted
FROM taken
WHERE budget.workspace_id = $1 AND budget.name = taken.name
RETURNING taken.granted, budget.window_start,
    budget.window_start + make_interval(secs => budget.period_seconds) AS turns_at

-- name: give_back
-- Returns $3 permits to the window $4, if that is still the one.
UPDATE budget SET used = greatest(0, used - $3)
WHERE workspace_id = $1 AND name = $2 AND window_start = $4

-- name: budgets
-- Gives the named budgets that exist.
SELECT name, capacity, period_seconds, window_start, used FROM budget
WHERE workspace_id = $1 AND name = ANY($2::text[])

-- name: add_job
-- Queues a job.
INSERT INTO job (workspace_id, id, kind, status, arguments, total, created_at, updated_at)
VALUES ($1, $2, $3, 'queued', $4, $5, $6, $6)

-- name: find_job
-- Gives one job.
SELECT id, kind, status, arguments, cursor, done, total, errors, result, created_at, updated_at
FROM job WHERE workspace_id = $1 AND id = $2

-- name: open_job_of_kind
-- Gives the oldest job of a kind that has not ended.
SELECT id FROM job WHERE workspace_id = $1 AND kind = $2 AND status IN ('queued', 'running')
ORDER BY created_at LIMIT 1

-- name: open_job_about
-- Gives the oldest job of a kind, with these arguments among its own, that has not ended.
SELECT id FROM job WHERE workspace_id = $1 AND kind = $2 AND arguments @> $3 AND status IN ('queued', 'running')
ORDER BY created_at LIMIT 1

-- name: has_older_job
-- Says whether a job that was queued before $3 is still open; $2 is the one that asks.
SELECT EXISTS (SELECT 1 FROM job WHERE workspace_id = $1 AND id <> $2 AND created_at < $3
    AND status IN ('queued', 'running'))

-- name: workspaces_with_jobs
-- Says which workspaces have a job that nobody works at (all workspaces: the worker asks who needs it).
SELECT DISTINCT workspace_id FROM job
WHERE status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $1)

-- name: claim_job
-- Leases the oldest open job that nobody works at.
WITH free AS MATERIALIZED (
    SELECT id FROM job
    WHERE workspace_id = $1 AND status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $2)
    ORDER BY created_at LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE job SET status = 'running', lease_token = $3, lease_until = $4, updated_at = $2
FROM free WHERE job.workspace_id = $1 AND job.id = free.id
RETURNING job.id, kind, status, arguments, cursor, done, total, errors, result, created_at, updated_at

-- name: save_progress
-- Records a finished page and renews the lease; touches no row when the lease was lost.
UPDATE job SET cursor = $4, done = $5, total = $6, errors = $7, failures = 0, lease_until = $8, updated_at = $9
WHERE workspace_id = $1 AND id = $2 AND lease_token = $3 AND status = 'running'

-- name: keep_page
-- Records a finished page in the transaction of its work; touches no row when the lease was lost.
UPDATE job SET cursor = $4, done = $5, total = coalesce($6, total), errors = $7, updated_at = $8
WHERE workspace_id = $1 AND id = $2 AND lease_token = $3 AND status = 'running'

-- name: end_job
-- Ends a job; touches no row when the lease was lost.
UPDATE job SET status = $4, result = $5, errors = $6, done = $7, total = $9, lease_token = NULL, lease_until = NULL,
    updated_at = $8
WHERE workspace_id = $1 AND id = $2 AND lease_token = $3 AND status = 'running'

-- name: fail_page
-- Counts a failed page and lets the job rest until $4.
UPDATE job SET failures = failures + 1, lease_until = $4, updated_at = $5
WHERE workspace_id = $1 AND id = $2 AND lease_token = $3
RETURNING failures

-- name: cancel_job
-- Ends a job that somebody does not want any more; its worker notices at the next page.
UPDATE job SET status = 'cancelled', lease_token = NULL, lease_until = NULL, updated_at = $3
WHERE workspace_id = $1 AND id = $2 AND status IN ('queued', 'running')

-- name: keep_part
-- Keeps a part of a file.
INSERT INTO upload (workspace_id, job_id, part, content) VALUES ($1, $2, $3, $4)

-- name: read_part
-- Gives bytes of a part of a file, from the $4th on.
SELECT substring(content FROM $4::integer FOR $5::integer) FROM upload
WHERE workspace_id = $1 AND job_id = $2 AND part = $3

-- name: forget_upload
-- Throws away the parts of a file.
DELETE FROM upload WHERE workspace_id = $1 AND job_id = $2

-- name: forget_uploads
-- Throws away files whose job has ended, or was not queued though the file is older than the id $1 (all workspaces:
-- housekeeping).
DELETE FROM upload AS u
WHERE NOT EXISTS (SELECT 1 FROM job AS j WHERE j.workspace_id = u.workspace_id AND j.id = u.job_id
        AND j.status IN ('queued', 'running'))
    AND (u.job_id < $1 OR EXISTS (SELECT 1 FROM job AS j WHERE j.workspace_id = u.workspace_id AND j.id = u.job_id))
