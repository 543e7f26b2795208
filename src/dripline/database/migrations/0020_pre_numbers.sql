-- Numbers that grow no slower with what they count.

-- How many runs stand where: kept by the database with every change of a run, whoever makes it, so that versions of the
-- code that run beside each other count alike.

-- What stands at one step of one version is counted by its status. It has no day: it is what is so now.
CREATE FUNCTION about_runs(sequence uuid, version integer, step text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN 'runs:' || sequence::text || '/' || version::text || '/' || coalesce(step, '') || '/';

CREATE FUNCTION count_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        INSERT INTO dripline.tally_delta (workspace_id, id, subject, at, what, count)
        SELECT workspace_id, gen_random_uuid(), dripline.about_runs(sequence_id, version, step), 'epoch', status, count(*)
        FROM after GROUP BY workspace_id, sequence_id, version, step, status;
    WHEN 'DELETE' THEN
        INSERT INTO dripline.tally_delta (workspace_id, id, subject, at, what, count)
        SELECT workspace_id, gen_random_uuid(), dripline.about_runs(sequence_id, version, step), 'epoch', status, -count(*)
        FROM before GROUP BY workspace_id, sequence_id, version, step, status;
    ELSE
        -- What comes and goes at one place in the same statement is nothing: so are changes of the time alone.
        INSERT INTO dripline.tally_delta (workspace_id, id, subject, at, what, count)
        SELECT workspace_id, gen_random_uuid(), dripline.about_runs(sequence_id, version, step), 'epoch', status, sum(sign)
        FROM (
            SELECT workspace_id, sequence_id, version, step, status, -1 AS sign FROM before
            UNION ALL
            SELECT workspace_id, sequence_id, version, step, status, 1 FROM after
        ) AS changed
        GROUP BY workspace_id, sequence_id, version, step, status HAVING sum(sign) <> 0;
    END CASE;
    RETURN NULL;
END $$;

-- Nobody counts, and nobody adds up, while what there is is counted.
LOCK TABLE tally_by_day, tally_by_hour IN SHARE ROW EXCLUSIVE MODE;

-- Nobody changes a run between these and the count: making a trigger keeps them out.
CREATE TRIGGER count_added AFTER INSERT ON enrollment REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION count_runs();
CREATE TRIGGER count_changed AFTER UPDATE ON enrollment REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION count_runs();
CREATE TRIGGER count_gone AFTER DELETE ON enrollment REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION count_runs();

INSERT INTO tally_by_day (workspace_id, subject, at, what, count)
SELECT workspace_id, about_runs(sequence_id, version, step), 'epoch', status, count(*)
FROM enrollment GROUP BY workspace_id, sequence_id, version, step, status;

-- A reading takes thousands of rows, each of another page of the table: the index alone has to be enough. It is where the
-- table is vacuumed.
ALTER TABLE tally_by_day DROP CONSTRAINT tally_by_day_pkey,
    ADD PRIMARY KEY (workspace_id, subject, at, what) INCLUDE (count),
    SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE tally_by_hour DROP CONSTRAINT tally_by_hour_pkey,
    ADD PRIMARY KEY (workspace_id, subject, at, what) INCLUDE (count),
    SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- What has a subject of several parts is added up for the first part as well.
INSERT INTO tally_by_day (workspace_id, subject, at, what, count)
SELECT workspace_id, split_part(subject, '/', 1), at, what, sum(count) FROM tally_by_day
WHERE strpos(subject, '/') < length(subject) GROUP BY 1, 2, 3, 4;
INSERT INTO tally_by_hour (workspace_id, subject, at, what, count)
SELECT workspace_id, split_part(subject, '/', 1), at, what, sum(count) FROM tally_by_hour
WHERE strpos(subject, '/') < length(subject) GROUP BY 1, 2, 3, 4;

-- Goals that were reached before they were counted as mail is: each by the last mail before it.
INSERT INTO tally_delta (workspace_id, id, subject, at, what, count)
SELECT c.workspace_id, gen_random_uuid(), counted.subject, date_trunc('hour', c.at, 'UTC'), 'converted', count(*)
FROM conversion AS c JOIN enrollment AS e ON e.workspace_id = c.workspace_id AND e.id = c.enrollment_id
LEFT JOIN LATERAL (
    SELECT m.sequence_version, m.step, m.template_id FROM message AS m
    WHERE m.workspace_id = c.workspace_id AND m.source_id = c.enrollment_id AND m.sent_at <= c.at
    ORDER BY m.visit DESC LIMIT 1
) AS mailed ON true
CROSS JOIN LATERAL (VALUES ('mail/'), ('template:' || mailed.template_id::text || '/'), (
    'sequence:' || c.sequence_id::text || '/' || coalesce(mailed.sequence_version, e.version)::text || '/'
    || coalesce(mailed.step, '') || '/'
)) AS counted(subject)
WHERE counted.subject IS NOT NULL
GROUP BY 1, 3, 4;
