-- name: add
-- Makes a domain, unless there is one of that name. Its first check is due at once.
INSERT INTO domain (workspace_id, id, name, status, findings, check_due_at, created_at, updated_at)
VALUES ($1, $2, $3, 'pending', $4, $5, $5, $5)
ON CONFLICT (workspace_id, name) DO NOTHING

-- name: add_key
-- Keeps a key of a domain.
INSERT INTO domain_key (workspace_id, domain_id, selector, algorithm, public, sealed, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: domains
-- Gives domains by name, those behind $2: all of them, or those among $3.
SELECT id, name, status, findings, checked_at, verified_at, failing_since, created_at, updated_at FROM domain
WHERE workspace_id = $1 AND ($2::text IS NULL OR name > $2) AND ($3::text[] IS NULL OR name = ANY($3))
ORDER BY name LIMIT $4

-- name: find
-- Gives the domain of an id or a name.
SELECT id, name, status, findings, checked_at, verified_at, failing_since, created_at, updated_at FROM domain
WHERE workspace_id = $1 AND (id = $2 OR name = $3)

-- name: lock
-- Keeps others from changing a domain until the transaction ends.
SELECT id FROM domain WHERE workspace_id = $1 AND id = $2 FOR UPDATE

-- name: keys
-- Gives the keys of domains, oldest first, of those made together the one that must be published.
SELECT domain_id, selector, algorithm, public, sealed, created_at, proved_at, retired_at FROM domain_key
WHERE workspace_id = $1 AND domain_id = ANY($2) ORDER BY created_at, algorithm DESC, selector

-- name: save
-- Writes what a check found.
UPDATE domain SET status = $3, findings = $4, checked_at = $5, verified_at = $6, failing_since = $7, check_due_at = $8,
    updated_at = $9
WHERE workspace_id = $1 AND id = $2

-- name: save_keys
-- Writes since when keys are proved, and retired.
UPDATE domain_key AS k SET proved_at = given.proved_at, retired_at = given.retired_at
FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) AS given(selector, proved_at, retired_at)
WHERE k.workspace_id = $1 AND k.domain_id = $2 AND k.selector = given.selector

-- name: keep_keys
-- Erases the keys of a domain but these.
DELETE FROM domain_key WHERE workspace_id = $1 AND domain_id = $2 AND selector <> ALL($3::text[])

-- name: remove
-- Erases a domain.
DELETE FROM domain WHERE workspace_id = $1 AND id = $2

-- name: claim_checks
-- Takes domains whose check is due, and puts their next one off, so that nobody else checks them meanwhile (all
-- workspaces: the worker looks after all).
UPDATE domain AS d SET check_due_at = $2 FROM (
    SELECT workspace_id, id FROM domain WHERE check_due_at <= $1 ORDER BY check_due_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
WHERE d.workspace_id = due.workspace_id AND d.id = due.id
RETURNING d.workspace_id, d.id, (SELECT mode FROM workspace AS w WHERE w.id = d.workspace_id) AS mode

-- name: uses_environment
-- Says whether the sender in the environment is this workspace's (all workspaces: the id is the workspace).
SELECT uses_environment FROM workspace WHERE id = $1

-- name: sealed_keys
-- Gives a page of sealed keys behind a place (all workspaces: the secret key is that of the installation).
SELECT workspace_id, selector, sealed FROM domain_key WHERE (workspace_id, selector) > ($1, $2)
ORDER BY workspace_id, selector LIMIT $3

-- name: reseal_key
-- Writes a key that was sealed anew.
UPDATE domain_key SET sealed = $3 WHERE workspace_id = $1 AND selector = $2

-- name: lanes_waiting
-- Gives the lanes with mail that is held because of its domain (all workspaces: the worker looks after all).
SELECT DISTINCT workspace_id, lane FROM outbox WHERE held = 'sender_unverified'

-- name: release_lane
-- Lets mail of a lane move that was held because of its domain.
UPDATE outbox SET held = NULL, reason = NULL WHERE workspace_id = $1 AND lane = $2 AND held = 'sender_unverified'
