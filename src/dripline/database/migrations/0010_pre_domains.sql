-- Domains that mail comes from: the keys that it is signed with, and what was found in their DNS.

CREATE TABLE domain (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    -- In ASCII and lower case.
    name text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'verified', 'failing')),
    -- What the last check found of each record.
    findings jsonb NOT NULL,
    -- All in real time.
    checked_at timestamptz,
    verified_at timestamptz,
    failing_since timestamptz,
    check_due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    CONSTRAINT failing_has_time CHECK ((failing_since IS NOT NULL) = (status = 'failing')),
    CONSTRAINT proved_has_time CHECK (verified_at IS NOT NULL OR status = 'pending')
);
CREATE INDEX domain_check_due ON domain (check_due_at);

CREATE TABLE domain_key (
    workspace_id uuid NOT NULL,
    -- Of our making, and never the same twice.
    selector text COLLATE "C" NOT NULL,
    domain_id uuid NOT NULL,
    algorithm text COLLATE "C" NOT NULL CHECK (algorithm IN ('rsa', 'ed25519')),
    -- The text of its record in the DNS.
    public text NOT NULL,
    -- The private half, sealed.
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Since when its record is there, and since when another key has taken its place.
    proved_at timestamptz,
    retired_at timestamptz,
    PRIMARY KEY (workspace_id, selector)
);
CREATE INDEX domain_key_of ON domain_key (workspace_id, domain_id);

-- Mail from a domain that is not proved waits until it is.
ALTER TABLE outbox DROP CONSTRAINT outbox_held_check,
    ADD CONSTRAINT outbox_held_check CHECK (held IN ('paused', 'no_transport', 'relay_refused', 'sender_unverified'));

SELECT protect_new_tables();
