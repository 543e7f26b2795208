-- The core: workspaces and keys, contacts, events, templates, sequences, enrollments, messages and their outbox,
-- budgets and jobs.
--
-- workspace_id leads every key, so that a table can be distributed by it; append-only tables are keyed by ids whose
-- order is time, so that they can be partitioned by range. Neither needs another key later.

CREATE TABLE workspace (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    mode text COLLATE "C" NOT NULL CHECK (mode IN ('live', 'test')),
    -- The time that a test workspace stands at; null is real time.
    frozen_at timestamptz CHECK (frozen_at IS NULL OR mode = 'test'),
    created_at timestamptz NOT NULL
);

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    -- A keyed hash: the key itself is shown once and kept nowhere.
    digest bytea NOT NULL UNIQUE,
    hint text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE contact (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    email text COLLATE "C" NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    user_id text COLLATE "C",
    properties jsonb NOT NULL DEFAULT '{}',
    timezone text COLLATE "C",
    unsubscribed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, email_key)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX contact_by_user_id ON contact (workspace_id, user_id) WHERE user_id IS NOT NULL;

-- Addresses never to be mailed, whether or not a contact has them: the state of the address, not a wish of the person.
CREATE TABLE suppression (
    workspace_id uuid NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL CHECK (reason IN ('bounced', 'complained', 'manual')),
    detail text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, email_key)
);

CREATE TABLE event (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    properties jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- Who caused it, and how many automatic causes lie behind it.
    origin text COLLATE "C" NOT NULL CHECK (origin IN ('api', 'delivery', 'sequence')),
    depth smallint NOT NULL DEFAULT 0,
    -- The writing transaction: the live feed follows commits, and ids alone do not.
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX event_of_contact ON event (workspace_id, contact_id, id);
CREATE INDEX event_feed ON event (workspace_id, tx, id);

CREATE TABLE event_key (
    workspace_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    event_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX event_key_age ON event_key (workspace_id, created_at);

-- Facts recorded below the engine, waiting for its reaction.
CREATE TABLE pending_reaction (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    fact jsonb NOT NULL,
    -- Why the engine cannot react to it; such a fact waits for a person.
    stuck_reason text,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE template (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
);

CREATE TABLE template_version (
    workspace_id uuid NOT NULL,
    template_id uuid NOT NULL,
    version integer NOT NULL,
    subject text NOT NULL,
    preview_text text,
    -- What the author wrote, and in which language.
    source_kind text COLLATE "C" NOT NULL CHECK (source_kind IN ('html', 'mjml')),
    source text NOT NULL,
    source_text text,
    -- What is rendered: compiled once, here, and not for each mail.
    html text NOT NULL,
    text text NOT NULL,
    variables text[] NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, template_id, version)
);

CREATE TABLE sequence (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'paused', 'archived')),
    -- Grows with every write, whatever it changes.
    revision integer NOT NULL,
    -- The published version that new enrollments get; 0 before the first.
    version integer NOT NULL,
    -- What the author is writing; null when it is what is published.
    draft text,
    -- Since when overdue enrollments are let through at a rate (enrollments a minute), after a pause.
    draining_since timestamptz,
    drain_rate integer CHECK (drain_rate > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug),
    CHECK ((draining_since IS NULL) = (drain_rate IS NULL))
);

CREATE TABLE sequence_version (
    workspace_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    version integer NOT NULL,
    -- The author's text, to the letter, and what was read from it, every step with its id.
    definition text NOT NULL,
    tree jsonb NOT NULL,
    -- The templates it names, and their ids.
    templates jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, sequence_id, version)
);

-- What starts which active sequence: one look-up for each kind of fact, however many sequences there are.
CREATE TABLE sequence_trigger (
    workspace_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    sequence_id uuid NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (workspace_id, kind, key, sequence_id)
);

CREATE TABLE enrollment (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    -- Empty outside matching_field.
    key text COLLATE "C" NOT NULL DEFAULT '',
    version integer NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'completed', 'exited')),
    exit_reason text COLLATE "C",
    -- What whoever ended it by hand said about it.
    exit_detail text,
    -- The cursor: the step it stands at, since when, and how many visits came before.
    step text COLLATE "C",
    since timestamptz NOT NULL,
    visits integer NOT NULL,
    -- When the engine looks at it next; null while an effect is being carried out, when stuck, and at the end.
    due_at timestamptz,
    stuck_reason text,
    stuck_since timestamptz,
    -- The properties of the event that enrolled it, for as long as it runs and after.
    entered_with jsonb,
    entered_by uuid,
    depth smallint NOT NULL DEFAULT 0,
    enrolled_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT ended_has_time CHECK ((ended_at IS NOT NULL) = (status <> 'active')),
    CONSTRAINT exited_has_reason CHECK ((exit_reason IS NOT NULL) = (status = 'exited')),
    CONSTRAINT ended_is_not_due CHECK (status = 'active' OR due_at IS NULL),
    CONSTRAINT stuck_is_not_due CHECK (stuck_reason IS NULL OR due_at IS NULL)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX enrollment_once ON enrollment (workspace_id, contact_id, sequence_id, key)
    WHERE status = 'active';
