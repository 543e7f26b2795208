-- Every way into a sequence, through it and out of it: lists, tags, segments, changes of contacts, campaigns, senders,
-- listeners, conversions, the frequency cap, and what sequences need to be paused, edited and extended safely.

CREATE INDEX contact_by_created ON contact (workspace_id, created_at);
-- Which contacts crossed a boundary of time with an event of a name; and how many of them a contact had, or a page of
-- contacts, in a span of time. Either needs its own order.
CREATE INDEX event_by_time ON event (workspace_id, name, occurred_at, contact_id);
CREATE INDEX event_by_name ON event (workspace_id, name, contact_id, occurred_at);
-- What happened to one contact, in the order in which it happened: every question about one contact is one about time.
DROP INDEX event_of_contact;
CREATE INDEX event_of_contact ON event (workspace_id, contact_id, occurred_at, id);

CREATE TABLE contact_tag (
    workspace_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    -- In its normal form.
    tag text COLLATE "C" NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, tag)
);
CREATE INDEX contact_by_tag ON contact_tag (workspace_id, tag, contact_id);

CREATE TABLE list (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    description text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
);

CREATE TABLE list_member (
    workspace_id uuid NOT NULL,
    list_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, list_id, contact_id)
);
CREATE INDEX list_of_contact ON list_member (workspace_id, contact_id);

-- What was changed about a contact, for their timeline.
CREATE TABLE contact_change (
    workspace_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    id uuid NOT NULL,
    -- created, properties, tagged, untagged, list_joined, list_left, segment_entered, segment_left, unsubscribed,
    -- resubscribed, suppressed, unsuppressed, chain_stopped, ...
    what text COLLATE "C" NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, at, id)
);

CREATE TABLE segment (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    -- As they were sent, in whichever published format.
    rules jsonb NOT NULL,
    -- The tree that was read from them, with lists and other segments by id; and the same with the trees of those
    -- segments in their place, which is what is evaluated.
    tree jsonb NOT NULL,
    whole jsonb NOT NULL,
    -- The segments that the tree names.
    refs uuid[] NOT NULL DEFAULT '{}',
    -- The members that count are those of this generation; null before the first build is done.
    generation integer,
    -- Whether that generation was built by other rules than these.
    outdated boolean NOT NULL DEFAULT false,
    -- The generation that is being built, by which job, and up to which contact it has come; null when it has not begun.
    building integer,
    job_id uuid,
    built_to uuid,
    -- Up to when the boundaries of its time rules have been moved, and up to when they are being moved; null for rules
    -- without time, and before a build of new rules has begun.
    swept_until timestamptz,
    sweeping_to timestamptz,
    computed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
);
CREATE INDEX segment_with_time ON segment (workspace_id) WHERE swept_until IS NOT NULL;

CREATE TABLE segment_member (
    workspace_id uuid NOT NULL,
    segment_id uuid NOT NULL,
    generation integer NOT NULL,
    contact_id uuid NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, segment_id, generation, contact_id)
);
CREATE INDEX segment_of_contact ON segment_member (workspace_id, contact_id);

-- The dates in properties that time rules look at: who crosses a boundary in a span of time.
CREATE TABLE segment_date (
    workspace_id uuid NOT NULL,
    segment_id uuid NOT NULL,
    path text COLLATE "C" NOT NULL,
    contact_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, segment_id, path)
);
CREATE INDEX segment_date_by_time ON segment_date (workspace_id, segment_id, path, at);

-- Who listens to which facts: one look-up for a batch of facts, however many sequences and segments there are.
CREATE TABLE listener (
    workspace_id uuid NOT NULL,
    -- Of the fact: event, contact, tag, untag, list, unlist, segment, unsegment, property, field.
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('start', 'frequency', 'stop', 'convert', 'wake', 'segment')),
    -- A version of a sequence; or a segment, whose version is 0.
    target_id uuid NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (workspace_id, kind, key, role, target_id, version)
);
CREATE INDEX listener_of_target ON listener (workspace_id, target_id);
INSERT INTO listener (workspace_id, kind, key, role, target_id, version)
SELECT workspace_id, kind, key, 'start', sequence_id, version FROM sequence_trigger;

