-- name: cancel
-- Takes out unclaimed mail of enrollments that have ended, and ends what else they asked for.
WITH called_off AS (
    UPDATE effect AS f SET phase = 'settled', held = NULL, outcome = 'skipped', reason = ended.reason, detail = NULL,
        settled_at = $4
    FROM unnest($2::uuid[], $3::text[]) AS ended(source_id, reason)
    WHERE f.workspace_id = $1 AND f.source_id = ended.source_id AND f.phase = 'ready'
), gone AS (
    DELETE FROM outbox AS o USING unnest($2::uuid[], $3::text[]) AS ended(source_id, reason)
    WHERE o.workspace_id = $1 AND o.source_id = ended.source_id AND o.phase = 'ready'
    RETURNING o.source_id, o.visit, ended.reason, o.attempts
)
UPDATE message AS m SET status = 'skipped', reason = gone.reason, attempts = gone.attempts, settled_at = $4
FROM gone WHERE m.workspace_id = $1 AND m.source_id = gone.source_id AND m.visit = gone.visit AND m.status = 'queued'
RETURNING m.from_address, m.template_id, m.sequence_id, m.sequence_version, m.step, gone.reason

-- name: skip_held
-- Takes out unclaimed mail of enrollments that is held because of a pause, or was due by $4; gives it, with when it was
-- asked for.
WITH gone AS (
    DELETE FROM outbox AS o WHERE o.workspace_id = $1 AND o.source_id = ANY($2::uuid[]) AND o.phase = 'ready'
        AND (o.held = 'paused' OR (o.held IS NULL AND o.due_at <= $4))
    RETURNING o.source_id, o.visit, o.attempts
)
UPDATE message AS m SET status = 'skipped', reason = $3, attempts = gone.attempts, settled_at = $4
FROM gone WHERE m.workspace_id = $1 AND m.source_id = gone.source_id AND m.visit = gone.visit AND m.status = 'queued'
RETURNING m.source_id, m.visit, m.queued_at, m.from_address, m.template_id, m.sequence_id, m.sequence_version, m.step

-- name: count_held
-- Counts unclaimed mail of a sequence that is held because of a pause, or was due by $3.
SELECT count(*) FROM outbox WHERE workspace_id = $1 AND sequence_id = $2 AND phase = 'ready'
    AND (held = 'paused' OR (held IS NULL AND due_at <= $3))

-- name: release
-- Lets held mail move, $5 apart, and with it whatever else is held of a sequence.
WITH released AS (
    UPDATE effect SET held = NULL, reason = NULL, due_at = $4 WHERE workspace_id = $1 AND held = $2 AND sequence_id = $3
)
UPDATE outbox AS o SET held = NULL, reason = NULL, due_at = $4::timestamptz + $5::interval * (waiting.place - 1)
FROM (
    SELECT source_id, visit, row_number() OVER (ORDER BY due_at, source_id) AS place FROM outbox
    WHERE workspace_id = $1 AND held = $2 AND ($3::uuid IS NULL OR sequence_id = $3)
) AS waiting
WHERE o.workspace_id = $1 AND o.source_id = waiting.source_id AND o.visit = waiting.visit AND o.held = $2

-- name: release_left_over
-- Lets mail move that a pause held at the moment in which its sequence became active again (all workspaces: the sweep
-- looks everywhere).
UPDATE outbox AS o SET held = NULL, reason = NULL FROM sequence AS s
WHERE o.held = 'paused' AND s.workspace_id = o.workspace_id AND s.id = o.sequence_id AND s.status = 'active'

-- name: release_stranded
-- Lets mail move that had nowhere to go and has now: workspaces of the modes $1 need no connection of their own (all
-- workspaces: the sweep looks everywhere).
UPDATE outbox AS o SET held = NULL, reason = NULL FROM workspace AS w
WHERE o.held = 'no_transport' AND w.id = o.workspace_id AND (w.mode = ANY($1::text[]) OR EXISTS (
    SELECT 1 FROM connection AS c WHERE c.workspace_id = o.workspace_id AND c.provider = ANY($2::text[])
        AND (c.domains = '{}' OR split_part(o.lane, '/', 1) = ANY(c.domains))))

