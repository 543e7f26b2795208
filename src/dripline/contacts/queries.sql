-- name: find_contact_by_id
-- Gives one contact by id.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.id = $2;

-- name: find_contact_by_email
-- Gives one contact by the key of its address.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.email_key = $2;

-- name: find_contact_by_user_id
-- Gives one contact by the id that the workspace's own product has for the person.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.user_id = $2;

-- name: find_contacts
-- Gives the contacts with these ids, in id order.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.email_key = c.email_key) AS suppressed
FROM contact c WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[]) ORDER BY c.id;

-- name: list_contacts
-- Gives a page of contacts, newest first: those below an id, with a part of the address, suppressed or not.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    s.email_key IS NOT NULL AS suppressed
FROM contact c
LEFT JOIN suppression s ON s.workspace_id = c.workspace_id AND s.email_key = c.email_key
WHERE c.workspace_id = $1
    AND ($2::uuid IS NULL OR c.id < $2)
    AND ($3::text IS NULL OR strpos(c.email_key, $3) > 0)
    AND ($4::boolean IS NULL OR $4 = (s.email_key IS NOT NULL))
ORDER BY c.id DESC LIMIT $5;

-- name: list_members
-- The same for the contacts on the list $6; with the tag $7, in the segment $8.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    s.email_key IS NOT NULL AS suppressed
FROM list_member m JOIN contact c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
LEFT JOIN suppression s ON s.workspace_id = c.workspace_id AND s.email_key = c.email_key
WHERE m.workspace_id = $1 AND m.list_id = $6 AND ($2::uuid IS NULL OR m.contact_id < $2)
    AND ($3::text IS NULL OR strpos(c.email_key, $3) > 0)
    AND ($4::boolean IS NULL OR $4 = (s.email_key IS NOT NULL))
    AND ($7::text IS NULL
        OR EXISTS (SELECT 1 FROM contact_tag t WHERE t.workspace_id = $1 AND t.contact_id = c.id AND t.tag = $7))
    AND ($8::uuid IS NULL OR EXISTS (
        SELECT 1 FROM segment_member x JOIN segment g
            ON g.workspace_id = x.workspace_id AND g.id = x.segment_id AND g.generation = x.generation
        WHERE x.workspace_id = $1 AND x.segment_id = $8 AND x.contact_id = c.id))
ORDER BY m.contact_id DESC LIMIT $5;

-- name: list_segment
-- The same for the contacts in the segment $6; with the tag $7.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    s.email_key IS NOT NULL AS suppressed
FROM segment g
JOIN segment_member m ON m.workspace_id = g.workspace_id AND m.segment_id = g.id AND m.generation = g.generation
JOIN contact c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
LEFT JOIN suppression s ON s.workspace_id = c.workspace_id AND s.email_key = c.email_key
WHERE g.workspace_id = $1 AND g.id = $6 AND ($2::uuid IS NULL OR m.contact_id < $2)
    AND ($3::text IS NULL OR strpos(c.email_key, $3) > 0)
    AND ($4::boolean IS NULL OR $4 = (s.email_key IS NOT NULL))
    AND ($7::text IS NULL
        OR EXISTS (SELECT 1 FROM contact_tag t WHERE t.workspace_id = $1 AND t.contact_id = c.id AND t.tag = $7))
ORDER BY m.contact_id DESC LIMIT $5;

-- name: list_tagged
-- The same for the contacts with the tag $6.
SELECT c.id, c.email, c.email_key, c.user_id, c.properties, c.timezone, c.unsubscribed_at, c.untracked,
    c.created_at, c.updated_at,
    s.email_key IS NOT NULL AS suppressed
FROM contact_tag m JOIN contact c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
LEFT JOIN suppression s ON s.workspace_id = c.workspace_id AND s.email_key = c.email_key
WHERE m.workspace_id = $1 AND m.tag = $6 AND ($2::uuid IS NULL OR m.contact_id < $2)
    AND ($3::text IS NULL OR strpos(c.email_key, $3) > 0)
    AND ($4::boolean IS NULL OR $4 = (s.email_key IS NOT NULL))
ORDER BY m.contact_id DESC LIMIT $5;

-- name: find_ids_by_email
-- Gives the ids of the contacts with these keys of addresses.
SELECT id, email_key FROM contact WHERE workspace_id = $1 AND email_key = ANY ($2::text[]);

