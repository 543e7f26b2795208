-- Webhooks: where what happened is told, and what is told there.

CREATE TABLE webhook (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    -- Names of events; an asterisk alone stands for all.
    events text[] COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
    -- Why it is disabled.
    reason text COLLATE "C" CHECK (reason IN ('manual', 'gone', 'failing')),
    -- Since when nothing got through, in how many calls, and how the last of them failed.
    failing_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    last_error text,
    -- Sealed. The former one signs beside the current one for a while.
    secret bytea NOT NULL,
    former_secret bytea,
    former_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT disabled_for_a_reason CHECK ((status = 'disabled') = (reason IS NOT NULL)),
    CONSTRAINT former_secret_ends CHECK ((former_secret IS NULL) = (former_until IS NULL))
);

-- One event for one webhook. All times but `occurred_at` are real.
CREATE TABLE webhook_delivery (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    type text COLLATE "C" NOT NULL,
    -- The event of a contact that is told, read when it is told.
    event_id uuid,
    contact_id uuid,
    -- What is told where no contact is concerned.
    data jsonb,
    occurred_at timestamptz NOT NULL,
    -- recorded: in a test workspace, where nobody is called.
    status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'sending', 'delivered', 'failed', 'recorded')),
    attempts smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    lease_token uuid,
    lease_until timestamptz,
    -- What the last call was answered with, and in words.
    response_status smallint,
    detail text,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT delivery_about_something CHECK ((event_id IS NULL) = (data IS NOT NULL)),
    CONSTRAINT delivery_leased_has_lease
        CHECK ((status = 'sending') = (lease_token IS NOT NULL AND lease_until IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX webhook_delivery_due ON webhook_delivery (workspace_id, webhook_id, due_at) WHERE status = 'pending';
CREATE INDEX webhook_delivery_leased ON webhook_delivery (workspace_id, lease_until) WHERE status = 'sending';
CREATE INDEX webhook_delivery_of_webhook ON webhook_delivery (workspace_id, webhook_id, id);
CREATE INDEX webhook_delivery_of_contact ON webhook_delivery (workspace_id, contact_id) WHERE contact_id IS NOT NULL;

SELECT protect_new_tables();
