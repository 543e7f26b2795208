-- Opens and clicks are taken oldest first, however many wait, and written with two indexes as before.

-- One index finds a hit again and all those of a message.
ALTER TABLE hit DROP CONSTRAINT hit_pkey;
ALTER TABLE hit ADD PRIMARY KEY (workspace_id, message_id, id);
DROP INDEX hit_of_message;

-- All workspaces together: the worker looks everywhere for the oldest.
CREATE INDEX hit_by_time ON hit (received_at);