-- name: find_ids_by_user_id
-- Gives the ids of the contacts with these user ids.
SELECT id, user_id FROM contact WHERE workspace_id = $1 AND user_id = ANY ($2::text[]);

-- name: insert_missing_contacts
-- Adds contacts that have nothing but an address, and gives those that were not there. Rows come in the order of
-- their keys, so that two transactions that add the same people wait for each other and never in a circle.
INSERT INTO contact (workspace_id, id, email, email_key, created_at, updated_at)
SELECT $1, m.id, m.email, m.email_key, $5, $5
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS m (id, email, email_key)
ON CONFLICT (workspace_id, email_key) DO NOTHING
RETURNING id, email_key;

-- name: update_contacts
-- Writes what can change about contacts, one array for each column.
UPDATE contact c
SET properties = n.properties, user_id = n.user_id, timezone = n.timezone, unsubscribed_at = n.unsubscribed_at,
    untracked = n.untracked, updated_at = $8
FROM unnest($2::uuid[], $3::jsonb[], $4::text[], $5::text[], $6::timestamptz[], $7::boolean[])
    AS n (id, properties, user_id, timezone, unsubscribed_at, untracked)
WHERE c.workspace_id = $1 AND c.id = n.id;

-- name: lock_contacts
-- Locks contacts in the order of their ids and gives the ids of those that are there.
SELECT id FROM contact WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: lock_user_ids
-- Makes other transactions that want the same user ids wait until this one ends. In order, whoever asks.
SELECT pg_advisory_xact_lock(hashtextextended(workspace_id::text || ' ' || u.user_id, 0))
FROM (SELECT $1::uuid AS workspace_id) w, (SELECT unnest($2::text[]) AS user_id ORDER BY 1) u
WHERE workspace_id = $1;

-- name: delete_contacts
-- Erases contacts.
DELETE FROM contact WHERE workspace_id = $1 AND id = ANY ($2::uuid[]);

-- name: suppress
-- Marks an address as never to be mailed. Touches nothing when it already was.
INSERT INTO suppression (workspace_id, email_key, reason, detail, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: suppress_all
-- Marks addresses as never to be mailed, and gives those that were not.
INSERT INTO suppression (workspace_id, email_key, reason, detail, created_at)
SELECT $1, new.email_key, new.reason, new.detail, new.created_at
FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS new (email_key, reason, detail, created_at)
ON CONFLICT DO NOTHING
RETURNING email_key;

-- name: unsuppress
-- Lets an address be mailed again. Touches nothing when it could be.
DELETE FROM suppression WHERE workspace_id = $1 AND email_key = $2;

-- name: find_suppression
-- Gives why an address must not be mailed.
SELECT email_key, reason, detail, created_at FROM suppression WHERE workspace_id = $1 AND email_key = $2;

-- name: append_changes
-- Keeps what was changed about contacts.
INSERT INTO contact_change (workspace_id, contact_id, id, what, detail, at)
SELECT $1, new.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::timestamptz[]) AS new;

-- name: changes_before
-- Gives the changes of a contact before the place ($3, $4), newest first.
SELECT id, what, detail, at FROM contact_change
WHERE workspace_id = $1 AND contact_id = $2 AND (at, id) < ($3, $4)
ORDER BY at DESC, id DESC LIMIT $5;

-- name: has_resubscribed
-- Says whether a contact has come back after $3.
SELECT EXISTS (
    SELECT FROM contact_change WHERE workspace_id = $1 AND contact_id = $2 AND at > $3 AND what = 'resubscribed'
);

-- name: forget_changes
-- Erases the changes of a contact.
DELETE FROM contact_change WHERE workspace_id = $1 AND contact_id = $2;

-- name: add_tags
-- Gives each of these contacts each of these tags, and gives what was new.
INSERT INTO contact_tag (workspace_id, contact_id, tag, added_at)
SELECT $1, c.id, t.tag, $4 FROM unnest($2::uuid[]) AS c (id) CROSS JOIN unnest($3::text[]) AS t (tag)
ON CONFLICT DO NOTHING
RETURNING contact_id, tag;