-- name: lanes
-- Gives each lane with ready mail and its first due time, by skipping from lane to lane in the index (all workspaces
-- unless $1 names some: the worker plans with it).
WITH RECURSIVE lane AS (
    (SELECT workspace_id, lane, priority, due_at FROM outbox WHERE phase = 'ready' AND held IS NULL
     ORDER BY workspace_id, lane, priority, due_at LIMIT 1)
    UNION ALL
    SELECT next.workspace_id, next.lane, next.priority, next.due_at FROM lane CROSS JOIN LATERAL (
        SELECT o.workspace_id, o.lane, o.priority, o.due_at FROM outbox AS o
        WHERE o.phase = 'ready' AND o.held IS NULL
            AND (o.workspace_id, o.lane, o.priority) > (lane.workspace_id, lane.lane, lane.priority)
        ORDER BY o.workspace_id, o.lane, o.priority, o.due_at LIMIT 1
    ) AS next
)
SELECT lane.workspace_id, lane.lane, lane.priority, lane.due_at, w.mode, w.frozen_at
FROM lane JOIN workspace AS w ON w.id = lane.workspace_id
WHERE $1::uuid[] IS NULL OR lane.workspace_id = ANY($1)

-- name: is_leased
-- Says whether some worker has mail of this workspace in its hands.
SELECT EXISTS (SELECT 1 FROM outbox WHERE workspace_id = $1 AND phase <> 'ready')

-- name: claim
-- Leases ready mail of one lane that is due.
WITH free AS MATERIALIZED (
    SELECT source_id, visit FROM outbox
    WHERE workspace_id = $1 AND lane = $2 AND priority = $3 AND phase = 'ready' AND held IS NULL AND due_at <= $4
    ORDER BY due_at LIMIT $5
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET phase = 'claimed', lease_token = $6, lease_until = $7
FROM free WHERE o.workspace_id = $1 AND o.source_id = free.source_id AND o.visit = free.visit
RETURNING o.source_id, o.visit

-- name: load_letters
-- Gives all that a letter is written from and the gate judges by, for mail under the lease $2.
SELECT o.source_id, o.visit, o.attempts, o.first_tried_at, m.id, m.kind, m.step, m.template_id, m.from_address,
    m.queued_at, t.version AS template_version, m.sequence_id, o.contact_id,
    s.slug AS sequence_slug, s.status AS sequence_status,
    e.status AS enrollment_status, e.version AS sequence_version, e.visits,
    e.entered_with, e.depth, e.enrolled_at, e.discount, coalesce(e.entered_by, e.id) AS anchor, r.reply_to,
    c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    i.data AS given_data, i.to_email AS given_email, i.to_key AS given_key, i.subject AS given_subject,
    i.html AS given_html, i.text AS given_text, i.asks_consent,
    EXISTS (SELECT 1 FROM suppression AS x
        WHERE x.workspace_id = $1 AND x.email_key = coalesce(i.to_key, c.email_key)) AS suppressed,
    ARRAY(SELECT g.tag FROM contact_tag AS g WHERE g.workspace_id = $1 AND g.contact_id = o.contact_id) AS tags,
    coalesce((SELECT d.version FROM mail_defaults AS d WHERE d.workspace_id = $1), 0) AS defaults_version,
    c.untracked IS NOT TRUE AND coalesce(i.tracks_opens, k.opens, true) AS tracks_opens,
    c.untracked IS NOT TRUE AND coalesce(i.tracks_clicks, k.clicks, true) AS tracks_clicks
FROM outbox AS o
LEFT JOIN tracking AS k ON k.workspace_id = o.workspace_id
JOIN message AS m ON m.workspace_id = o.workspace_id AND m.source_id = o.source_id AND m.visit = o.visit
LEFT JOIN message_content AS i ON i.workspace_id = o.workspace_id AND i.source_id = o.source_id
LEFT JOIN enrollment AS e ON e.workspace_id = o.workspace_id AND e.id = o.source_id
LEFT JOIN sequence AS s ON s.workspace_id = o.workspace_id AND s.id = m.sequence_id
LEFT JOIN contact AS c ON c.workspace_id = o.workspace_id AND c.id = o.contact_id
LEFT JOIN template AS t ON t.workspace_id = o.workspace_id AND t.id = m.template_id
LEFT JOIN sender AS r ON r.workspace_id = o.workspace_id
    AND r.email_key = lower(coalesce(substring(m.from_address FROM '<([^<>]*)>$'), m.from_address))
WHERE o.workspace_id = $1 AND o.lease_token = $2 AND o.source_id = ANY($3::uuid[]) AND o.phase <> 'ready'

-- name: start_handing
-- Marks mail as about to be handed over, and renews its lease; gives those whose lease is still ours.
UPDATE outbox SET phase = 'handing', lease_until = $4, first_tried_at = coalesce(first_tried_at, $5)
WHERE workspace_id = $1 AND lease_token = $2 AND source_id = ANY($3::uuid[]) AND phase = 'claimed'
RETURNING source_id, visit

-- name: put_back
-- Gives leased mail back to its lane: due again, held, with the reason and what was tried.
UPDATE outbox AS o SET phase = 'ready', lease_token = NULL, lease_until = NULL, due_at = coalesce(back.due_at, o.due_at),
    held = back.held, attempts = o.attempts + back.tried, reason = back.reason, detail = back.detail
FROM unnest($3::uuid[], $4::integer[], $5::timestamptz[], $6::text[], $7::smallint[], $8::text[], $9::text[])
    AS back(source_id, visit, due_at, held, tried, reason, detail)
WHERE o.workspace_id = $1 AND o.lease_token = $2 AND o.source_id = back.source_id AND o.visit = back.visit

-- name: take_out
-- Takes settled mail out of the outbox; gives it, with the attempts made, where the lease is still ours.
DELETE FROM outbox AS o USING unnest($3::uuid[], $4::integer[]) AS done(source_id, visit)
WHERE o.workspace_id = $1 AND o.lease_token = $2 AND o.source_id = done.source_id AND o.visit = done.visit
RETURNING o.source_id, o.visit, o.attempts

-- name: settle
-- Writes what became of messages.
UPDATE message AS m SET status = done.status, reason = done.reason, detail = done.detail, attempts = done.attempts,
    to_address = done.to_address, subject = done.subject, template_version = done.template_version,
    sent_at = done.sent_at, settled_at = $12, carrier = done.carrier, provider_id = done.provider_id
FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[],
    $10::integer[], $11::timestamptz[], $13::text[], $14::text[])
    AS done(source_id, visit, status, reason, detail, attempts, to_address, subject, template_version, sent_at,
        carrier, provider_id)
