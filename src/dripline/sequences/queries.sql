-- name: add_sequence
-- Adds a draft; no row when the slug is taken.
INSERT INTO sequence (workspace_id, id, slug, name, status, revision, version, draft, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'draft', 1, 0, $5, $6, $6)
ON CONFLICT (workspace_id, slug) DO NOTHING
RETURNING id

-- name: find_sequences
-- Gives sequences by id, slug or name; those with the slug come before those with the name.
SELECT s.id, s.slug, s.name, s.status, s.revision, s.version, s.draft, s.draining_since, s.drain_rate,
    s.paused_at, s.paused_for, s.healthy_since, s.moving_to, s.created_at, s.updated_at, s.enrichment,
    coalesce(s.draft, v.definition) AS definition
FROM sequence AS s LEFT JOIN sequence_version AS v
    ON v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND v.version = s.version
WHERE s.workspace_id = $1 AND (s.id = $2 OR s.slug = $3 OR s.name = $3)
ORDER BY (s.id = $2) DESC NULLS LAST, (s.slug = $3) DESC, s.created_at LIMIT 1

-- name: lock_sequence
-- Locks one sequence against other writers.
SELECT id FROM sequence WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: list_sequences
-- Gives sequences in the order of their making, after the id $3, of one status where one is given.
SELECT s.id, s.slug, s.name, s.status, s.revision, s.version, s.draft, s.draining_since, s.drain_rate,
    s.paused_at, s.paused_for, s.healthy_since, s.moving_to, s.created_at, s.updated_at, s.enrichment,
    coalesce(s.draft, v.definition) AS definition
FROM sequence AS s LEFT JOIN sequence_version AS v
    ON v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND v.version = s.version
WHERE s.workspace_id = $1 AND ($2::text IS NULL OR s.status = $2) AND ($3::uuid IS NULL OR s.id > $3)
ORDER BY s.id LIMIT $4

-- name: save_draft
-- Writes the draft and the name, and counts the revision.
UPDATE sequence SET name = $3, draft = $4, revision = revision + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2

-- name: set_status
-- Moves a sequence, and sets or ends its drain and its pause.
UPDATE sequence SET status = $3, draining_since = $4, drain_rate = $5, paused_at = $6, revision = revision + 1,
    updated_at = $7, paused_for = CASE WHEN $6::timestamptz IS NOT NULL THEN coalesce($8, paused_for) END,
    healthy_since = CASE WHEN $6::timestamptz IS NULL AND paused_for IS NOT NULL THEN $7 ELSE healthy_since END
WHERE workspace_id = $1 AND id = $2

-- name: set_enrichment
-- Says how far the mails are that are written in the background.
UPDATE sequence SET enrichment = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2

-- name: end_drain
-- Ends a drain, unless another one began in between.
UPDATE sequence SET draining_since = NULL, drain_rate = NULL WHERE workspace_id = $1 AND id = $2 AND draining_since = $3

