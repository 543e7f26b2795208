-- name: listening
-- Gives the webhooks that are told of things.
SELECT id, events FROM webhook WHERE workspace_id = $1 AND status = 'enabled'

-- name: leave
-- Leaves deliveries: recorded in a test workspace, where nobody is called, else to be made at once.
INSERT INTO webhook_delivery
    (workspace_id, id, webhook_id, type, event_id, contact_id, data, occurred_at, status, due_at, created_at)
SELECT $1, new.*, CASE w.mode WHEN 'test' THEN $10 ELSE $11 END, $9, $9 FROM unnest(
    $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::jsonb[], $8::timestamptz[]
) AS new JOIN workspace AS w ON w.id = $1

-- name: forget
-- Erases the deliveries that are about a contact.
DELETE FROM webhook_delivery WHERE workspace_id = $1 AND contact_id = $2

-- name: add
-- Keeps a new webhook.
INSERT INTO webhook (workspace_id, id, url, events, secret, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)

-- name: count
-- Counts webhooks.
SELECT count(*) FROM webhook WHERE workspace_id = $1

-- name: webhooks
-- Gives webhooks, oldest first, behind $2; only $3 where it is given.
SELECT id, url, events, status, reason, failing_since, failures, last_error, created_at, updated_at FROM webhook
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) AND ($3::uuid IS NULL OR id = $3)
ORDER BY id LIMIT $4

-- name: lock
-- Locks a webhook, to change it.
SELECT id FROM webhook WHERE workspace_id = $1 AND id = $2 FOR UPDATE

-- name: change
-- Writes what a person changed. What went wrong before is forgotten where $7 says so.
UPDATE webhook SET url = $3, events = $4, status = $5, reason = $6, updated_at = $8,
    failing_since = CASE WHEN $7 THEN NULL ELSE failing_since END, failures = CASE WHEN $7 THEN 0 ELSE failures END,
    last_error = CASE WHEN $7 THEN NULL ELSE last_error END
WHERE workspace_id = $1 AND id = $2

-- name: hurry
-- Makes deliveries of a webhook due that wait for their next try.
UPDATE webhook_delivery SET due_at = $3
WHERE workspace_id = $1 AND webhook_id = $2 AND status = 'pending' AND due_at > $3

-- name: replace_secret
-- Gives a webhook another secret; the one before signs beside it until $4.
UPDATE webhook SET former_secret = secret, former_until = $4, secret = $3, updated_at = $5
WHERE workspace_id = $1 AND id = $2

-- name: remove
-- Erases a webhook.
DELETE FROM webhook WHERE workspace_id = $1 AND id = $2

-- name: remove_deliveries
-- Erases the deliveries of a webhook.
DELETE FROM webhook_delivery WHERE workspace_id = $1 AND webhook_id = $2

-- name: deliveries
-- Gives deliveries to a webhook with what they tell, newest first, before $3; of the state $4, or only $5, where given.
SELECT d.id, d.webhook_id, d.type, d.event_id, d.contact_id, d.occurred_at, d.status, d.attempts, d.due_at,
    d.response_status, d.detail, d.created_at, d.settled_at, coalesce(d.data, e.properties, '{}') AS data,
    c.email, c.user_id
FROM webhook_delivery AS d
LEFT JOIN event AS e ON e.workspace_id = d.workspace_id AND e.id = d.event_id
LEFT JOIN contact AS c ON c.workspace_id = d.workspace_id AND c.id = d.contact_id
WHERE d.workspace_id = $1 AND d.webhook_id = $2 AND ($3::uuid IS NULL OR d.id < $3)
    AND ($4::text IS NULL OR d.status = $4) AND ($5::uuid IS NULL OR d.id = $5)
ORDER BY d.id DESC LIMIT $6

-- name: replay
-- Lets a delivery be made once more, from the beginning.
UPDATE webhook_delivery SET status = 'pending', attempts = 0, due_at = $4, settled_at = NULL
WHERE workspace_id = $1 AND webhook_id = $2 AND id = $3 AND status IN ('pending', 'delivered', 'failed')

-- name: lanes
-- Gives the webhooks with something to deliver, and since when or from when on it is due; those that answer first (all
-- workspaces: the worker plans with it).
SELECT w.workspace_id, w.id, w.failing_since IS NOT NULL AS is_failing, d.due_at
FROM webhook AS w CROSS JOIN LATERAL (
    SELECT p.due_at FROM webhook_delivery AS p
    WHERE p.workspace_id = w.workspace_id AND p.webhook_id = w.id AND p.status = 'pending'
    ORDER BY p.due_at LIMIT 1
) AS d
WHERE w.status = 'enabled' ORDER BY is_failing, d.due_at

