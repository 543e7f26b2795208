-- What the mails of a workspace have in common: its defaults, layouts and partials.

CREATE TABLE mail_defaults (
    workspace_id uuid PRIMARY KEY,
    -- Counts the changes: what was made with older ones is told apart by it.
    version integer NOT NULL CHECK (version > 0),
    settings jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE template_piece (
    workspace_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('layout', 'partial')),
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    -- The language of a layout; a partial is Liquid, and stands in any.
    source_kind text COLLATE "C" NOT NULL CHECK (source_kind IN ('html', 'mjml', 'blocks')),
    source text NOT NULL,
    -- The slugs of all partials in it, those in them among these.
    partials text[] COLLATE "C" NOT NULL DEFAULT '{}',
    version integer NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, kind, slug)
);

-- What a version was compiled with: its layout, and the slugs of all partials.
ALTER TABLE template_version ADD COLUMN layout text COLLATE "C",
    ADD COLUMN partials text[] COLLATE "C" NOT NULL DEFAULT '{}';

SELECT protect_new_tables();