-- Sequences that start who fell silent, and up to when silence has been looked at.
CREATE TABLE silence (
    workspace_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    event text COLLATE "C" NOT NULL,
    days integer NOT NULL,
    -- From when silence counts for those who never had the event: their making, or else the activation.
    baseline text COLLATE "C" NOT NULL CHECK (baseline IN ('sequence', 'contact')),
    activated_at timestamptz NOT NULL,
    swept_until timestamptz NOT NULL,
    -- A sweep that is under way: up to when it looks, and the last contact it has looked at.
    sweeping_until timestamptz,
    cursor uuid,
    PRIMARY KEY (workspace_id, sequence_id)
);

ALTER TABLE sequence ADD COLUMN paused_at timestamptz;
-- The last version whose publishing moves those who are in older ones; 0 when none does.
ALTER TABLE sequence ADD COLUMN moving_to integer NOT NULL DEFAULT 0;
ALTER TABLE sequence DROP CONSTRAINT sequence_status_check;
ALTER TABLE sequence ADD CONSTRAINT sequence_status_check
    CHECK (status IN ('draft', 'active', 'paused', 'resuming', 'archived'));

-- The lists, segments and sequences that a version names, by kind and name, with their ids.
ALTER TABLE sequence_version ADD COLUMN refs jsonb NOT NULL DEFAULT '{}';

-- The fact that a step waits for besides its time, as kind:key; null when there is none.
ALTER TABLE enrollment ADD COLUMN waits_for text COLLATE "C";
-- What started it, as kind:key, for people.
ALTER TABLE enrollment ADD COLUMN entered_via text COLLATE "C";
CREATE INDEX enrollment_waiting ON enrollment (workspace_id, contact_id, waits_for)
    WHERE status = 'active' AND waits_for IS NOT NULL;

-- Goals that were reached: at most once by each enrollment, also after its end.
CREATE TABLE conversion (
    workspace_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, enrollment_id)
);
CREATE INDEX conversion_of_sequence ON conversion (workspace_id, sequence_id, at);

-- At most so many mails to one contact in a rolling span, whichever sequences they are of.
CREATE TABLE frequency_cap (
    workspace_id uuid PRIMARY KEY,
    most integer NOT NULL CHECK (most > 0),
    within_seconds integer NOT NULL CHECK (within_seconds > 0)
);

CREATE TABLE sender (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    email text COLLATE "C" NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    reply_to text COLLATE "C",
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, email_key)
);

CREATE TABLE campaign (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    description text,
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'paused', 'completed')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE campaign_sequence (
    workspace_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    sequence_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, sequence_id)
);
CREATE TABLE campaign_template (
    workspace_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    template_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, template_id)
);

-- A file that a job reads: kept in parts, in the order of their numbers, until the job has ended.
CREATE TABLE upload (
    workspace_id uuid NOT NULL,
    job_id uuid NOT NULL,
    part integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (workspace_id, job_id, part)
);
-- Not compressed, so that a slice is read without the rest.
ALTER TABLE upload ALTER COLUMN content SET STORAGE EXTERNAL;

-- The time that an ISO 8601 date or time names, or null when it names none: what `predicates.truth.moment` gives.
-- What nearly all dates look like is tried first: this runs for each contact of a segment.
CREATE FUNCTION moment(given text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    last_day integer;
BEGIN
    IF given ~ ('^[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])'
        '(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:[Zz]|[+-](?:0[0-9]|1[0-4]):[0-5][0-9]))?$')
    THEN
        RETURN CASE length(given) WHEN 10 THEN given || ' 00:00Z' ELSE given END::timestamptz;
    END IF;
    IF given !~ ('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])'
        '(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:[Zz]|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$')
        OR substr(given, 1, 4) = '0000'
    THEN
        RETURN NULL;
    END IF;
    last_day := CASE
        WHEN substr(given, 6, 2) IN ('04', '06', '09', '11') THEN 30
        WHEN substr(given, 6, 2) <> '02' THEN 31
        WHEN substr(given, 1, 4)::integer % 4 = 0
            AND (substr(given, 1, 4)::integer % 100 <> 0 OR substr(given, 1, 4)::integer % 400 = 0) THEN 29
        ELSE 28 END;
    IF substr(given, 9, 2)::integer > last_day THEN
        RETURN NULL;
    END IF;
    RETURN (regexp_replace(given, '(\.[0-9]{6})[0-9]+', '\1') || CASE
        WHEN length(given) = 10 THEN ' 00:00Z'
        WHEN given ~ '(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$' THEN ''
        ELSE 'Z' END)::timestamptz;
END
$$;

DO $$
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
