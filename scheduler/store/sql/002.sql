-- 002.sql - partitions on any grid, check results as rows, lists that do not grow with history.
--
-- Columns are renamed and added in place: only the check results, which come out of the results of
-- attempts, and the indexes of runs take time that grows with the past.

-- The day number of YYYY-MM-DD; NULL for other text.
-- part: day_of
CASE WHEN $ GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
	THEN CAST(strftime('%s', $) AS INTEGER) / 86400 END

-- What a day grid calls a partition; other grids get their words with the migration that brings
-- them.
-- part: partition_text
CASE $.unit WHEN 'day' THEN {date $.part} END
-- part: partition_day
CASE $.unit WHEN 'day' THEN $.part END

-- The checks in the results of attempts, given as a query of (key, result).  A result is the text
-- of a stranger: what is no object in a list of checks is passed over, and so is a list that is none.
-- It says on which grid its partition is, unless that is days in UTC.
-- part: put_checks_of
INSERT OR REPLACE INTO check_result (attempt, seq, dataset, partition, unit, zone, part, kind, name,
	status, severity, reason, observed, expected, message)
SELECT attempt, seq, dataset, partition, iif(part IS NULL, NULL, coalesce(unit, 'day')),
	iif(part IS NULL, NULL, coalesce(zone, 'UTC')), part, kind, name, status, severity, reason,
	observed, expected, message
FROM (SELECT *, CASE WHEN unit IS NULL THEN {day_of partition} ELSE given END AS part
	FROM (SELECT a.key AS attempt, c.key AS seq, c.value ->> 'dataset' AS dataset,
			substr(c.value ->> 'partition', instr(c.value ->> 'partition', '=') + 1)
				AS partition,
			c.value ->> 'unit' AS unit, c.value ->> 'timezone' AS zone,
			CASE typeof(c.value ->> 'part') WHEN 'integer' THEN c.value ->> 'part' END
				AS given,
			c.value ->> 'check' AS kind, c.value ->> 'name' AS name,
			c.value ->> 'status' AS status, c.value ->> 'severity' AS severity,
			c.value ->> 'reason' AS reason, c.value ->> 'observed' AS observed,
			c.value ->> 'expected' AS expected, c.value ->> 'message' AS message
		FROM ($) a,
			json_each(CASE WHEN json_valid(a.result) THEN a.result END, '$.checks') c
		WHERE c.type = 'object' AND typeof(c.key) = 'integer'))

-- name: 002
DROP VIEW v_check;
DROP VIEW v_version;
DROP VIEW v_partition;
DROP VIEW v_stale;

-- ---- partitions: number `part` of the grid (unit, zone); a dataset has one grid at a time ----

ALTER TABLE partition RENAME COLUMN day TO part;
ALTER TABLE partition ADD COLUMN unit TEXT NOT NULL DEFAULT 'day';
ALTER TABLE partition ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE version RENAME COLUMN day TO part;
ALTER TABLE version ADD COLUMN unit TEXT NOT NULL DEFAULT 'day';
ALTER TABLE version ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';

-- ---- check results ----

-- `seq` is the place in the result of the attempt, which stays the whole truth.  What was checked
-- is told in the worker's words; unit, zone and part are NULL where those name no partition.
CREATE TABLE check_result (
	attempt INTEGER NOT NULL REFERENCES attempt,
	seq INTEGER NOT NULL CHECK (seq >= 0),
	dataset TEXT,
	partition TEXT,
	unit TEXT,
	zone TEXT,
	part INTEGER,
	kind TEXT,
	name TEXT,
	status TEXT,
	severity TEXT,
	reason TEXT,
	observed ANY,
	expected ANY,
	message TEXT,
	PRIMARY KEY (attempt, seq)
) STRICT, WITHOUT ROWID;

{put_checks_of SELECT key, result FROM attempt WHERE state IN ({attempt_ended})};

-- ---- what lists are found by, the newest first ----

CREATE INDEX check_dataset ON check_result (dataset, partition DESC, attempt);
CREATE INDEX check_partition ON check_result (partition DESC, attempt);
CREATE INDEX run_logical ON run (logical_us, key);
CREATE INDEX run_state ON run (state, logical_us, key);
CREATE INDEX run_dag_state ON run (dag, state, logical_us, key);

-- ---- the public views ----

-- Digests that are not comparable (unpartitioned inputs) have no partition row.
CREATE VIEW v_stale AS
SELECT p.dataset AS dataset, {partition_text p} AS partition, c.dataset AS input_dataset,
	{partition_text c} AS input_partition, json_extract(i.value, '$.version') AS read_version,
	json_extract(i.value, '$.digest') AS read_digest, c.version AS current_version,
	c.digest AS current_digest, {partition_day p} AS day, p.unit AS unit, p.zone AS zone,
	p.part AS part
FROM partition p, json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i
JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
	AND c.part = json_extract(i.value, '$.day')
WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '');

CREATE VIEW v_partition AS
SELECT p.dataset AS dataset, {partition_text p} AS partition, p.version AS version,
	p.digest AS digest, p.rows AS rows, p.bytes AS bytes, p.partial AS partial,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.part = p.part) AS stale,
	r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,
	{utc p.published_us} AS published_at, p.inputs AS inputs, {partition_day p} AS day,
	p.unit AS unit, p.zone AS zone, p.part AS part
FROM partition p LEFT JOIN run r ON r.key = p.run;

CREATE VIEW v_version AS
SELECT v.dataset AS dataset, {partition_text v} AS partition, v.version AS version,
	v.digest AS digest, v.rows AS rows, v.bytes AS bytes, v.attempt AS attempt,
	{utc v.published_us} AS published_at,
	EXISTS (SELECT 1 FROM partition p WHERE p.dataset = v.dataset AND p.part = v.part
		AND p.version = v.version) AS live,
	v.collected AS collected, v.unit AS unit, v.zone AS zone, v.part AS part
FROM version v;

CREATE VIEW v_check AS
SELECT c.attempt AS attempt, r.dag AS dag, r.run_id AS run_id, a.task AS task,
	a.try_number AS try_number, c.dataset AS dataset, c.partition AS partition,
	c.kind AS check_type, c.name AS name, c.status AS status, c.severity AS severity,
	c.reason AS reason, c.observed AS observed, c.expected AS expected, c.message AS message,
	{utc a.ended_us} AS ended_at,
	NOT EXISTS (SELECT 1 FROM attempt n WHERE n.run = a.run AND n.task = a.task
		AND n.key > a.key) AS latest,
	json_extract(a.result, '$.checks[' || c.seq || ']') AS result,
	c.unit AS unit, c.zone AS zone, c.part AS part
FROM check_result c JOIN attempt a ON a.key = c.attempt JOIN run r ON r.key = a.run;

PRAGMA user_version = 2;