-- name: add_own_tags
-- Gives each of these contacts the tag beside them, and gives what was new.
INSERT INTO contact_tag (workspace_id, contact_id, tag, added_at)
SELECT $1, own.contact_id, own.tag, $4 FROM unnest($2::uuid[], $3::text[]) AS own (contact_id, tag)
ON CONFLICT DO NOTHING
RETURNING contact_id, tag;

-- name: remove_tags
-- Takes these tags from these contacts, and gives what was there.
DELETE FROM contact_tag WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[]) AND tag = ANY ($3::text[])
RETURNING contact_id, tag;

-- name: tags_of
-- Gives the tags of contacts, in order.
SELECT contact_id, tag FROM contact_tag WHERE workspace_id = $1 AND contact_id = ANY ($2::uuid[])
ORDER BY contact_id, tag;

-- name: list_tags
-- Gives a page of tags behind one, with how many contacts have each. The index is entered once for each tag, and not
-- walked over all who have it to find the next.
WITH RECURSIVE tags AS (
    (SELECT tag, 1 AS place FROM contact_tag WHERE workspace_id = $1 AND tag > $2 ORDER BY tag LIMIT 1)
    UNION ALL
    SELECT next.tag, place + 1 FROM tags CROSS JOIN LATERAL (
        SELECT t.tag FROM contact_tag t WHERE t.workspace_id = $1 AND t.tag > tags.tag ORDER BY t.tag LIMIT 1
    ) AS next WHERE place < $3
)
SELECT tag, (SELECT count(*) FROM contact_tag c WHERE c.workspace_id = $1 AND c.tag = tags.tag) AS count
FROM tags ORDER BY tag;

-- name: forget_tags
-- Erases the tags of a contact.
DELETE FROM contact_tag WHERE workspace_id = $1 AND contact_id = $2;

