-- name: add_hits
-- Keeps what came in, to be judged.
INSERT INTO hit (workspace_id, id, message_id, target, received_at, method, agent, network)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
ON CONFLICT DO NOTHING

-- name: messages_hit
-- Gives the messages of the oldest hits, at most $2 of those that came before $1, and how many of them each has (all
-- workspaces: the worker looks everywhere).
SELECT h.workspace_id, h.message_id, h.hits, m.contact_id, w.frozen_at
FROM (SELECT workspace_id, message_id, count(*) AS hits FROM (
        SELECT workspace_id, message_id FROM hit WHERE received_at < $1 ORDER BY received_at LIMIT $2
    ) AS oldest GROUP BY workspace_id, message_id) AS h
JOIN workspace AS w ON w.id = h.workspace_id
LEFT JOIN message AS m ON m.workspace_id = h.workspace_id AND m.id = h.message_id

-- name: take_hits
-- Takes out the oldest hits on messages, at most $3; two workers get no hit both.
DELETE FROM hit WHERE workspace_id = $1 AND ctid = ANY (ARRAY(
    SELECT ctid FROM hit WHERE workspace_id = $1 AND message_id = ANY ($2::uuid[]) ORDER BY received_at LIMIT $3
))
RETURNING id, message_id, target, received_at, method, agent, network

-- name: told
-- Gives those hits that were told before: each is an event with its id.
SELECT id FROM event WHERE workspace_id = $1 AND id = ANY ($2::uuid[])

-- name: messages
-- Gives what is known of messages that were hit. Their contacts are locked.
SELECT m.id, m.contact_id, m.kind, m.template_id, m.sequence_id, m.sequence_version, m.step, m.from_address, m.sent_at,
    m.opened_at, m.clicked_at, s.slug AS sequence, coalesce(e.depth, 0) AS depth
FROM message AS m JOIN contact AS c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
LEFT JOIN sequence AS s ON s.workspace_id = m.workspace_id AND s.id = m.sequence_id
LEFT JOIN enrollment AS e ON e.workspace_id = m.workspace_id AND e.id = m.source_id
WHERE m.workspace_id = $1 AND m.id = ANY($2::uuid[])

-- name: note_opened
-- Notes when messages were first opened.
UPDATE message SET opened_at = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND opened_at IS NULL

-- name: note_clicked
-- Notes when somebody first clicked in messages. Who clicks has opened, with or without pictures.
UPDATE message SET clicked_at = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND clicked_at IS NULL

-- name: tracking
-- Gives what is tracked in a workspace.
SELECT opens, clicks FROM tracking WHERE workspace_id = $1

-- name: set_tracking
-- Says what is tracked in a workspace.
INSERT INTO tracking AS t (workspace_id, opens, clicks) VALUES ($1, $2, $3)
ON CONFLICT (workspace_id) DO UPDATE SET opens = excluded.opens, clicks = excluded.clicks WHERE t.workspace_id = $1
