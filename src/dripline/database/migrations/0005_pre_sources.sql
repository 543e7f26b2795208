-- Mail that no run asked for: transactional mail, tests of templates, and mail in doubt that somebody sends again.

ALTER TABLE message
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'sequence' CHECK (kind IN ('sequence', 'transactional', 'test')),
    -- The time that it was asked to go at, where that was not at once.
    ADD COLUMN scheduled_for timestamptz,
    -- The message by which somebody sent it again, because nobody knew whether it had arrived.
    ADD COLUMN resent_as uuid,
    -- A test goes to any address.
    ALTER COLUMN contact_id DROP NOT NULL,
    ALTER COLUMN sequence_id DROP NOT NULL,
    ALTER COLUMN step DROP NOT NULL,
    -- Null where the content came with the request.
    ALTER COLUMN template_id DROP NOT NULL,
    ADD CONSTRAINT of_sequence_has_step CHECK ((kind = 'sequence') = (sequence_id IS NOT NULL AND step IS NOT NULL)),
    ADD CONSTRAINT only_tests_go_to_strangers CHECK (contact_id IS NOT NULL OR kind = 'test');
CREATE INDEX message_to_stranger ON message (workspace_id, lower(to_address)) WHERE contact_id IS NULL;

ALTER TABLE outbox
    ALTER COLUMN contact_id DROP NOT NULL,
    ALTER COLUMN sequence_id DROP NOT NULL;

-- What came with the request for a mail that no run asked for. Kept until the mail is settled, and as long as it is in
-- doubt, so that it can be sent again.
CREATE TABLE message_content (
    workspace_id uuid NOT NULL,
    -- The message: its source is itself.
    source_id uuid NOT NULL,
    -- Where it goes, when that is not to its contact.
    to_email text COLLATE "C",
    to_key text COLLATE "C",
    -- What its names stand for, besides the contact.
    data jsonb NOT NULL,
    -- What it says, as Liquid, when that is not a template.
    subject text,
    html text,
    text text,
    -- Whether it may only go to those who want mail.
    asks_consent boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, source_id),
    CONSTRAINT address_has_key CHECK ((to_email IS NULL) = (to_key IS NULL)),
    CONSTRAINT content_is_whole CHECK ((subject IS NULL) = (html IS NULL) AND (subject IS NULL) = (text IS NULL))
);

-- A request that is repeated under its key is the same request.
CREATE TABLE message_key (
    workspace_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX message_key_age ON message_key (workspace_id, created_at);

-- One default sender for a workspace: the newest, where two became it at the same moment.
UPDATE sender AS s SET is_default = false WHERE s.is_default AND EXISTS (
    SELECT 1 FROM sender AS o WHERE o.workspace_id = s.workspace_id AND o.is_default
        AND (o.created_at, o.id) > (s.created_at, s.id));
CREATE UNIQUE INDEX sender_default ON sender (workspace_id) WHERE is_default;

-- Binds the front doors to their own workspace in tables that are new (see the first migration). Every migration that
-- makes tables ends with it.
CREATE FUNCTION protect_new_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'dripline'::regnamespace
        AND c.relkind = 'r' AND NOT c.relrowsecurity AND c.relname NOT IN ('workspace', 'api_key', 'schema_migration')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY own_workspace ON %I TO dripline_app
            USING (workspace_id = nullif(current_setting('dripline.workspace', true), '')::uuid)$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO dripline_app', name);
    END LOOP;
END $$;
SELECT protect_new_tables();
