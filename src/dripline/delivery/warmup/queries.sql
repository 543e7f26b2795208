-- name: find_warmup
-- Gives the warm-up of a domain.
SELECT domain, status, starting_limit, target_limit, factor, day, reason, healthy_since, started_at
FROM warmup WHERE workspace_id = $1 AND domain = $2

-- name: lock_warmup
-- Gives the warm-up of a domain, locked. Its budget was locked before.
SELECT domain, status, starting_limit, target_limit, factor, day, reason, healthy_since, started_at
FROM warmup WHERE workspace_id = $1 AND domain = $2 FOR UPDATE

-- name: save_warmup
-- Writes the warm-up of a domain.
INSERT INTO warmup AS w (workspace_id, domain, status, starting_limit, target_limit, factor, day, reason, healthy_since,
    started_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (workspace_id, domain) DO UPDATE SET status = excluded.status, starting_limit = excluded.starting_limit,
    target_limit = excluded.target_limit, factor = excluded.factor, day = excluded.day, reason = excluded.reason,
    healthy_since = excluded.healthy_since, started_at = excluded.started_at, updated_at = excluded.updated_at
WHERE w.workspace_id = $1

-- name: lock_day_budget
-- Locks the budget that a warm-up moves, where there is one.
SELECT name FROM budget WHERE workspace_id = $1 AND name = $2 FOR UPDATE

-- name: count_in_hand
-- Counts mail of a domain that some worker has in its hands.
SELECT count(*) FROM outbox WHERE workspace_id = $1 AND phase <> 'ready' AND split_part(lane, '/', 1) = $2
