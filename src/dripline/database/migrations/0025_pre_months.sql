-- Counts by month as well: what was counted since ever is read in as many rows as there were months.

CREATE TABLE tally_by_month (LIKE tally_by_day INCLUDING ALL);

-- Nobody adds up while what there is is added up.
LOCK TABLE tally_by_day IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO tally_by_month (workspace_id, subject, at, what, count)
SELECT workspace_id, subject, date_trunc('month', at, 'UTC'), what, sum(count) FROM tally_by_day
GROUP BY 1, 2, 3, 4;

SELECT protect_new_tables();
