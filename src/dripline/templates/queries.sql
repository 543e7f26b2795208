-- name: find_template
-- Gives a template with its newest version, by id.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND t.id = $2;

-- name: find_template_by_slug
-- Gives a template with its newest version, by slug.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND t.slug = $2;

-- name: newest_versions
-- Gives templates with their newest versions, by ids.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND t.id = ANY ($2::uuid[]);

-- name: list_templates
-- Gives a page of templates with their newest versions, oldest first: those after an id.
SELECT t.id, t.slug, t.name, t.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, t.created_at, t.updated_at
FROM template t JOIN template_version v ON v.workspace_id = $1 AND v.template_id = t.id AND v.version = t.version
WHERE t.workspace_id = $1 AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3;

-- name: versions_of
-- Gives the versions of a template, newest first: those before a number, or the one that has a number.
SELECT t.id, t.slug, t.name, v.version, v.subject, v.preview_text, v.source_kind, v.source, v.source_text, v.html,
    v.text, v.variables, t.created_at, v.created_at AS updated_at
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
    source_text, html, text, variables, created_at)
SELECT workspace_id, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM template WHERE workspace_id = $1 AND id = $2;

-- name: update_template
-- Gives a template its name and its newest version.
UPDATE template SET name = $3, version = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2;

-- name: delete_versions
-- Deletes all versions of a template.
DELETE FROM template_version WHERE workspace_id = $1 AND template_id = $2;

-- name: delete_template
-- Deletes a template whose versions are gone.
DELETE FROM template WHERE workspace_id = $1 AND id = $2;
