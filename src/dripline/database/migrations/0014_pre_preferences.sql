-- What people choose for themselves: which lists they are on, and that they want to be on one.

ALTER TABLE list
    -- Whether its members see it, and may leave it or come on it by themselves.
    ADD COLUMN is_public boolean NOT NULL DEFAULT false,
    -- Whether who is put on it is asked first, by a mail; from a template of their own, where there is one.
    ADD COLUMN double_opt_in boolean NOT NULL DEFAULT false,
    ADD COLUMN confirm_template_id uuid;

-- When somebody first unsubscribed by a link in it; in the workspace's time.
ALTER TABLE message ADD COLUMN unsubscribed_at timestamptz;

-- Who was asked whether they want to be on a list. In the workspace's time.
CREATE TABLE list_request (
    workspace_id uuid NOT NULL,
    list_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    -- What the link in the mail names.
    id uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    -- When they were last asked, and how often.
    mailed_at timestamptz NOT NULL,
    mails integer NOT NULL DEFAULT 1 CHECK (mails > 0),
    confirmed_at timestamptz,
    PRIMARY KEY (workspace_id, list_id, contact_id)
);
CREATE INDEX list_request_of_contact ON list_request (workspace_id, contact_id);

SELECT protect_new_tables();