-- name: add_version
-- Publishes a version.
INSERT INTO sequence_version (workspace_id, sequence_id, version, definition, tree, templates, refs, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: set_version
-- Makes a version the one that new enrollments get, and where $4 says so all others; the draft is published with it.
UPDATE sequence SET version = $3, moving_to = CASE WHEN $4::boolean THEN $3 ELSE moving_to END, draft = NULL,
    revision = revision + 1, updated_at = $5
WHERE workspace_id = $1 AND id = $2

-- name: set_silence
-- Lets those enter who fall silent; what is looked for already stays as it is.
INSERT INTO silence AS s (workspace_id, sequence_id, event, days, baseline, activated_at, swept_until)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (workspace_id, sequence_id) DO UPDATE SET event = excluded.event, days = excluded.days,
    baseline = excluded.baseline, activated_at = excluded.activated_at, swept_until = excluded.swept_until,
    sweeping_until = NULL, cursor = NULL
WHERE s.workspace_id = $1 AND (s.event, s.days, s.baseline) <> (excluded.event, excluded.days, excluded.baseline)

-- name: clear_silence
-- Lets nobody enter any more who falls silent.
DELETE FROM silence WHERE workspace_id = $1 AND sequence_id = $2

-- name: versions
-- Gives published versions.
SELECT v.sequence_id, v.version, v.tree, v.templates, v.refs
FROM unnest($2::uuid[], $3::integer[]) AS wanted(sequence_id, version)
JOIN sequence_version AS v ON v.workspace_id = $1 AND v.sequence_id = wanted.sequence_id AND v.version = wanted.version

-- name: first_published_at
-- Gives when the first version of a sequence was published.
SELECT min(published_at) FROM sequence_version WHERE workspace_id = $1 AND sequence_id = $2

-- name: ids_of_names
-- Gives the sequence behind each of the names $2 (with the ids $3 that they show, where they do): by id, slug or name.
SELECT DISTINCT ON (wanted.name) wanted.name AS wanted, s.id
FROM unnest($2::text[], $3::uuid[]) AS wanted(name, id)
JOIN sequence AS s ON s.workspace_id = $1 AND (s.id = wanted.id OR s.slug = wanted.name OR s.name = wanted.name)
WHERE s.workspace_id = $1
ORDER BY wanted.name, (s.id = wanted.id) DESC NULLS LAST, (s.slug = wanted.name) DESC, s.created_at

-- name: uses_of_template
-- Gives the slugs of the sequences that are not archived and whose draft names a template, or any published version
-- mails it.
SELECT s.slug FROM sequence AS s
WHERE s.workspace_id = $1 AND s.status <> 'archived' AND (s.draft ~ $3 OR EXISTS (
    SELECT 1 FROM sequence_version AS v CROSS JOIN LATERAL jsonb_each_text(v.templates) AS mailed
    WHERE v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND mailed.value = $2))
ORDER BY s.slug

-- name: uses_in_drafts
-- Gives the slugs of the sequences that are not archived and whose draft says what $2 matches.
SELECT s.slug FROM sequence AS s WHERE s.workspace_id = $1 AND s.status <> 'archived' AND s.draft ~ $2 ORDER BY s.slug

-- name: uses_of_list
-- Gives the slugs of the sequences that are not archived and whose draft or any published version names a list.
SELECT s.slug FROM sequence AS s
WHERE s.workspace_id = $1 AND s.status <> 'archived' AND (s.draft ~ $3 OR EXISTS (
    SELECT 1 FROM sequence_version AS v CROSS JOIN LATERAL jsonb_each_text(v.refs -> 'lists') AS ref
    WHERE v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND ref.value = $2))
ORDER BY s.slug

-- name: uses_of_segment
-- Gives the slugs of the sequences that are not archived and whose draft or any published version names a segment.
SELECT s.slug FROM sequence AS s
WHERE s.workspace_id = $1 AND s.status <> 'archived' AND (s.draft ~ $3 OR EXISTS (
    SELECT 1 FROM sequence_version AS v CROSS JOIN LATERAL jsonb_each_text(v.refs -> 'segments') AS ref
    WHERE v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND ref.value = $2))
ORDER BY s.slug

-- name: search_sequences
-- Gives sequences, newest first: of the statuses $2, with $3 in name or slug whatever the case, passing over $5 of them.
SELECT s.id, s.slug, s.name, s.status, s.revision, s.version, s.draft, s.draining_since, s.drain_rate,
    s.paused_at, s.paused_for, s.healthy_since, s.moving_to, s.created_at, s.updated_at, s.enrichment,
    coalesce(s.draft, v.definition) AS definition
FROM sequence AS s LEFT JOIN sequence_version AS v
    ON v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND v.version = s.version
WHERE s.workspace_id = $1 AND s.status = ANY($2::text[])
    AND ($3::text IS NULL OR strpos(lower(s.name), $3) > 0 OR strpos(lower(s.slug), $3) > 0)
ORDER BY s.id DESC LIMIT $4 OFFSET $5

-- name: count_sequences
-- Counts the sequences of the statuses $2 with $3 in name or slug.
SELECT count(*) FROM sequence AS s
WHERE s.workspace_id = $1 AND s.status = ANY($2::text[])
    AND ($3::text IS NULL OR strpos(lower(s.name), $3) > 0 OR strpos(lower(s.slug), $3) > 0)
