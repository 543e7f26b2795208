-- name: find_contact_by_id
-- Gives one contact by id.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.id = $2;

-- name: find_contact_by_email
-- Gives one contact by the key of its address.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.email_key = $2;

-- name: find_contact_by_user_id
-- Gives one contact by the id that the workspace's own product has for the person.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.user_id = $2;

-- name: find_contacts
-- Gives the contacts with these ids, in id order.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[]) ORDER BY c.id;

-- name: list_contacts
-- Gives a page of contacts, newest first: those below an id, with a part of the address, suppressed or not.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c
WHERE c.workspace_id = $1
    AND ($2::uuid IS NULL OR c.id < $2)
    AND ($3::text IS NULL OR strpos(c.email_key, $3) > 0)
    AND ($4::boolean IS NULL
        OR $4 = EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key))
ORDER BY c.id DESC LIMIT $5;

-- name: find_ids_by_email
-- Gives the ids of the contacts with these keys of addresses.
SELECT id, email_key FROM contact WHERE workspace_id = $1 AND email_key = ANY ($2::text[]);

-- name: find_ids_by_user_id
-- Gives the ids of the contacts with these user ids.
SELECT id, user_id FROM contact WHERE workspace_id = $1 AND user_id = ANY ($2::text[]);

-- name: insert_missing_contacts
-- Adds contacts that have nothing but an address, and gives those that were not there. Rows come in the order of
-- their keys, so that two transactions that add the same people wait for each other and never in a circle.
INSERT INTO contact (workspace_id, id, email, email_key, created_at, updated_at)
SELECT $1, m.id, m.email, m.email_key, $5, $5
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS m (id, email, email_key)
ON CONFLICT (workspace_id, email_key) DO NOTHING
RETURNING id, email_key;

-- name: update_contacts
-- Writes what can change about contacts, one array for each column.
UPDATE contact c
SET properties = n.properties, user_id = n.user_id, timezone = n.timezone, unsubscribed_at = n.unsubscribed_at,
    updated_at = $7
FROM unnest($2::uuid[], $3::jsonb[], $4::text[], $5::text[], $6::timestamptz[])
    AS n (id, properties, user_id, timezone, unsubscribed_at)
WHERE c.workspace_id = $1 AND c.id = n.id;

-- name: lock_contacts
-- Locks contacts in the order of their ids and gives the ids of those that are there.
SELECT id FROM contact WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: lock_user_ids
-- Makes other transactions that want the same user ids wait until this one ends. In order, whoever asks.
SELECT pg_advisory_xact_lock(hashtextextended(workspace_id::text || ' ' || u.user_id, 0))
FROM (SELECT $1::uuid AS workspace_id) w, (SELECT unnest($2::text[]) AS user_id ORDER BY 1) u
WHERE workspace_id = $1;

-- name: delete_contact
-- Erases a contact.
DELETE FROM contact WHERE workspace_id = $1 AND id = $2;

-- name: suppress
-- Marks an address as never to be mailed. Touches nothing when it already was.
INSERT INTO suppression (workspace_id, email_key, reason, detail, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: unsuppress
-- Lets an address be mailed again. Touches nothing when it could be.
DELETE FROM suppression WHERE workspace_id = $1 AND email_key = $2;

-- name: find_suppression
-- Gives why an address must not be mailed.
SELECT email_key, reason, detail, created_at FROM suppression WHERE workspace_id = $1 AND email_key = $2;
