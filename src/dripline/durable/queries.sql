-- name: open_budget
-- Makes a budget, or changes the capacity of the one there is.
INSERT INTO budget AS b (workspace_id, name, capacity, period_seconds, window_start, used)
VALUES ($1, $2, $3, $4, $5, 0)
ON CONFLICT (workspace_id, name) DO UPDATE SET capacity = excluded.capacity, period_seconds = excluded.period_seconds
WHERE b.workspace_id = $1

-- name: put_budget
-- Writes all of a budget.
INSERT INTO budget AS b (workspace_id, name, capacity, period_seconds, window_start, used, next_capacity)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace_id, name) DO UPDATE SET capacity = excluded.capacity, period_seconds = excluded.period_seconds,
    window_start = excluded.window_start, used = excluded.used, next_capacity = excluded.next_capacity
WHERE b.workspace_id = $1

-- name: close_budget
-- Removes a budget.
DELETE FROM budget WHERE workspace_id = $1 AND name = $2

-- name: reserve
-- Takes up to $3 permits of each of the budgets $2, as many as the scarcest has, in the windows that $4 lies in.
WITH held AS MATERIALIZED (
    SELECT name, capacity, next_capacity, used, window_start,
        window_start + make_interval(secs => period_seconds * greatest(0,
            floor(extract(epoch FROM $4::timestamptz - window_start) / period_seconds)::integer)) AS current_start
    FROM budget WHERE workspace_id = $1 AND name = ANY($2::text[])
    ORDER BY name FOR UPDATE
), turned AS (
    SELECT name, current_start, is_new AND used > 0 AND next_capacity IS NOT NULL AS grown,
        CASE WHEN is_new THEN 0 ELSE used END AS used,
        CASE WHEN is_new AND used > 0 THEN coalesce(next_capacity, capacity) ELSE capacity END AS capacity
    FROM held, LATERAL (SELECT current_start > window_start AS is_new) AS w
), granted AS (
    SELECT greatest(0, least($3::integer, min(capacity - used))) AS permits FROM turned
)
UPDATE budget SET window_start = turned.current_start, used = turned.used + granted.permits,
    capacity = turned.capacity, next_capacity = CASE WHEN grown THEN NULL ELSE next_capacity END
FROM turned, granted
WHERE budget.workspace_id = $1 AND budget.name = turned.name
RETURNING budget.name, granted.permits, budget.window_start, grown, budget.used >= budget.capacity AS exhausted,
    budget.window_start + make_interval(secs => budget.period_seconds) AS turns_at

-- name: give_back
-- Returns $4 permits to the windows $3 of the budgets $2, where they still are the ones.
WITH held AS MATERIALIZED (
    SELECT b.name FROM budget AS b JOIN unnest($2::text[], $3::timestamptz[]) AS was(name, window_start)
        ON was.name = b.name AND was.window_start = b.window_start
    WHERE b.workspace_id = $1 ORDER BY b.name FOR UPDATE OF b
)
UPDATE budget SET used = greatest(0, used - $4) FROM held WHERE budget.workspace_id = $1 AND budget.name = held.name

-- name: budgets
-- Gives the named budgets that exist.
SELECT name, capacity, period_seconds, window_start, used, next_capacity FROM budget
WHERE workspace_id = $1 AND name = ANY($2::text[])

-- name: budgets_under
-- Gives the budgets whose names begin so.
SELECT name, capacity, period_seconds, window_start, used, next_capacity FROM budget
WHERE workspace_id = $1 AND starts_with(name, $2) ORDER BY name

-- name: grow_next
-- Says what a budget grows to when its window turns.
UPDATE budget SET next_capacity = $3 WHERE workspace_id = $1 AND name = $2

-- name: forget_budgets
-- Removes budgets whose names begin so and whose window has ended (all workspaces: what is used in none limits nothing).
DELETE FROM budget WHERE starts_with(name, $1) AND window_start + make_interval(secs => period_seconds) <= $2

-- name: add_tallies
-- Counts.
INSERT INTO tally_delta (workspace_id, id, subject, at, what, count)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[])

