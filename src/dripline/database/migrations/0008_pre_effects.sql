-- Effects besides mail: codes for discounts and calls of webhooks, asked for by steps; and the pools of ready-made codes.

-- The newest code that the run was given, for the mails after it.
ALTER TABLE enrollment ADD COLUMN discount jsonb;

-- What was asked for, and what came of it, for ever. The key is that of the visit, as for mail.
CREATE TABLE effect (
    workspace_id uuid NOT NULL,
    -- The enrollment that asked for it.
    source_id uuid NOT NULL,
    visit integer NOT NULL,
    contact_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    step text COLLATE "C" NOT NULL,
    -- Who carries it out: stripe, shopify, pool; or webhook.
    lane text COLLATE "C" NOT NULL,
    asked_at timestamptz NOT NULL,
    -- In the workspace's time.
    due_at timestamptz NOT NULL,
    -- Why it may not be carried out at all, until somebody lets it.
    held text COLLATE "C" CHECK (held IN ('paused')),
    -- ready: may be claimed. claimed: leased, nothing said to the world. carrying: the world may have heard.
    phase text COLLATE "C" NOT NULL DEFAULT 'ready' CHECK (phase IN ('ready', 'claimed', 'carrying', 'settled')),
    lease_token uuid,
    -- In real time.
    lease_until timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    first_tried_at timestamptz,
    -- What will be asked of the world, fixed before it is asked, so that every repetition asks for the same.
    plan jsonb,
    outcome text COLLATE "C" CHECK (outcome IN ('done', 'skipped', 'failed')),
    reason text COLLATE "C",
    detail text,
    -- What came of it: the code, or the answer to the call.
    result jsonb,
    settled_at timestamptz,
    PRIMARY KEY (workspace_id, source_id, visit),
    CONSTRAINT effect_leased_has_lease
        CHECK ((phase IN ('claimed', 'carrying')) = (lease_token IS NOT NULL AND lease_until IS NOT NULL)),
    CONSTRAINT effect_settled_has_outcome
        CHECK ((phase = 'settled') = (outcome IS NOT NULL) AND (phase = 'settled') = (settled_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX effect_due ON effect (workspace_id, lane, due_at) WHERE phase = 'ready' AND held IS NULL;
CREATE INDEX effect_leased ON effect (workspace_id, lease_until) WHERE phase IN ('claimed', 'carrying');
CREATE INDEX effect_held ON effect (workspace_id, sequence_id) WHERE held IS NOT NULL;
CREATE INDEX effect_of_contact ON effect (workspace_id, contact_id);

CREATE TABLE discount_pool (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    -- From how few codes on it is told that there are few left.
    low_at integer NOT NULL CHECK (low_at >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
);

-- A code is given to one visit, once, in the order in which codes were uploaded.
CREATE TABLE discount_code (
    workspace_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    source_id uuid,
    visit integer,
    given_at timestamptz,
    PRIMARY KEY (workspace_id, pool_id, code),
    CONSTRAINT given_to_somebody CHECK ((source_id IS NULL) = (visit IS NULL) AND (source_id IS NULL) = (given_at IS NULL))
);
CREATE INDEX discount_code_free ON discount_code (workspace_id, pool_id, id) WHERE source_id IS NULL;
CREATE UNIQUE INDEX discount_code_given ON discount_code (workspace_id, source_id, visit) WHERE source_id IS NOT NULL;

SELECT protect_new_tables();
