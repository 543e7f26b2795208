-- name: keep
-- Keeps what came in, once for each key.
INSERT INTO inbound (workspace_id, id, source, key, envelope, content, received_at, status, due_at)
SELECT $1, new.id, $2, new.key, $3::text[], new.content, $4, 'waiting', $4
FROM unnest($5::uuid[], $6::text[], $7::bytea[]) AS new (id, key, content)
ON CONFLICT DO NOTHING

-- name: keep_aside
-- Notes what could not be kept, with the reason.
INSERT INTO inbound (workspace_id, id, source, key, envelope, content, received_at, status, reason, due_at)
SELECT $1, new.id, $2, new.key, '{}', '', $3, 'quarantined', new.reason, $3
FROM unnest($4::uuid[], $5::text[], $6::text[]) AS new (id, key, reason)
ON CONFLICT DO NOTHING

-- name: take
-- Takes up what waits, for $2 seconds (all workspaces: the worker serves them all).
WITH next AS (
    SELECT workspace_id, id FROM inbound WHERE status = 'waiting' AND due_at <= $1
    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE inbound AS i SET attempts = i.attempts + 1, due_at = $1 + make_interval(secs => $2)
FROM next WHERE i.workspace_id = next.workspace_id AND i.id = next.id
RETURNING i.workspace_id, i.id, i.source, i.envelope, i.content, i.attempts

-- name: hold
-- Holds one that still waits for as long as the transaction lasts.
SELECT id FROM inbound WHERE workspace_id = $1 AND id = $2 AND status = 'waiting' FOR UPDATE

-- name: finish
-- Ends the work on one that still waits: it is done, and its content goes.
UPDATE inbound SET status = 'done', reason = $3, content = '', envelope = '{}'
WHERE workspace_id = $1 AND id = $2 AND status = 'waiting'

-- name: quarantine
-- Puts one aside that cannot be worked, with the reason.
UPDATE inbound SET status = 'quarantined', reason = $3
WHERE workspace_id = $1 AND id = $2 AND status = 'waiting'

-- name: list_quarantine
-- Gives what was put aside, newest first, behind $2.
SELECT id, source, reason, received_at, length(content) AS size FROM inbound
WHERE workspace_id = $1 AND status = 'quarantined' AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3

-- name: quarantined_content
-- Gives the content of one that was put aside.
SELECT source, content FROM inbound WHERE workspace_id = $1 AND id = $2 AND status = 'quarantined'

-- name: try_again
-- Has one that was put aside worked again, when there is something of it.
UPDATE inbound AS i SET status = 'waiting', reason = NULL, attempts = 0, due_at = $3
FROM (SELECT reason FROM inbound WHERE workspace_id = $1 AND id = $2 FOR UPDATE) AS was
WHERE i.workspace_id = $1 AND i.id = $2 AND i.status = 'quarantined' AND i.content <> ''
RETURNING i.id, i.source, was.reason, i.received_at, length(i.content) AS size

-- name: wait
-- Has one looked at again at $3.
UPDATE inbound SET due_at = $3 WHERE workspace_id = $1 AND id = $2 AND status = 'waiting'

-- name: forget_inbound
-- Deletes what was worked before $1, and what was put aside before $2 (all workspaces: the housekeeping looks
-- everywhere).
DELETE FROM inbound
WHERE (status = 'done' AND received_at < $1) OR (status = 'quarantined' AND received_at < $2)

-- name: key_of_message
-- Gives the send key of a message.
SELECT source_id, visit FROM message WHERE workspace_id = $1 AND id = $2

-- name: address_of
-- Gives the address that a mail went to.
SELECT to_address FROM message WHERE workspace_id = $1 AND source_id = $2 AND visit = $3

-- name: called_by_provider
-- Gives the send key of the mail that a provider calls by one of these ids.
SELECT source_id, visit FROM message WHERE workspace_id = $1 AND provider_id = ANY ($2::text[])
ORDER BY length(provider_id) DESC, id DESC LIMIT 1

-- name: newest_to
-- Gives the send key of the newest mail to a contact that left; with $3 only of those that no provider has named.
SELECT m.source_id, m.visit FROM message AS m
JOIN contact AS c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
WHERE m.workspace_id = $1 AND c.email_key = $2 AND m.status IN ('sent', 'in_doubt', 'delivered', 'bounced', 'complained')
    AND NOT ($3 AND m.provider_id IS NOT NULL)
ORDER BY m.id DESC LIMIT 1

-- name: find_message
-- Gives a message as news about it need it.
SELECT m.id, m.source_id, m.visit, m.kind, m.contact_id, m.sequence_id, m.sequence_version, q.slug AS sequence, m.step,
    m.template_id, m.from_address, m.to_address, m.status, coalesce(e.depth, 0) AS depth
FROM message AS m
LEFT JOIN sequence AS q ON q.workspace_id = m.workspace_id AND q.id = m.sequence_id
LEFT JOIN enrollment AS e ON e.workspace_id = m.workspace_id AND e.id = m.source_id
WHERE m.workspace_id = $1 AND m.source_id = $2 AND m.visit = $3

-- name: move_on
-- Writes what became of a message that had left, where it stands at one of $7; touches nothing otherwise.
UPDATE message SET status = $4, reason = $5, detail = coalesce($6, detail)
WHERE workspace_id = $1 AND source_id = $2 AND visit = $3 AND status = ANY ($7::text[])

-- name: forget_content
-- Throws away what came with the request for a mail, now that nobody will send it again.
DELETE FROM message_content WHERE workspace_id = $1 AND source_id = $2

-- name: count_soft
-- Counts a failure for now of an address, anew when the last one was before $4; gives how many there are in a row, and
-- since when.
INSERT INTO soft_bounce AS s (workspace_id, email_key, count, first_at, last_at) VALUES ($1, $2, 1, $3, $3)
ON CONFLICT (workspace_id, email_key) DO UPDATE SET
    count = CASE WHEN s.last_at < $4 THEN 1 ELSE s.count + 1 END,
    first_at = CASE WHEN s.last_at < $4 THEN $3 ELSE s.first_at END,
    last_at = $3
RETURNING count, first_at

-- name: forget_soft
-- Forgets the failures of an address.
DELETE FROM soft_bounce WHERE workspace_id = $1 AND email_key = $2

-- name: forget_soft_of
-- Forgets the failures of a contact's address.
DELETE FROM soft_bounce AS s USING contact AS c
WHERE s.workspace_id = $1 AND c.workspace_id = $1 AND c.id = $2 AND s.email_key = c.email_key

-- name: claim_mailbox
-- Takes up the mailbox that is due for the longest, until $3 (all workspaces: the worker serves them all).
WITH next AS (
    SELECT c.workspace_id, c.name, c.updated_at FROM connection AS c
    LEFT JOIN mailbox AS m ON m.workspace_id = c.workspace_id AND m.connection = c.name
    WHERE c.provider = 'imap' AND (m.due_at IS NULL OR m.due_at <= $1 OR m.connected_at <> c.updated_at)
    ORDER BY m.due_at NULLS FIRST LIMIT 1
)
INSERT INTO mailbox AS m (workspace_id, connection, connected_at, token, due_at)
SELECT workspace_id, name, updated_at, $2, $3 FROM next
ON CONFLICT (workspace_id, connection) DO UPDATE SET token = excluded.token, due_at = excluded.due_at,
    connected_at = excluded.connected_at
WHERE m.due_at <= $1 OR m.connected_at <> excluded.connected_at
RETURNING m.workspace_id, m.connection, m.place, m.uid_validity, m.uid, m.unmarked, m.failures, m.stuck_uid

-- name: move_cursor
-- Writes how far a mailbox was read, and keeps it until $8.
UPDATE mailbox SET place = $4, uid_validity = $5, uid = $6, unmarked = $7, failures = 0, stuck_uid = NULL, due_at = $8
WHERE workspace_id = $1 AND connection = $2 AND token = $3

-- name: marked
-- Notes that all that is kept is marked or moved.
UPDATE mailbox SET unmarked = '{}' WHERE workspace_id = $1 AND connection = $2 AND token = $3

-- name: release_mailbox
-- Gives a mailbox back that was read, until $4.
UPDATE mailbox SET due_at = $4, failures = 0, stuck_uid = NULL
WHERE workspace_id = $1 AND connection = $2 AND token = $3

-- name: mailbox_failed
-- Gives a mailbox back that could not be read, until $6, with how often in a row and at which mail.
UPDATE mailbox SET failures = $4, stuck_uid = $5, due_at = $6 WHERE workspace_id = $1 AND connection = $2 AND token = $3

-- name: forget_mailboxes
-- Deletes what is known of mailboxes without a connection (all workspaces: the housekeeping looks everywhere).
DELETE FROM mailbox AS m WHERE NOT EXISTS (
    SELECT 1 FROM connection AS c
    WHERE c.workspace_id = m.workspace_id AND c.name = m.connection AND c.provider = 'imap')
