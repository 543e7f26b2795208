-- name: audience_of_segment
-- Gives a page of who is in a segment, in the order of ids, after the id $3.
SELECT m.contact_id FROM segment_member AS m
JOIN segment AS s ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.segment_id = $2::text::uuid AND ($3::uuid IS NULL OR m.contact_id > $3)
ORDER BY m.contact_id LIMIT $4

-- name: audience_of_list
-- Gives a page of who is on a list, in the order of ids, after the id $3.
SELECT contact_id FROM list_member
WHERE workspace_id = $1 AND list_id = $2::text::uuid AND ($3::uuid IS NULL OR contact_id > $3)
ORDER BY contact_id LIMIT $4

-- name: audience_of_tag
-- Gives a page of who has a tag, in the order of ids, after the id $3.
SELECT contact_id FROM contact_tag
WHERE workspace_id = $1 AND tag = $2 AND ($3::uuid IS NULL OR contact_id > $3)
ORDER BY contact_id LIMIT $4

-- name: audience_of_everybody
-- Gives a page of all contacts, in the order of ids, after the id $3. $2 is not looked at.
SELECT id AS contact_id FROM contact
WHERE workspace_id = $1 AND $2::text IS NOT NULL AND ($3::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4

-- name: count_segment
-- Counts who is in a segment.
SELECT count(*) FROM segment_member AS m
JOIN segment AS s ON s.workspace_id = m.workspace_id AND s.id = m.segment_id AND s.generation = m.generation
WHERE m.workspace_id = $1 AND m.segment_id = $2::text::uuid

-- name: count_list
-- Counts who is on a list.
SELECT count(*) FROM list_member WHERE workspace_id = $1 AND list_id = $2::text::uuid

-- name: count_tag
-- Counts who has a tag.
SELECT count(*) FROM contact_tag WHERE workspace_id = $1 AND tag = $2

-- name: count_everybody
-- Counts all contacts. $2 is not looked at.
SELECT count(*) FROM contact WHERE workspace_id = $1 AND $2::text IS NOT NULL