WHERE m.workspace_id = $1 AND m.source_id = done.source_id AND m.visit = done.visit

-- name: forget_content
-- Throws away what came with requests for mail.
DELETE FROM message_content WHERE workspace_id = $1 AND source_id = ANY($2::uuid[])

-- name: parked
-- Gives the cursors of enrollments that wait for these messages.
SELECT e.id, e.sequence_id, e.version, e.step, e.since, e.visits
FROM enrollment AS e JOIN unnest($2::uuid[], $3::integer[]) AS done(source_id, visit)
    ON e.id = done.source_id AND e.visits = done.visit
WHERE e.workspace_id = $1 AND e.status = 'active' AND e.due_at IS NULL

-- name: expired
-- Gives mail whose worker fell silent (all workspaces: the sweep looks everywhere).
SELECT o.workspace_id, o.source_id, o.visit, o.phase, o.lease_token, o.contact_id, w.mode, w.frozen_at
FROM outbox AS o JOIN workspace AS w ON w.id = o.workspace_id
WHERE o.phase <> 'ready' AND o.lease_until < $1 LIMIT 500

-- name: still_expired
-- Gives mail of the lease $2 as it is now, where that had run out at $3.
SELECT source_id, visit, phase FROM outbox
WHERE workspace_id = $1 AND lease_token = $2 AND phase <> 'ready' AND lease_until < $3 AND source_id = ANY($4::uuid[])

-- name: old_doubts
-- Gives messages in doubt since before $2 (all workspaces where $1 is null: the sweep looks everywhere).
SELECT workspace_id, source_id, visit, contact_id FROM message
WHERE status = 'in_doubt' AND settled_at < $2 AND ($1::uuid IS NULL OR workspace_id = $1) LIMIT 500

