-- name: used_up
-- Gives the names of limits of which nothing is left at $2.
SELECT name FROM budget
WHERE workspace_id = $1 AND used >= capacity AND window_start + make_interval(secs => period_seconds) > $2

-- name: deferred
-- Counts the mail of each step of the sequences $2 that waits: for another try, for a window or a place, or because it
-- is due at $5 and one of the limits $4 holds it, that of its domain or a rate.
SELECT o.sequence_id, m.step, count(*) AS count
FROM outbox AS o JOIN message AS m
    ON m.workspace_id = o.workspace_id AND m.source_id = o.source_id AND m.visit = o.visit
WHERE o.workspace_id = $1 AND o.sequence_id = ANY($2::uuid[]) AND ($3::integer IS NULL OR m.sequence_version = $3)
    AND o.phase = 'ready' AND o.held IS NULL
    AND (o.attempts > 0 OR o.reason IS NOT NULL OR (o.due_at <= $5 AND ('rate:all' = ANY($4::text[])
        OR 'domain:' || split_part(o.lane, '/', 1) || '/day' = ANY($4)
        OR 'rate:' || split_part(o.lane, '/', 2) = ANY($4))))
GROUP BY o.sequence_id, m.step
