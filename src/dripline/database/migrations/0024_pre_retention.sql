-- How long events are kept in a workspace, and the archive that older ones are moved to. Without a row: for ever.

CREATE TABLE event_retention (
    workspace_id uuid PRIMARY KEY,
    days integer NOT NULL
);

CREATE TABLE event_archive (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    -- When the first and the last of its events were recorded.
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    events integer NOT NULL,
    -- Whom its events are about: they are taken out when a contact is erased.
    contacts uuid[] NOT NULL,
    -- JSON lines, compressed by gzip.
    content bytea NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX event_archive_contacts ON event_archive USING gin (contacts);

SELECT protect_new_tables();
