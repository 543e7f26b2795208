-- What comes back: mail and reports of providers about what was sent, and how often an address failed for now.

-- Kept as it came, before anything is made of it. A workspace of zeros: it is not known yet whose it is.
CREATE TABLE inbound (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    source text COLLATE "C" NOT NULL CHECK (source IN
        ('mail', 'imap', 'ses', 'postmark', 'sendgrid', 'mailgun', 'resend')),
    -- What makes a repeated one the same: the provider's id of it, or a digest.
    key text COLLATE "C" NOT NULL,
    -- The addresses that a mail was for, by its envelope.
    envelope text[] NOT NULL,
    -- Empty once it is worked.
    content bytea NOT NULL,
    received_at timestamptz NOT NULL,
    -- waiting: to be worked. done: worked. quarantined: it could not be, for the reason.
    status text COLLATE "C" NOT NULL CHECK (status IN ('waiting', 'done', 'quarantined')),
    reason text,
    attempts smallint NOT NULL DEFAULT 0,
    -- In real time: nobody takes it up before.
    due_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, source, key)
);
CREATE INDEX inbound_due ON inbound (workspace_id, due_at) WHERE status = 'waiting';
CREATE INDEX inbound_age ON inbound (workspace_id, received_at) WHERE status <> 'waiting';

-- Failures of an address in a row that were not for good. A delivery ends the row.
CREATE TABLE soft_bounce (
    workspace_id uuid NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    count integer NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, email_key)
);

SELECT protect_new_tables();
