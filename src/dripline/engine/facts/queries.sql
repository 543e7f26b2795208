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
