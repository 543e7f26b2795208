-- name: tagged_since
-- Gives since when a contact has a tag.
SELECT added_at FROM contact_tag WHERE workspace_id = $1 AND contact_id = $2 AND tag = $3

-- name: on_list_since
-- Gives since when a contact is on a list.
SELECT added_at FROM list_member WHERE workspace_id = $1 AND contact_id = $2 AND list_id = $3

-- name: in_segment_since
-- Gives since when a contact is in a segment.
SELECT m.since FROM segment_member AS m JOIN segment AS s
    ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.contact_id = $2 AND m.segment_id = $3
