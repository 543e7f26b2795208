-- name: find_template
-- Gives a template with its newest version, by id.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, v.layout, v.partials, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND t.id = $2;

-- name: find_template_by_slug
-- Gives a template with its newest version, by slug.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, v.layout, v.partials, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND t.slug = $2;

-- name: newest_versions
-- Gives templates with their newest versions, by ids.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, v.layout, v.partials, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND t.id = ANY ($2::uuid[]);

-- name: list_templates
-- Gives a page of templates with their newest versions, oldest first: those after an id.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, v.layout, v.partials, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3;

-- name: versions_of
-- Gives the versions of a template, newest first: those before a number, or the one that has a number.
SELECT t.id, t.slug, t.name, v.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, v.layout, v.partials, t.created_at, v.created_at AS updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id
WHERE t.workspace_id = $1 AND t.id = $2 AND ($3::integer IS NULL OR v.version < $3)
    AND ($4::integer IS NULL OR v.version = $4)
ORDER BY v.version DESC LIMIT $5;

-- name: slugs
-- Gives the ids of templates, by slugs.
SELECT slug, id FROM template WHERE workspace_id = $1 AND slug = ANY ($2::text[]);

-- name: claim_slug
-- Makes a template without a version, or locks the one that has the slug; gives its id.
INSERT INTO template (workspace_id, id, slug, name, version, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5)
ON CONFLICT (workspace_id, slug) DO UPDATE SET slug = EXCLUDED.slug WHERE template.workspace_id = $1
RETURNING id;

-- name: insert_version
-- Adds a version, which never changes afterwards.
INSERT INTO template_version (workspace_id, template_id, version, subject, preview_text, source_kind, source,
    source_text, html, text, variables, created_at, layout, partials)
SELECT workspace_id, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 FROM template WHERE workspace_id = $1 AND id = $2;

-- name: update_template
-- Gives a template its name and its newest version.
UPDATE template SET name = $3, version = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2;

-- name: delete_versions
-- Deletes all versions of a template.
DELETE FROM template_version WHERE workspace_id = $1 AND template_id = $2;

-- name: delete_template
-- Deletes a template whose versions are gone.
DELETE FROM template WHERE workspace_id = $1 AND id = $2;

-- name: find_defaults
-- Gives the defaults that the mails of a workspace have in common.
SELECT version, settings, updated_at FROM mail_defaults WHERE workspace_id = $1;

-- name: share_defaults
-- Gives the same, which nobody changes before the transaction ends.
SELECT version, settings, updated_at FROM mail_defaults WHERE workspace_id = $1 FOR SHARE;

-- name: save_defaults
-- Writes the defaults as a new version, unless they say that already; gives its number.
INSERT INTO mail_defaults AS d (workspace_id, version, settings, updated_at) VALUES ($1, 1, $2, $3)
ON CONFLICT (workspace_id) DO UPDATE SET version = d.version + 1, settings = EXCLUDED.settings,
    updated_at = EXCLUDED.updated_at
WHERE d.workspace_id = $1 AND d.settings <> EXCLUDED.settings
RETURNING version;

-- name: share_layout
-- Gives a layout, which nobody changes before the transaction ends.
SELECT kind, slug, name, source_kind, source, partials, version, created_at, updated_at FROM template_piece
WHERE workspace_id = $1 AND kind = 'layout' AND slug = $2 FOR SHARE;

-- name: share_partials
-- Gives partials with all that stand in them, which nobody changes before the transaction ends.
SELECT slug, source FROM template_piece
WHERE workspace_id = $1 AND kind = 'partial' AND (slug = ANY ($2::text[]) OR slug IN (
    SELECT unnest(p.partials) FROM template_piece AS p
    WHERE p.workspace_id = $1 AND p.kind = 'partial' AND p.slug = ANY ($2::text[])))
ORDER BY slug FOR SHARE;

-- name: pieces
-- Gives a page of the layouts or the partials in alphabetical order: those after a slug.
SELECT kind, slug, name, source_kind, source, partials, version, created_at, updated_at FROM template_piece
WHERE workspace_id = $1 AND kind = $2 AND ($3::text IS NULL OR slug > $3) ORDER BY slug LIMIT $4;

-- name: find_piece
-- Gives a layout or a partial.
SELECT kind, slug, name, source_kind, source, partials, version, created_at, updated_at FROM template_piece
WHERE workspace_id = $1 AND kind = $2 AND slug = $3;

-- name: lock_piece
-- Gives a layout or a partial, which nobody else changes or uses anew before the transaction ends.
SELECT kind, slug, name, source_kind, source, partials, version, created_at, updated_at FROM template_piece
WHERE workspace_id = $1 AND kind = $2 AND slug = $3 FOR UPDATE;

-- name: add_piece
-- Makes a layout or a partial, unless there is one of that slug; gives its slug.
INSERT INTO template_piece (workspace_id, kind, slug, name, source_kind, source, partials, version, created_at,
    updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8) ON CONFLICT DO NOTHING RETURNING slug;

-- name: change_piece
-- Writes a layout or a partial, with the number of its version.
UPDATE template_piece SET name = $4, source_kind = $5, source = $6, partials = $7, version = $8, updated_at = $9
WHERE workspace_id = $1 AND kind = $2 AND slug = $3;

-- name: pieces_with_partial
-- Gives the layouts and partials in which a partial stands.
SELECT kind, slug, name, source_kind, source, partials, version, created_at, updated_at FROM template_piece
WHERE workspace_id = $1 AND $2 = ANY (partials) ORDER BY kind, slug;

-- name: set_partials
-- Says which partials stand in a layout or a partial.
UPDATE template_piece SET partials = $4 WHERE workspace_id = $1 AND kind = $2 AND slug = $3;

-- name: delete_piece
-- Deletes a layout or a partial.
DELETE FROM template_piece WHERE workspace_id = $1 AND kind = $2 AND slug = $3;

-- name: templates_with_layout
-- Gives the templates whose newest version has a layout, in the order of their ids.
SELECT t.id FROM template t
JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND v.layout = $2 ORDER BY t.id;

-- name: templates_with_partial
-- Gives the templates in whose newest version a partial stands, in the order of their ids.
SELECT t.id FROM template t
JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND $2 = ANY (v.partials) ORDER BY t.id;

-- name: templates_of_blocks
-- Gives the templates whose newest version is made of blocks, in the order of their ids.
SELECT t.id FROM template t
JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND v.source_kind = 'blocks' ORDER BY t.id;
