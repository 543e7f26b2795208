-- name: add_pool
-- Adds a pool; touches no row when the slug is taken.
INSERT INTO discount_pool (workspace_id, id, slug, name, low_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace_id, slug) DO NOTHING

-- name: pools
-- Gives the pools, of one id or slug where one is given, with how many codes they have and have left.
SELECT p.id, p.slug, p.name, p.low_at, p.created_at,
    (SELECT count(*) FROM discount_code AS c WHERE c.workspace_id = $1 AND c.pool_id = p.id) AS total,
    (SELECT count(*) FROM discount_code AS c
     WHERE c.workspace_id = $1 AND c.pool_id = p.id AND c.source_id IS NULL) AS left
FROM discount_pool AS p
WHERE p.workspace_id = $1 AND ($3::text IS NULL OR p.id = $2 OR p.slug = $3) ORDER BY p.slug

-- name: change_pool
-- Writes the name of a pool, and when it counts as low.
UPDATE discount_pool SET name = $3, low_at = $4 WHERE workspace_id = $1 AND id = $2

-- name: remove_pool
-- Throws a pool away.
DELETE FROM discount_pool WHERE workspace_id = $1 AND id = $2

-- name: remove_codes
-- Throws the codes of a pool away.
DELETE FROM discount_code WHERE workspace_id = $1 AND pool_id = $2

-- name: add_codes
-- Puts codes into a pool that are not in it.
INSERT INTO discount_code (workspace_id, pool_id, id, code)
SELECT $1, $2, new.id, new.code FROM unnest($3::uuid[], $4::text[]) AS new(id, code)
ON CONFLICT (workspace_id, pool_id, code) DO NOTHING

-- name: draw
-- Gives a code to a visit: the one it has, else the first free one.
WITH has AS (
    SELECT code FROM discount_code WHERE workspace_id = $1 AND source_id = $3 AND visit = $4
), free AS MATERIALIZED (
    SELECT code FROM discount_code
    WHERE workspace_id = $1 AND pool_id = $2 AND source_id IS NULL AND NOT EXISTS (SELECT 1 FROM has)
    ORDER BY id LIMIT 1
    FOR UPDATE SKIP LOCKED
), given AS (
    UPDATE discount_code AS c SET source_id = $3, visit = $4, given_at = $5
    FROM free WHERE c.workspace_id = $1 AND c.pool_id = $2 AND c.code = free.code
    RETURNING c.code
)
SELECT code FROM has UNION ALL SELECT code FROM given
