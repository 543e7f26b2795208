-- name: waiting
-- Counts the runs that stand at each step now, in all versions or in the version $3.
SELECT step, count(*) AS count FROM enrollment
WHERE workspace_id = $1 AND sequence_id = $2 AND status = 'active' AND step IS NOT NULL
    AND ($3::integer IS NULL OR version = $3)
GROUP BY step

-- name: deferred
-- Counts the mail of each step that waits: for another try, for a window or a place, or because the day's limit of its
-- domain or a rate is used up at $4.
SELECT m.step, count(*) AS count
FROM outbox AS o JOIN message AS m
    ON m.workspace_id = o.workspace_id AND m.source_id = o.source_id AND m.visit = o.visit
WHERE o.workspace_id = $1 AND o.sequence_id = $2 AND ($3::integer IS NULL OR m.sequence_version = $3)
    AND o.phase = 'ready' AND o.held IS NULL
    AND (o.attempts > 0 OR o.reason IS NOT NULL OR EXISTS (
        SELECT 1 FROM budget AS b WHERE b.workspace_id = $1 AND b.used >= b.capacity
            AND b.window_start + make_interval(secs => b.period_seconds) > $4
            AND b.name IN ('rate:all', 'domain:' || split_part(o.lane, '/', 1) || '/day',
                'rate:' || split_part(o.lane, '/', 2))))
GROUP BY m.step

-- name: conversions
-- Counts the goals of a sequence that were reached from $3 up to before $4, in all versions or in the version $5.
SELECT count(*) FROM conversion AS c
WHERE c.workspace_id = $1 AND c.sequence_id = $2 AND c.at >= $3 AND c.at < $4
    AND ($5::integer IS NULL OR EXISTS (SELECT 1 FROM enrollment AS e
        WHERE e.workspace_id = $1 AND e.id = c.enrollment_id AND e.version = $5))
