-- name: save
-- Writes a connection. What was known of its state no longer holds.
INSERT INTO connection AS c (workspace_id, name, provider, settings, secrets, priority, domains, status, created_at,
    updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'unchecked', $8, $8)
ON CONFLICT (workspace_id, name) DO UPDATE SET settings = excluded.settings, secrets = excluded.secrets,
    priority = excluded.priority, domains = excluded.domains, status = 'unchecked', reason = NULL, checked_at = NULL,
    updated_at = excluded.updated_at
WHERE c.workspace_id = $1 AND c.provider = excluded.provider

-- name: connections
-- Gives connections by name: all of them, or those of one provider, or the one of a name.
SELECT name, provider, settings, secrets, priority, domains, status, reason, checked_at, created_at, updated_at
FROM connection
WHERE workspace_id = $1 AND ($2::text IS NULL OR provider = $2) AND ($3::text IS NULL OR name = $3)
ORDER BY created_at, name

-- name: of_workspaces
-- Gives the connections to some providers (all workspaces: a worker looks after all that have mail due).
SELECT workspace_id, name, provider, settings, secrets, priority, domains, status, reason, checked_at, created_at,
    updated_at
FROM connection WHERE workspace_id = ANY($1::uuid[]) AND provider = ANY($2::text[])

-- name: has_provider
-- Says whether there is a connection to one of these providers.
SELECT EXISTS (SELECT 1 FROM connection WHERE workspace_id = $1 AND provider = ANY($2::text[]))

-- name: remove
-- Erases a connection, and its secrets with it.
DELETE FROM connection WHERE workspace_id = $1 AND name = $2

-- name: note
-- Writes what a check found, unless the connection was changed meanwhile.
UPDATE connection SET status = $3, reason = $4, checked_at = $5 WHERE workspace_id = $1 AND name = $2 AND updated_at = $6

-- name: uses_environment
-- Says whether the connections of the environment are this workspace's too (all workspaces: the id is the workspace).
SELECT uses_environment FROM workspace WHERE id = $1

-- name: sealed
-- Gives sealed secrets to be sealed anew, in pages by key (all workspaces: the master key is everybody's).
SELECT workspace_id, provider, name, secrets FROM connection WHERE (workspace_id, name) > ($1, $2)
ORDER BY workspace_id, name LIMIT $3 FOR UPDATE

-- name: renew_secrets
-- Writes other secrets of a connection that nobody has changed since $4.
UPDATE connection SET secrets = $3 WHERE workspace_id = $1 AND name = $2 AND updated_at = $4

-- name: reseal
-- Writes secrets that were sealed anew.
UPDATE connection SET secrets = $3 WHERE workspace_id = $1 AND name = $2
