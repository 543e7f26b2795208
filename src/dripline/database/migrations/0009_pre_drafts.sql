-- Drafts whose mails are written by a language model, in the background.

-- What was asked for and how far it is: status, goal, templates, written, error. Null for what people write.
ALTER TABLE sequence ADD COLUMN enrichment jsonb
    CHECK (enrichment ->> 'status' IN ('pending', 'in_progress', 'complete', 'failed'));
