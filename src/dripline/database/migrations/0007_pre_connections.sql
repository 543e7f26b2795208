-- Connections: accounts with providers outside, with their secrets sealed; and which of them carried a message.

-- Whether the connections of the environment are this workspace's where it has none of its own: those made at the
-- first start, which are all that there are so far.
ALTER TABLE workspace ADD COLUMN uses_environment boolean NOT NULL DEFAULT false;
UPDATE workspace SET uses_environment = true;

CREATE TABLE connection (
    workspace_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    settings jsonb NOT NULL,
    -- A JSON object, sealed as a whole.
    secrets bytea NOT NULL,
    -- Of those that carry mail: the lowest goes first; for mail from these domains only, for all of it when empty.
    priority smallint NOT NULL,
    domains text[] COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('unchecked', 'ok', 'failed')),
    reason text,
    checked_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
CREATE INDEX connection_by_provider ON connection (workspace_id, provider);

ALTER TABLE message
    -- The name of the connection that it was handed to.
    ADD COLUMN carrier text COLLATE "C",
    -- What the provider calls it, where it said so.
    ADD COLUMN provider_id text COLLATE "C";
CREATE INDEX message_by_provider_id ON message (workspace_id, provider_id) WHERE provider_id IS NOT NULL;

SELECT protect_new_tables();