-- name: add_list
-- Adds a list. Touches nothing when the slug is taken.
INSERT INTO list (workspace_id, id, slug, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (workspace_id, slug) DO NOTHING;

-- name: find_list
-- Gives the list by id or slug, or else by name.
SELECT id, slug, name, description, created_at, updated_at, is_public, double_opt_in, confirm_template_id,
    has_form, form_origins FROM list
WHERE workspace_id = $1 AND (id = $2 OR slug = $3 OR name = $3)
ORDER BY id = $2 DESC NULLS LAST, slug = $3 DESC, id LIMIT 1;

-- name: list_lists
-- Gives a page of lists, oldest first, behind an id, with a part of the name.
SELECT id, slug, name, description, created_at, updated_at, is_public, double_opt_in, confirm_template_id,
    has_form, form_origins FROM list
WHERE workspace_id = $1 AND ($2::text IS NULL OR strpos(lower(name), $2) > 0) AND ($3::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4;

-- name: count_members
-- Counts who is on each of these lists.
SELECT list_id, count(*) FROM list_member WHERE workspace_id = $1 AND list_id = ANY ($2::uuid[]) GROUP BY list_id;

-- name: change_list
-- Writes name and description of a list.
UPDATE list SET name = $3, description = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2;

-- name: set_list_options
-- Writes what people may do about a list by themselves, and whether they are asked first.
UPDATE list SET is_public = $3, double_opt_in = $4, confirm_template_id = $5, has_form = $6, form_origins = $7
WHERE workspace_id = $1 AND id = $2;

-- name: public_lists
-- Gives the lists that their members may see, by name.
SELECT id, slug, name, description, created_at, updated_at, is_public, double_opt_in, confirm_template_id,
    has_form, form_origins FROM list
WHERE workspace_id = $1 AND is_public ORDER BY name, id LIMIT $2;

-- name: delete_list
-- Erases a list.
DELETE FROM list WHERE workspace_id = $1 AND id = $2;

-- name: delete_members
-- Takes everybody off a list.
DELETE FROM list_member WHERE workspace_id = $1 AND list_id = $2;

-- name: keep_list
-- Gives a list and keeps it from being deleted until the transaction ends.
SELECT id, slug, name, description, created_at, updated_at, is_public, double_opt_in, confirm_template_id,
    has_form, form_origins FROM list
WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE;

-- name: add_members
-- Puts contacts on a list, and gives those that were not on it.
INSERT INTO list_member (workspace_id, list_id, contact_id, added_at)
SELECT $1, $2, new.id, $4 FROM unnest($3::uuid[]) AS new (id)
ON CONFLICT DO NOTHING
RETURNING contact_id;

-- name: remove_members
-- Takes contacts off a list, and gives those that were on it.
DELETE FROM list_member WHERE workspace_id = $1 AND list_id = $2 AND contact_id = ANY ($3::uuid[])
RETURNING contact_id;

-- name: lists_of
-- Gives the lists that a contact is on.
SELECT l.id, l.slug, l.name, l.description, l.created_at, l.updated_at, l.is_public, l.double_opt_in,
    l.confirm_template_id, l.has_form, l.form_origins
FROM list_member m JOIN list l ON l.workspace_id = m.workspace_id AND l.id = m.list_id
WHERE m.workspace_id = $1 AND m.contact_id = $2 ORDER BY l.name, l.id;

-- name: list_requests_of
-- Gives what contacts were asked about a list.
SELECT id, list_id, contact_id, asked_at, mailed_at, mails, confirmed_at FROM list_request
WHERE workspace_id = $1 AND list_id = $2 AND contact_id = ANY ($3::uuid[]);

-- name: find_list_request
-- Gives a question to a contact about a list, by its id.
SELECT id, list_id, contact_id, asked_at, mailed_at, mails, confirmed_at FROM list_request
WHERE workspace_id = $1 AND contact_id = $2 AND id = $3;

-- name: members_among
-- Gives those of the contacts that are on a list.
SELECT contact_id FROM list_member WHERE workspace_id = $1 AND list_id = $2 AND contact_id = ANY ($3::uuid[]);

-- name: keep_list_requests
-- Keeps questions to contacts about lists, each in the place of an earlier one.
INSERT INTO list_request AS r (workspace_id, list_id, contact_id, id, asked_at, mailed_at, mails)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::int[])
ON CONFLICT (workspace_id, list_id, contact_id) DO UPDATE SET id = excluded.id, asked_at = excluded.asked_at,
    mailed_at = excluded.mailed_at, mails = excluded.mails, confirmed_at = NULL
WHERE r.workspace_id = $1;

-- name: confirm_list_request
-- Notes that a contact wants to be on a list.
UPDATE list_request SET confirmed_at = $4 WHERE workspace_id = $1 AND list_id = $2 AND contact_id = $3;

-- name: forget_list_requests
-- Erases what a contact was asked.
DELETE FROM list_request WHERE workspace_id = $1 AND contact_id = $2;

-- name: delete_list_requests
-- Erases what contacts were asked about a list.
DELETE FROM list_request WHERE workspace_id = $1 AND list_id = $2;

-- name: forget_memberships
-- Takes a contact off all lists.
DELETE FROM list_member WHERE workspace_id = $1 AND contact_id = $2;

-- name: list_suppressions
-- Gives a page of the suppressed addresses behind one, for one reason where it is given.
SELECT email_key, reason, detail, created_at FROM suppression
WHERE workspace_id = $1 AND ($2::text IS NULL OR reason = $2) AND email_key > $3
ORDER BY email_key LIMIT $4;

-- name: property_names
-- Gives the names of the properties that the next $6 contacts have, newest first, below an id: those on a list, with a
-- tag, in a segment; and the last of their ids when there may be more.
WITH page AS MATERIALIZED (
    SELECT c.id, c.properties FROM contact c
    WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id < $2)
        AND ($3::uuid IS NULL OR EXISTS (
            SELECT 1 FROM list_member m WHERE m.workspace_id = $1 AND m.list_id = $3 AND m.contact_id = c.id))
        AND ($4::text IS NULL OR EXISTS (
            SELECT 1 FROM contact_tag t WHERE t.workspace_id = $1 AND t.contact_id = c.id AND t.tag = $4))
        AND ($5::uuid IS NULL OR EXISTS (
            SELECT 1 FROM segment_member x JOIN segment g
                ON g.workspace_id = x.workspace_id AND g.id = x.segment_id AND g.generation = x.generation
            WHERE x.workspace_id = $1 AND x.segment_id = $5 AND x.contact_id = c.id))
    ORDER BY c.id DESC LIMIT $6
)
SELECT ARRAY(SELECT DISTINCT name FROM page, jsonb_object_keys(properties) AS name) AS names,
    CASE WHEN (SELECT count(*) FROM page) = $6 THEN (SELECT id FROM page ORDER BY id LIMIT 1) END AS last;
