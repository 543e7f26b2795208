-- name: count_by_sequence
-- Counts these enrollments by the slugs of their sequences.
SELECT s.slug, count(*) FROM enrollment AS e
JOIN sequence AS s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) GROUP BY s.slug

-- name: run_of_mail
-- Gives the run that asked for a mail to a contact.
SELECT e.id, e.sequence_id, e.version, e.entered_via FROM message AS m
JOIN enrollment AS e ON e.workspace_id = m.workspace_id AND e.id = m.source_id
WHERE m.workspace_id = $1 AND m.contact_id = $2 AND m.id = $3 AND m.kind = 'sequence'

-- name: runs_of_contact_now
-- Gives the runs of a contact that have not ended.
SELECT id, sequence_id, version, entered_via FROM enrollment
WHERE workspace_id = $1 AND contact_id = $2 AND status = 'active'