-- name: doubts_to_ask_about
-- Gives messages in doubt whose age in units of $3 has reached a further power of two since $4: so each is asked about
-- after 2, 4, 8 of them, and so on, without a note of it (all workspaces: the sweep looks everywhere).
SELECT m.workspace_id, m.source_id, m.visit, m.contact_id, m.from_address, m.carrier FROM (
    SELECT d.workspace_id, d.source_id, d.visit, d.contact_id, d.from_address, d.carrier, d.settled_at,
        extract(epoch FROM $1::timestamptz - d.settled_at) / extract(epoch FROM $3::interval) AS age,
        extract(epoch FROM $4::timestamptz - d.settled_at) / extract(epoch FROM $3::interval) AS age_before
    FROM message AS d WHERE d.status = 'in_doubt' AND d.settled_at > $2 AND d.settled_at <= $1 - 2 * $3::interval
) AS m JOIN workspace AS w ON w.id = m.workspace_id AND w.mode = 'live'
WHERE floor(log(2, m.age)) > floor(log(2, greatest(m.age_before, 1))) ORDER BY m.settled_at LIMIT 500

-- name: resolve_doubt
-- Counts a message in doubt as sent: the provider has it. Gives it as an event about it needs it.
WITH ended AS (
    UPDATE message AS m SET status = 'sent', reason = 'found_at_provider', carrier = $4, provider_id = $5
    WHERE m.workspace_id = $1 AND m.source_id = $2 AND m.visit = $3 AND m.status = 'in_doubt'
    RETURNING m.id, m.source_id, m.kind, m.contact_id, m.template_id, m.sequence_id, m.step
), forgotten AS (
    DELETE FROM message_content AS i USING ended WHERE i.workspace_id = $1 AND i.source_id = ended.source_id
)
SELECT d.id, d.kind, d.contact_id, d.template_id, d.sequence_id, q.slug AS sequence, d.step,
    coalesce(e.depth, 0) AS depth
FROM ended AS d
LEFT JOIN sequence AS q ON q.workspace_id = $1 AND q.id = d.sequence_id
LEFT JOIN enrollment AS e ON e.workspace_id = $1 AND e.id = d.source_id

-- name: end_doubts
-- Counts messages in doubt as sent, which is the likelier of the two.
WITH ended AS (
    UPDATE message AS m SET status = 'sent', reason = 'in_doubt_expired'
    FROM unnest($2::uuid[], $3::integer[]) AS old(source_id, visit)
    WHERE m.workspace_id = $1 AND m.source_id = old.source_id AND m.visit = old.visit AND m.status = 'in_doubt'
    RETURNING m.source_id
)
DELETE FROM message_content AS i USING ended WHERE i.workspace_id = $1 AND i.source_id = ended.source_id

-- name: add_to_inbox
-- Keeps a caught mail, once.
INSERT INTO inbox (workspace_id, id, source_id, visit, to_key, content, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, source_id, visit) DO NOTHING

-- name: list_inbox
-- Gives caught mail, newest first, to one address where one is given, before the id $3.
SELECT i.id, i.content, m.kind, s.slug AS sequence, m.step, coalesce(m.sent_at, i.received_at) AS sent_at
FROM inbox AS i JOIN message AS m
    ON m.workspace_id = i.workspace_id AND m.source_id = i.source_id AND m.visit = i.visit
LEFT JOIN sequence AS s ON s.workspace_id = m.workspace_id AND s.id = m.sequence_id
WHERE i.workspace_id = $1 AND ($2::text IS NULL OR i.to_key = $2) AND ($3::uuid IS NULL OR i.id < $3)
ORDER BY i.id DESC LIMIT $4

-- name: raw_mail
-- Gives one caught mail to the byte.
SELECT content FROM inbox WHERE workspace_id = $1 AND id = $2

-- name: clear_inbox
-- Throws all caught mail away.
DELETE FROM inbox WHERE workspace_id = $1