-- name: target
-- Gives where a webhook is called and what it is signed with.
SELECT url, secret, former_secret, former_until FROM webhook WHERE workspace_id = $1 AND id = $2 AND status = 'enabled'

-- name: claim
-- Leases deliveries to a webhook that are due.
WITH free AS MATERIALIZED (
    SELECT id FROM webhook_delivery
    WHERE workspace_id = $1 AND webhook_id = $2 AND status = 'pending' AND due_at <= $3
    ORDER BY due_at LIMIT $4
    FOR UPDATE SKIP LOCKED
)
UPDATE webhook_delivery AS d SET status = 'sending', lease_token = $5, lease_until = $6
FROM free WHERE d.workspace_id = $1 AND d.id = free.id

-- name: claimed
-- Gives the deliveries under a lease, with what they tell.
SELECT d.id, d.type, d.event_id, d.contact_id, d.occurred_at, d.attempts, coalesce(d.data, e.properties, '{}') AS data,
    c.email, c.user_id
FROM webhook_delivery AS d
LEFT JOIN event AS e ON e.workspace_id = d.workspace_id AND e.id = d.event_id
LEFT JOIN contact AS c ON c.workspace_id = d.workspace_id AND c.id = d.contact_id
WHERE d.workspace_id = $1 AND d.webhook_id = $2 AND d.lease_token = $3 AND d.status = 'sending'
ORDER BY d.due_at, d.id

-- name: renew
-- Renews a lease. What is being written about at this moment is passed over: waiting for it could deadlock.
WITH free AS MATERIALIZED (
    SELECT id FROM webhook_delivery WHERE workspace_id = $1 AND lease_token = $2 AND status = 'sending'
    FOR UPDATE SKIP LOCKED
)
UPDATE webhook_delivery AS d SET lease_until = $3 FROM free WHERE d.workspace_id = $1 AND d.id = free.id

-- name: settle
-- Writes what came of calls, where the lease is still ours.
UPDATE webhook_delivery AS d SET status = done.status, attempts = d.attempts + 1, due_at = done.due_at,
    response_status = done.response_status, detail = done.detail, lease_token = NULL, lease_until = NULL,
    settled_at = CASE WHEN done.status = 'pending' THEN NULL ELSE $3::timestamptz END
FROM unnest($4::uuid[], $5::text[], $6::timestamptz[], $7::smallint[], $8::text[])
    AS done(id, status, due_at, response_status, detail)
WHERE d.workspace_id = $1 AND d.lease_token = $2 AND d.id = done.id

-- name: note_good
-- Writes that something got through.
UPDATE webhook SET failing_since = NULL, failures = 0, last_error = NULL
WHERE workspace_id = $1 AND id = $2 AND url = $3 AND failing_since IS NOT NULL

-- name: note_failures
-- Writes that nothing got through, and gives since when.
UPDATE webhook SET failing_since = coalesce(failing_since, $4), failures = failures + $5, last_error = $6
WHERE workspace_id = $1 AND id = $2 AND url = $3
RETURNING failing_since

-- name: disable
-- Stops telling a webhook anything.
UPDATE webhook SET status = 'disabled', reason = $4, updated_at = $5
WHERE workspace_id = $1 AND id = $2 AND url = $3 AND status = 'enabled'

-- name: free_expired
-- Gives back deliveries whose worker fell silent: they are made again (all workspaces: the sweep looks everywhere).
UPDATE webhook_delivery SET status = 'pending', lease_token = NULL, lease_until = NULL, attempts = attempts + 1,
    detail = 'the worker that called fell silent'
WHERE status = 'sending' AND lease_until < $1

-- name: forget_old
-- Deletes deliveries that are older than the id $1, so many of each workspace (all workspaces: the housekeeping looks
-- everywhere).
DELETE FROM webhook_delivery AS d USING workspace AS w CROSS JOIN LATERAL (
    SELECT o.id FROM webhook_delivery AS o WHERE o.workspace_id = w.id AND o.id < $1 ORDER BY o.id LIMIT $2
) AS old
WHERE d.workspace_id = w.id AND d.id = old.id

-- name: sealed
-- Gives a page of sealed secrets behind a place (all workspaces: the secret key is that of the installation).
SELECT workspace_id, id, secret, former_secret FROM webhook WHERE (workspace_id, id::text) > ($1, $2)
ORDER BY workspace_id, id::text LIMIT $3

-- name: reseal
-- Writes secrets that were sealed anew, unless others have taken their place meanwhile.
UPDATE webhook SET secret = $4, former_secret = $5
WHERE workspace_id = $1 AND id = $2 AND secret = $3
