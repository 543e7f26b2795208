-- What a message says: bodies made of blocks.

-- The source of blocks is their JSON.
ALTER TABLE template_version DROP CONSTRAINT template_version_source_kind_check,
    ADD CONSTRAINT template_version_source_kind_check CHECK (source_kind IN ('html', 'mjml', 'blocks'));
