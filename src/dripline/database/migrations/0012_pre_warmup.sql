-- How much may leave, and how much has: warm-up of sending domains, rates, and what is counted.

-- What the capacity becomes when a window turns in which permits were used; null: it stays.
ALTER TABLE budget ADD COLUMN next_capacity integer CHECK (next_capacity >= 0);

-- Domains whose daily limit grows with the days on which they send.
CREATE TABLE warmup (
    workspace_id uuid NOT NULL,
    domain text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('inactive', 'active', 'paused', 'completed')),
    starting_limit integer NOT NULL CHECK (starting_limit > 0),
    target_limit integer NOT NULL CHECK (target_limit >= starting_limit),
    factor numeric(6, 3) NOT NULL CHECK (factor >= 1),
    -- Its number among the days on which something was sent; the first is 1.
    day integer NOT NULL DEFAULT 1 CHECK (day > 0),
    -- Why it is paused: high_bounce_rate, high_complaint_rate, manual.
    reason text COLLATE "C",
    -- What was counted before this hour is forgiven: somebody has resumed.
    healthy_since timestamptz,
    started_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, domain)
);

-- Counts by day and by hour (UTC), as sums of deltas that are written where the thing counted happens. What is counted
-- is named by a subject (domain:example.com/, sequence:...) and a word (sent, bounced).
CREATE TABLE tally_by_day (
    workspace_id uuid NOT NULL,
    subject text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    what text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (workspace_id, subject, at, what)
);
CREATE TABLE tally_by_hour (LIKE tally_by_day INCLUDING ALL);

-- Deltas not yet added to their sums: many may be written at once without waiting for each other. `at` is the hour.
CREATE TABLE tally_delta (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    subject text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    what text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX tally_delta_of ON tally_delta (workspace_id, subject);

-- Why a sequence was paused by itself, and the hour from which its mail is judged, since somebody has resumed it.
ALTER TABLE sequence ADD COLUMN paused_for text COLLATE "C", ADD COLUMN healthy_since timestamptz;

-- The version of the sequence that a mail was sent in, for whatever is heard of it later.
ALTER TABLE message ADD COLUMN sequence_version integer;

-- Which family of mailbox providers takes the mail of a recipient's domain, by its MX; family is null for the others,
-- checked_at until somebody has asked.
CREATE TABLE mail_host (
    workspace_id uuid NOT NULL,
    domain text COLLATE "C" NOT NULL,
    family text COLLATE "C",
    checked_at timestamptz,
    PRIMARY KEY (workspace_id, domain)
);
CREATE INDEX mail_host_unchecked ON mail_host (workspace_id) WHERE checked_at IS NULL;

SELECT protect_new_tables();
