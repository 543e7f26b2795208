-- Forms by which anybody may ask to be on a list.

ALTER TABLE list
    -- Whether the list has a public form; and the websites whose scripts may send it.
    ADD COLUMN has_form boolean NOT NULL DEFAULT false,
    ADD COLUMN form_origins text[] NOT NULL DEFAULT '{}';