CREATE INDEX enrollment_due ON enrollment (workspace_id, sequence_id, due_at)
    WHERE status = 'active' AND due_at IS NOT NULL;
CREATE INDEX enrollment_of_sequence ON enrollment (workspace_id, sequence_id, id);
CREATE INDEX enrollment_ended ON enrollment (workspace_id, contact_id, sequence_id, key)
    WHERE status <> 'active';

-- One arrival at a step that had an outcome. Delays live in the cursor.
CREATE TABLE visit (
    workspace_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    visit integer NOT NULL,
    step text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    reason text,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, enrollment_id, visit)
);

-- The ledger: one row for each mail to one contact, for ever. Its key is the send key.
CREATE TABLE message (
    workspace_id uuid NOT NULL,
    -- The enrollment that asked for it.
    source_id uuid NOT NULL,
    visit integer NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    step text COLLATE "C" NOT NULL,
    template_id uuid NOT NULL,
    template_version integer,
    from_address text,
    to_address text COLLATE "C",
    subject text,
    status text COLLATE "C" NOT NULL CHECK (status IN
        ('queued', 'sent', 'delivered', 'bounced', 'complained', 'skipped', 'failed', 'in_doubt', 'cancelled')),
    reason text COLLATE "C",
    detail text,
    attempts smallint NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL,
    -- The moment of hand-over.
    sent_at timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (workspace_id, source_id, visit),
    UNIQUE (workspace_id, id),
    CONSTRAINT settled_has_time CHECK ((settled_at IS NULL) = (status = 'queued'))
) WITH (fillfactor = 85);
CREATE INDEX message_of_contact ON message (workspace_id, contact_id, id);
CREATE INDEX message_in_doubt ON message (workspace_id, settled_at) WHERE status = 'in_doubt';

-- Mail that is still to be handed over: small and hot. A row leaves when its message is settled.
CREATE TABLE outbox (
    workspace_id uuid NOT NULL,
    source_id uuid NOT NULL,
    visit integer NOT NULL,
    contact_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    -- What it is drained by: the sending domain.
    lane text COLLATE "C" NOT NULL,
    priority smallint NOT NULL DEFAULT 0,
    -- In the workspace's time.
    due_at timestamptz NOT NULL,
    -- Why it may not move at all, until somebody lets it.
    held text COLLATE "C" CHECK (held IN ('paused', 'no_transport', 'relay_refused')),
    -- ready: may be claimed. claimed: leased, nothing said to the world. handing: the world may have heard.
    phase text COLLATE "C" NOT NULL DEFAULT 'ready' CHECK (phase IN ('ready', 'claimed', 'handing')),
    lease_token uuid,
    -- In real time.
    lease_until timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    first_tried_at timestamptz,
    reason text COLLATE "C",
    detail text,
    PRIMARY KEY (workspace_id, source_id, visit),
    CONSTRAINT leased_has_lease CHECK ((phase = 'ready') = (lease_token IS NULL AND lease_until IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX outbox_due ON outbox (workspace_id, lane, priority, due_at) WHERE phase = 'ready' AND held IS NULL;
CREATE INDEX outbox_leased ON outbox (workspace_id, lease_until) WHERE phase <> 'ready';
CREATE INDEX outbox_held ON outbox (workspace_id, sequence_id) WHERE held IS NOT NULL;

-- Permits in a window: warm-up, rates, drains.
CREATE TABLE budget (
    workspace_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    capacity integer NOT NULL CHECK (capacity >= 0),
    period_seconds integer NOT NULL CHECK (period_seconds > 0),
    window_start timestamptz NOT NULL,
    used integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (workspace_id, name)
) WITH (fillfactor = 50);

CREATE TABLE job (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    arguments jsonb NOT NULL,
    -- Where the next page begins; null before the first.
    cursor jsonb,
    done integer NOT NULL DEFAULT 0,
    total integer,
    errors jsonb NOT NULL DEFAULT '[]',
    result jsonb,
    lease_token uuid,
    lease_until timestamptz,
    failures smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX job_open ON job (workspace_id, created_at) WHERE status IN ('queued', 'running');

-- What the inbox transport caught: the bytes that a server would have got.
CREATE TABLE inbox (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    visit integer NOT NULL,
    to_key text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, source_id, visit),
    UNIQUE (workspace_id, id)
);
CREATE INDEX inbox_of_address ON inbox (workspace_id, to_key, id);

-- Row-level security binds the front doors. The owner is not bound: its queries name the workspace themselves.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'dripline'::regnamespace
        AND c.relkind = 'r' AND c.relname NOT IN ('workspace', 'api_key', 'schema_migration')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY own_workspace ON %I TO dripline_app
            USING (workspace_id = nullif(current_setting('dripline.workspace', true), '')::uuid)$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO dripline_app', name);
    END LOOP;
END $$;
ALTER TABLE workspace ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON workspace TO dripline_app
    USING (id = nullif(current_setting('dripline.workspace', true), '')::uuid);
-- UPDATE lets a front door lock its own workspace row; keys are looked up before the workspace is known.
GRANT SELECT, UPDATE ON workspace TO dripline_app;
GRANT SELECT ON api_key TO dripline_app;
GRANT USAGE ON SCHEMA dripline TO dripline_app;