-- name: fold_tallies
-- Adds deltas to their sums, by month, by day and, where they have one, by hour; gives how many. What has a subject of
-- several parts is added up for the first part as well (all workspaces: every one of them counts).
WITH taken AS (
    DELETE FROM tally_delta WHERE (workspace_id, id) IN (
        SELECT workspace_id, id FROM tally_delta ORDER BY workspace_id, id LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING workspace_id, subject, at, what, count
), counted AS (
    SELECT workspace_id, subject, at, what, sum(count) AS count FROM taken GROUP BY workspace_id, subject, at, what
    UNION ALL
    SELECT workspace_id, split_part(subject, '/', 1), at, what, sum(count) FROM taken
    WHERE strpos(subject, '/') < length(subject) GROUP BY workspace_id, split_part(subject, '/', 1), at, what
), by_day AS (
    INSERT INTO tally_by_day AS t (workspace_id, subject, at, what, count)
    SELECT workspace_id, subject, date_trunc('day', at, 'UTC'), what, sum(count) FROM counted
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (workspace_id, subject, at, what) DO UPDATE SET count = t.count + excluded.count
), by_month AS (
    INSERT INTO tally_by_month AS t (workspace_id, subject, at, what, count)
    SELECT workspace_id, subject, date_trunc('month', at, 'UTC'), what, sum(count) FROM counted
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (workspace_id, subject, at, what) DO UPDATE SET count = t.count + excluded.count
), by_hour AS (
    INSERT INTO tally_by_hour AS t (workspace_id, subject, at, what, count)
    SELECT workspace_id, subject, at, what, count FROM counted WHERE at > 'epoch' ORDER BY 1, 2, 3, 4
    ON CONFLICT (workspace_id, subject, at, what) DO UPDATE SET count = t.count + excluded.count
)
SELECT count(*) FROM taken

-- name: read_tallies
-- Gives counts from $6 up to before $7 by word: those kept by $8 (day, hour) of the subjects from each of $2 to before
-- its $3, and the deltas of those from each of $4 to before its $5; added up for each subject where $9 says so, else
-- for each day or hour. From $10 up to before $11 there are whole months, which are kept added up. The bounds come ready
-- made: behind row-level security only comparisons that leak nothing may use an index.
SELECT subject, at, jsonb_object_agg(what, count) AS counts FROM (
    SELECT CASE WHEN $9::boolean THEN subject END AS subject, CASE WHEN NOT $9 THEN at END AS at, what,
        sum(count)::bigint AS count
    FROM (
        SELECT subject, at, what, count FROM unnest($2::text[], $3::text[]) AS kept(first, behind)
        JOIN tally_by_month ON subject >= first AND subject < behind
        WHERE workspace_id = $1 AND at >= $10 AND at < $11 AND $10 < $11
        UNION ALL
        SELECT subject, at, what, count FROM unnest($2::text[], $3::text[]) AS kept(first, behind)
        JOIN tally_by_day ON subject >= first AND subject < behind
        WHERE workspace_id = $1 AND at >= $6 AND at < $10 AND $8 = 'day' AND $6 < $10
        UNION ALL
        SELECT subject, at, what, count FROM unnest($2::text[], $3::text[]) AS kept(first, behind)
        JOIN tally_by_day ON subject >= first AND subject < behind
        WHERE workspace_id = $1 AND at >= $11 AND at < $7 AND $8 = 'day' AND $11 < $7
        UNION ALL
        SELECT subject, at, what, count FROM unnest($2::text[], $3::text[]) AS kept(first, behind)
        JOIN tally_by_hour ON subject >= first AND subject < behind
        WHERE workspace_id = $1 AND at >= $6 AND at < $7 AND $8 = 'hour'
        UNION ALL
        SELECT subject, date_trunc($8::text, at, 'UTC'), what, count
        FROM unnest($4::text[], $5::text[]) AS fresh(first, behind)
        JOIN tally_delta ON subject >= first AND subject < behind
        WHERE workspace_id = $1 AND at >= $6 AND at < $7
    ) AS counted
    GROUP BY 1, 2, 3
) AS summed GROUP BY subject, at ORDER BY subject, at

-- name: forget_hours
-- Throws away counts by hour from before $1; those by day are kept (all workspaces: they grow old alike).
DELETE FROM tally_by_hour WHERE (workspace_id, subject, at, what) IN (
    SELECT workspace_id, subject, at, what FROM tally_by_hour WHERE at < $1 LIMIT $2)

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
-- Says whether a job that was queued before $3 is still open; $2 is the one that asks. Kinds that begin with $4 do not
-- count.
SELECT EXISTS (SELECT 1 FROM job WHERE workspace_id = $1 AND id <> $2 AND created_at < $3
    AND status IN ('queued', 'running') AND NOT starts_with(kind, $4))

-- name: workspaces_with_jobs
-- Says which workspaces have a job of the kinds $2 that nobody works at (all workspaces: the worker asks who needs it).
SELECT DISTINCT workspace_id FROM job
WHERE status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $1) AND kind = ANY($2::text[])

-- name: claim_job
-- Leases the oldest open job of the kinds $5 that nobody works at.
WITH free AS MATERIALIZED (
    SELECT id FROM job
    WHERE workspace_id = $1 AND status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $2)
        AND kind = ANY($5::text[])
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

-- name: hold_job
-- Renews the lease of a job whose page takes long; touches no row when the lease was lost.
UPDATE job SET lease_until = $4 WHERE workspace_id = $1 AND id = $2 AND lease_token = $3 AND status = 'running'

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
