-- Opens and clicks.

-- What is tracked in the mail of a workspace; where there is no row, both.
CREATE TABLE tracking (
    workspace_id uuid PRIMARY KEY,
    opens boolean NOT NULL,
    clicks boolean NOT NULL
);

-- Nothing is tracked in the mail of somebody who does not want it.
ALTER TABLE contact ADD COLUMN untracked boolean NOT NULL DEFAULT false;

ALTER TABLE message
    -- The first time that a person opened it, and clicked in it; in the workspace's time.
    ADD COLUMN opened_at timestamptz,
    ADD COLUMN clicked_at timestamptz;

-- Whether a mail that came with a request is tracked; null: as the workspace has it.
ALTER TABLE message_content
    ADD COLUMN tracks_opens boolean,
    ADD COLUMN tracks_clicks boolean;

-- What came in and was answered, and is to be judged. In real time.
CREATE TABLE hit (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    -- Where a click leads; null for an opening.
    target text,
    received_at timestamptz NOT NULL,
    method text COLLATE "C" NOT NULL,
    agent text NOT NULL,
    -- The network that it came from, not the address.
    network text COLLATE "C",
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX hit_of_message ON hit (workspace_id, message_id);

SELECT protect_new_tables();
