-- name: add_sequence
-- Adds a draft; no row when the slug is taken.
INSERT INTO sequence (workspace_id, id, slug, name, status, revision, version, draft, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'draft', 1, 0, $5, $6, $6)
ON CONFLICT (workspace_id, slug) DO NOTHING
RETURNING id

-- name: find_sequences
-- Gives sequences by id, slug or name; those with the slug come before those with the name.
SELECT s.id, s.slug, s.name, s.status, s.revision, s.version, s.draft, s.draining_since, s.drain_rate,
    s.created_at, s.updated_at, coalesce(s.draft, v.definition) AS definition
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
    s.created_at, s.updated_at, coalesce(s.draft, v.definition) AS definition
FROM sequence AS s LEFT JOIN sequence_version AS v
    ON v.workspace_id = s.workspace_id AND v.sequence_id = s.id AND v.version = s.version
WHERE s.workspace_id = $1 AND ($2::text IS NULL OR s.status = $2) AND ($3::uuid IS NULL OR s.id > $3)
ORDER BY s.id LIMIT $4

-- name: save_draft
-- Writes the draft and the name, and counts the revision.
UPDATE sequence SET name = $3, draft = $4, revision = revision + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2

-- name: set_status
-- Moves a sequence, and sets or ends its drain.
UPDATE sequence SET status = $3, draining_since = $4, drain_rate = $5, revision = revision + 1, updated_at = $6
WHERE workspace_id = $1 AND id = $2

-- name: end_drain
-- Ends a drain, unless another one began in between.
UPDATE sequence SET draining_since = NULL, drain_rate = NULL WHERE workspace_id = $1 AND id = $2 AND draining_since = $3

-- name: add_version
-- Publishes a version.
INSERT INTO sequence_version (workspace_id, sequence_id, version, definition, tree, templates, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: set_version
-- Makes a version the one that new enrollments get; the draft is published with it.
UPDATE sequence SET version = $3, draft = NULL, revision = revision + 1, updated_at = $4
WHERE workspace_id = $1 AND id = $2

-- name: versions
-- Gives published versions.
SELECT v.sequence_id, v.version, v.tree, v.templates
FROM unnest($2::uuid[], $3::integer[]) AS wanted(sequence_id, version)
JOIN sequence_version AS v ON v.workspace_id = $1 AND v.sequence_id = wanted.sequence_id AND v.version = wanted.version

-- name: clear_triggers
-- Lets nothing start this sequence any more.
DELETE FROM sequence_trigger WHERE workspace_id = $1 AND sequence_id = $2

-- name: add_trigger
-- Says what starts this sequence.
INSERT INTO sequence_trigger (workspace_id, kind, key, sequence_id, version) VALUES ($1, $2, $3, $4, $5)

-- name: triggered
-- Gives the sequences that facts of one kind start.
SELECT key, sequence_id, version FROM sequence_trigger WHERE workspace_id = $1 AND kind = $2 AND key = ANY($3::text[])

-- name: uses_of_template
-- Gives the slugs of the sequences that are not archived and whose draft or any published version names a template.
SELECT DISTINCT s.slug FROM sequence AS s
LEFT JOIN sequence_version AS v ON v.workspace_id = s.workspace_id AND v.sequence_id = s.id
WHERE s.workspace_id = $1 AND s.status <> 'archived' AND (v.templates ? $2 OR s.draft ~ $3)
ORDER BY s.slug