-- name: sends
-- Gives messages, newest first, before the id $6, of one status, contact, sequence, template or kind where one is given.
-- What the outbox knows better (sending, held, deferred) is read there, and that a limit is used up in the budgets.
SELECT m.id, m.source_id, m.visit, m.kind, m.contact_id, c.email, m.sequence_id, s.slug AS sequence, m.step,
    m.template_id, t.slug AS template, m.template_version, m.from_address, m.to_address, m.subject, shown.status,
    coalesce(o.held, l.reason, o.reason, m.reason) AS reason, coalesce(o.detail, m.detail) AS detail,
    coalesce(o.attempts, m.attempts) AS attempts,
    CASE WHEN o.held IS NULL AND o.phase = 'ready' THEN o.due_at END AS next_attempt_at,
    m.queued_at, m.scheduled_for, m.carrier, m.provider_id, m.sent_at, m.settled_at, m.resent_as
FROM message AS m
LEFT JOIN outbox AS o ON o.workspace_id = m.workspace_id AND o.source_id = m.source_id AND o.visit = m.visit
LEFT JOIN sequence AS s ON s.workspace_id = m.workspace_id AND s.id = m.sequence_id
LEFT JOIN template AS t ON t.workspace_id = m.workspace_id AND t.id = m.template_id
LEFT JOIN contact AS c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
LEFT JOIN LATERAL (
    SELECT CASE WHEN starts_with(b.name, 'domain:') THEN 'warmup' ELSE 'rate' END AS reason
    FROM budget AS b JOIN workspace AS w ON w.id = b.workspace_id
    WHERE b.workspace_id = $1 AND b.used >= b.capacity AND o.due_at <= coalesce(w.frozen_at, now())
        AND b.window_start + make_interval(secs => b.period_seconds) > coalesce(w.frozen_at, now())
        AND b.name IN ('rate:all', 'domain:' || split_part(o.lane, '/', 1) || '/day', 'rate:' || split_part(o.lane, '/', 2))
    ORDER BY b.name LIMIT 1
) AS l ON o.phase = 'ready'
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.source_id IS NULL THEN m.status WHEN o.phase <> 'ready' THEN 'sending'
        WHEN o.held IS NOT NULL THEN 'held'
        WHEN o.attempts > 0 OR o.reason IS NOT NULL OR l.reason IS NOT NULL THEN 'deferred' ELSE m.status END AS status
) AS shown
WHERE m.workspace_id = $1 AND ($2::uuid IS NULL OR m.contact_id = $2) AND ($3::uuid IS NULL OR m.sequence_id = $3)
    AND ($4::uuid IS NULL OR m.template_id = $4) AND ($5::text IS NULL OR $5 = shown.status)
    AND ($6::uuid IS NULL OR m.id < $6) AND ($7::uuid IS NULL OR m.id = $7) AND ($9::text IS NULL OR m.kind = $9)
ORDER BY m.id DESC LIMIT $8

