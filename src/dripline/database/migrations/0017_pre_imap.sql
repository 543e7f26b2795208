-- Mailboxes that are read over IMAP: how far each was read, and who reads it now.

CREATE TABLE mailbox (
    workspace_id uuid NOT NULL,
    -- The name of the connection.
    connection text COLLATE "C" NOT NULL,
    -- The state of the connection that was last taken up: after a change it is taken up at once.
    connected_at timestamptz NOT NULL,
    -- What was read: another folder begins anew.
    place text COLLATE "C" NOT NULL DEFAULT '',
    uid_validity bigint NOT NULL DEFAULT 0,
    -- The last UID that is kept here.
    uid bigint NOT NULL DEFAULT 0,
    -- UIDs that are kept here, and in the mailbox not yet marked or moved.
    unmarked bigint[] NOT NULL DEFAULT '{}',
    -- Failures in a row, and the UID at which all of them happened, where it was one.
    failures integer NOT NULL DEFAULT 0,
    stuck_uid bigint,
    -- The lease: only who has this token may write.
    token uuid NOT NULL,
    -- In real time: nobody takes it up before.
    due_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, connection)
);
CREATE INDEX connection_imap ON connection (workspace_id, name) WHERE provider = 'imap';
CREATE INDEX inbound_quarantined ON inbound (workspace_id, id) WHERE status = 'quarantined';

SELECT protect_new_tables();
