-- name: insert_workspace
-- Adds a workspace (all workspaces: it has no row of its own before).
INSERT INTO workspace (id, name, mode, created_at, uses_environment) VALUES ($1, $2, $3, $4, $5);

-- name: find_workspace
-- Gives one workspace (all workspaces: the id is the workspace).
SELECT id, name, mode, frozen_at FROM workspace WHERE id = $1;

-- name: list_workspaces
-- Gives every workspace, oldest first (all workspaces: workers go round them).
SELECT id, name, mode, frozen_at FROM workspace ORDER BY id;

-- name: any_workspace
-- Gives whether there is a workspace at all (all workspaces: asked once, at the first start).
SELECT EXISTS (SELECT 1 FROM workspace);

-- name: lock_first_start
-- Makes other first starts wait until this transaction ends (all workspaces: there is none yet).
SELECT pg_advisory_xact_lock($1);

-- name: insert_key
-- Adds the digest of a key to a workspace.
INSERT INTO api_key (workspace_id, id, digest, hint, created_at) VALUES ($1, $2, $3, $4, $5);

-- name: revoke_key
-- Ends a key. Touches nothing when it is unknown or revoked already.
UPDATE api_key SET revoked_at = $3 WHERE workspace_id = $1 AND digest = $2 AND revoked_at IS NULL;

-- name: find_workspace_of_key
-- Gives the workspace that a good key opens (all workspaces: it is the key that says which).
SELECT workspace_id FROM api_key WHERE digest = ANY($1::bytea[]) AND revoked_at IS NULL;

-- name: list_keys
-- Gives what is kept of every key, oldest first (all workspaces: the operator asks).
SELECT k.hint, w.name AS workspace, w.mode, k.created_at, k.revoked_at
FROM api_key AS k JOIN workspace AS w ON w.id = k.workspace_id ORDER BY k.id;

-- name: frozen_at
-- Gives the time that a test workspace stands at.
SELECT frozen_at FROM workspace WHERE id = $1