-- name: renew
-- Renews a lease. Mail that is being written about at this moment is passed over: waiting for it could deadlock.
WITH free AS MATERIALIZED (
    SELECT source_id, visit FROM outbox WHERE workspace_id = $1 AND lease_token = $2 AND phase <> 'ready'
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET lease_until = $3
FROM free WHERE o.workspace_id = $1 AND o.source_id = free.source_id AND o.visit = free.visit

-- name: forget_caught_mail
-- Erases the caught mail of a contact, and that of tests that went to their address.
DELETE FROM inbox AS i USING message AS m
WHERE i.workspace_id = $1 AND m.workspace_id = $1 AND i.source_id = m.source_id AND i.visit = m.visit
    AND (m.contact_id = $2 OR m.contact_id IS NULL AND lower(m.to_address) = (
        SELECT c.email_key FROM contact AS c WHERE c.workspace_id = $1 AND c.id = $2))

-- name: forget_requests
-- Takes out unclaimed mail that no run asked for of a contact, and erases what came with the requests for it.
WITH asked AS (
    SELECT m.source_id FROM message AS m
    JOIN message_content AS i ON i.workspace_id = m.workspace_id AND i.source_id = m.source_id
    WHERE m.workspace_id = $1 AND m.contact_id = $2 AND m.visit = 0
), gone AS (
    DELETE FROM outbox AS o USING asked
    WHERE o.workspace_id = $1 AND o.source_id = asked.source_id AND o.visit = 0 AND o.phase = 'ready'
    RETURNING o.source_id, o.attempts
), erased AS (
    DELETE FROM message_content AS i USING asked WHERE i.workspace_id = $1 AND i.source_id = asked.source_id
)
UPDATE message AS m SET status = 'skipped', reason = 'contact_deleted', attempts = gone.attempts, settled_at = $3
FROM gone WHERE m.workspace_id = $1 AND m.source_id = gone.source_id AND m.visit = 0

-- name: forget_messages
-- Blanks address, subject and replies of a contact's messages, and of tests that went to their address.
UPDATE message AS m SET to_address = NULL, subject = NULL, detail = NULL
WHERE m.workspace_id = $1 AND (m.contact_id = $2 OR m.contact_id IS NULL AND lower(m.to_address) = (
    SELECT c.email_key FROM contact AS c WHERE c.workspace_id = $1 AND c.id = $2))

-- name: frequency_cap
-- Gives the cap of a workspace.
SELECT most, within_seconds FROM frequency_cap WHERE workspace_id = $1

-- name: set_frequency_cap
-- Caps a workspace.
INSERT INTO frequency_cap AS f (workspace_id, most, within_seconds) VALUES ($1, $2, $3)
ON CONFLICT (workspace_id) DO UPDATE SET most = excluded.most, within_seconds = excluded.within_seconds
WHERE f.workspace_id = $1

-- name: remove_frequency_cap
-- Caps a workspace no more.
DELETE FROM frequency_cap WHERE workspace_id = $1

-- name: mailed_lately
-- Gives when contacts were mailed since $3, oldest first; what is being handed over counts as mailed at $4.
SELECT contact_id, at FROM (
    SELECT m.contact_id, m.sent_at AS at FROM message AS m
    WHERE m.workspace_id = $1 AND m.contact_id = ANY($2::uuid[]) AND m.sent_at > $3 AND m.kind = 'sequence'
    UNION ALL
    SELECT o.contact_id, $4 FROM outbox AS o
    WHERE o.workspace_id = $1 AND o.phase = 'handing' AND o.contact_id = ANY($2::uuid[]) AND o.priority > 0
) AS mailed ORDER BY at

-- name: messages_before
-- Gives the messages to a contact before the place ($3, $4), those that were asked for last first. The order is that of
-- the asking, which does not change when a message moves on. That a limit is used up is read in the budgets.
SELECT m.id, m.queued_at AS at, m.kind, m.subject, m.step, m.sequence_id, s.slug AS sequence, t.slug AS template,
    CASE WHEN o.source_id IS NULL THEN m.status WHEN o.phase <> 'ready' THEN 'sending' WHEN o.held IS NOT NULL THEN 'held'
         WHEN o.attempts > 0 OR o.reason IS NOT NULL OR l.reason IS NOT NULL THEN 'deferred' ELSE m.status END AS status,
    coalesce(o.held, l.reason, o.reason, m.reason) AS reason, coalesce(o.detail, m.detail) AS detail, m.sent_at
FROM message AS m
LEFT JOIN outbox AS o ON o.workspace_id = m.workspace_id AND o.source_id = m.source_id AND o.visit = m.visit
LEFT JOIN sequence AS s ON s.workspace_id = m.workspace_id AND s.id = m.sequence_id
LEFT JOIN template AS t ON t.workspace_id = m.workspace_id AND t.id = m.template_id
LEFT JOIN LATERAL (
    SELECT CASE WHEN starts_with(b.name, 'domain:') THEN 'warmup' ELSE 'rate' END AS reason
    FROM budget AS b JOIN workspace AS w ON w.id = b.workspace_id
    WHERE b.workspace_id = $1 AND b.used >= b.capacity AND o.due_at <= coalesce(w.frozen_at, now())
        AND b.window_start + make_interval(secs => b.period_seconds) > coalesce(w.frozen_at, now())
        AND b.name IN ('rate:all', 'domain:' || split_part(o.lane, '/', 1) || '/day', 'rate:' || split_part(o.lane, '/', 2))
    ORDER BY b.name LIMIT 1
) AS l ON o.phase = 'ready'
WHERE m.workspace_id = $1 AND m.contact_id = $2 AND (m.queued_at, m.id) < ($3, $4)
ORDER BY m.queued_at DESC, m.id DESC LIMIT $5

-- name: add_sender
-- Adds a sender; no row when the address has one.
INSERT INTO sender (workspace_id, id, name, email, email_key, reply_to, is_default, created_at)
VALUES ($1, $2, $3, $4, $5, $6, false, $7)
ON CONFLICT (workspace_id, email_key) DO NOTHING

-- name: lock_senders
-- Lets one at a time become the default, also of two that are made at the same moment.
SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE

-- name: clear_default_sender
-- Leaves no default.
UPDATE sender SET is_default = false WHERE workspace_id = $1 AND is_default

-- name: change_sender
-- Writes a sender.
UPDATE sender SET name = $3, reply_to = $4, is_default = $5 WHERE workspace_id = $1 AND id = $2

-- name: find_sender
-- Gives a sender by id or address.
SELECT id, name, email, reply_to, is_default, created_at FROM sender
WHERE workspace_id = $1 AND (id = $2 OR email_key = $3)

-- name: list_senders
-- Gives a page of senders, oldest first: those after an id.
SELECT id, name, email, reply_to, is_default, created_at FROM sender
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3

-- name: delete_sender
-- Erases a sender.
DELETE FROM sender WHERE workspace_id = $1 AND id = $2

-- name: default_sender
-- Gives the default sender.
SELECT id, name, email, reply_to, is_default, created_at FROM sender WHERE workspace_id = $1 AND is_default

-- name: senders_by_address
-- Gives the ids of senders by their addresses.
SELECT email_key, id FROM sender WHERE workspace_id = $1 AND email_key = ANY($2::text[])

-- name: ask
-- Queues a mail that no run asked for: in the ledger, with what came with it, and in the outbox.
WITH asked AS (
    INSERT INTO message (workspace_id, source_id, visit, id, kind, contact_id, template_id, from_address, to_address,
        queued_at, scheduled_for, status)
    VALUES ($1, $2, 0, $2, $3, $4, $5, $6, $7, $14, $15, 'queued')
    RETURNING workspace_id, source_id, visit, contact_id
), kept AS (
    INSERT INTO message_content (workspace_id, source_id, to_email, to_key, data, subject, html, text, asks_consent,
        created_at, tracks_opens, tracks_clicks)
    VALUES ($1, $2, $7, $8, $9, $10, $11, $12, $13, $14, $18, $19)
)
INSERT INTO outbox (workspace_id, source_id, visit, contact_id, lane, priority, due_at)
SELECT asked.workspace_id, asked.source_id, asked.visit, asked.contact_id, $16, $17, greatest($14::timestamptz, $15)
FROM asked WHERE asked.workspace_id = $1

-- name: take_message_key
-- Claims an idempotency key for a message, where it is free or forgotten. $5 is the age at which one is forgotten.
INSERT INTO message_key AS k (workspace_id, key, message_id, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id, key) DO UPDATE SET message_id = excluded.message_id, created_at = excluded.created_at
WHERE k.workspace_id = $1 AND k.created_at < $5

-- name: message_of_key
-- Gives the message that was asked for under a key.
SELECT message_id FROM message_key WHERE workspace_id = $1 AND key = $2

-- name: forget_message_keys
-- Deletes keys that are older than $1 (all workspaces: the housekeeping looks everywhere).
DELETE FROM message_key WHERE created_at < $1

-- name: claim_one
-- Leases one mail that nobody has in hand, to take it out.
UPDATE outbox SET phase = 'claimed', lease_token = $4, lease_until = $5
WHERE workspace_id = $1 AND source_id = $2 AND visit = $3 AND phase = 'ready'

-- name: mark_resent
-- Lets a message in doubt name the one by which it is sent again; not twice.
UPDATE message SET resent_as = $3
WHERE workspace_id = $1 AND id = $2 AND status = 'in_doubt' AND resent_as IS NULL

-- name: hand_content_on
-- Gives what came with the request for one message to another.
UPDATE message_content SET source_id = $3 WHERE workspace_id = $1 AND source_id = $2

-- name: give_content_of_run
-- Gives a message what the run of another one would render it with.
INSERT INTO message_content (workspace_id, source_id, data, asks_consent, created_at)
SELECT e.workspace_id, $3, jsonb_build_object('event', e.entered_with, 'discount', e.discount), true, $4
FROM enrollment AS e WHERE e.workspace_id = $1 AND e.id = $2

-- name: ask_again
-- Queues a message once more, as the message $3.
WITH again AS (
    INSERT INTO message (workspace_id, source_id, visit, id, kind, contact_id, sequence_id, sequence_version, step,
        template_id, from_address, to_address, queued_at, status)
    SELECT m.workspace_id, $3, 0, $3, m.kind, m.contact_id, m.sequence_id, m.sequence_version, m.step,
        m.template_id, m.from_address, m.to_address, $4, 'queued'
    FROM message AS m WHERE m.workspace_id = $1 AND m.id = $2
    RETURNING workspace_id, source_id, visit, contact_id, queued_at
)
INSERT INTO outbox (workspace_id, source_id, visit, contact_id, lane, priority, due_at)
SELECT again.workspace_id, again.source_id, again.visit, again.contact_id, $5, $6, again.queued_at FROM again

-- name: waiting_with_template
-- Counts mail that no run asked for and that still needs a template.
SELECT count(*) FROM message_content AS i
JOIN message AS m ON m.workspace_id = i.workspace_id AND m.source_id = i.source_id AND m.visit = 0
WHERE i.workspace_id = $1 AND m.template_id = $2 AND m.status = 'queued'

-- name: limited_families
-- Gives the families of mailbox providers that have a rate (all workspaces: each worker knows them).
SELECT workspace_id, name FROM budget WHERE starts_with(name, $1) AND name = ANY($2::text[])

-- name: families_of_hosts
-- Gives what is known of recipients' domains.
SELECT domain, family FROM mail_host WHERE workspace_id = $1 AND domain = ANY($2::text[])

-- name: note_hosts
-- Notes recipients' domains that somebody is to look up.
INSERT INTO mail_host (workspace_id, domain) SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING

-- name: recipients_queued
-- Gives the domains that ready mail goes to.
SELECT DISTINCT split_part(c.email_key, '@', 2) AS domain
FROM outbox AS o JOIN contact AS c ON c.workspace_id = o.workspace_id AND c.id = o.contact_id
WHERE o.workspace_id = $1 AND o.phase = 'ready'

-- name: move_lanes
-- Puts ready mail to the domains $2 into the lanes of their families.
UPDATE outbox AS o SET lane = split_part(o.lane, '/', 1) || '/' || f.family
FROM contact AS c, unnest($2::text[], $3::text[]) AS f(domain, family)
WHERE o.workspace_id = $1 AND c.workspace_id = $1 AND c.id = o.contact_id AND o.phase = 'ready'
    AND split_part(c.email_key, '@', 2) = f.domain

-- name: hosts_to_look_up
-- Gives recipients' domains that nobody has looked up (all workspaces: a worker asks for what is to be done).
SELECT workspace_id, domain FROM mail_host WHERE checked_at IS NULL LIMIT $1

-- name: note_families
-- Writes which families take the mail of recipients' domains.
UPDATE mail_host AS h SET family = f.family, checked_at = $4
FROM unnest($2::text[], $3::text[]) AS f(domain, family) WHERE h.workspace_id = $1 AND h.domain = f.domain

-- name: forget_hosts
-- Has recipients' domains looked up again that were looked up before $1 (all workspaces: they grow old alike).
UPDATE mail_host SET checked_at = NULL WHERE checked_at < $1

-- name: converted
-- Gives the goals of the runs $2, each with the last mail that the run had sent by then; without one the step is empty.
SELECT c.at, c.sequence_id, coalesce(m.sequence_version, e.version) AS version, coalesce(m.step, '') AS step,
    m.template_id
FROM conversion AS c JOIN enrollment AS e ON e.workspace_id = c.workspace_id AND e.id = c.enrollment_id
LEFT JOIN LATERAL (
    SELECT sequence_version, step, template_id FROM message
    WHERE workspace_id = $1 AND source_id = c.enrollment_id AND sent_at <= c.at ORDER BY visit DESC LIMIT 1
) AS m ON true
WHERE c.workspace_id = $1 AND c.enrollment_id = ANY($2::uuid[])

-- name: note_unsubscribed
-- Notes when somebody first unsubscribed by a link in a message, and gives what it counts for. Nothing for a repeat.
UPDATE message SET unsubscribed_at = $3 WHERE workspace_id = $1 AND id = $2 AND unsubscribed_at IS NULL
RETURNING from_address, template_id, sequence_id, sequence_version, step
