-- 003.sql - epochs before their interval has ended, and what 0.3 keeps besides.

-- The inputs of a partition, as rows of json_each().  They are the text of a stranger.
-- part: each_input
json_each(CASE WHEN json_valid($.inputs) THEN $.inputs END) i

-- The unpartitioned files that a partition has read, {"dataset": "digest"} in the order of names.
-- "files" is none: it stands for all that an ingest found in the landing place.
-- part: files_of
(SELECT json_group_object(name, digest) FROM (
	SELECT json_extract(i.value, '$.dataset') AS name,
		max(json_extract(i.value, '$.digest')) AS digest
	FROM {each_input $}
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NULL
		AND json_extract(i.value, '$.digest') <> ''
		AND json_extract(i.value, '$.dataset') <> 'files' GROUP BY 1 ORDER BY 1))

-- How many of the partitions that it has read have another content now.
-- part: outdated_of
(SELECT count(*) FROM {each_input $}
	JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
		AND c.part = json_extract(i.value, '$.day')
	WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), ''))

-- By which definitions the partitions that it has read are made, {"dataset": ["digest"]} in the
-- order of names; an empty one where that is not known.
-- part: made_of
(SELECT json_group_object(name, json(digests)) FROM (
	SELECT name, json_group_array(definition) AS digests
	FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition
		FROM {each_input $}
		JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
			AND c.part = json_extract(i.value, '$.day')
		WHERE i.type = 'object' ORDER BY 1, 2)
	GROUP BY name ORDER BY name))

-- part: inputs_of
(SELECT json_extract(i.value, '$.dataset') AS dataset,
		CAST(json_extract(i.value, '$.day') AS INTEGER) AS part
	FROM {each_input $}
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NOT NULL
		AND json_extract(i.value, '$.dataset') IS NOT NULL)

-- Statements of triggers.  What a partition reads, as rows; what it has read, counted.
-- part: put_readers
INSERT INTO reader (input, input_part, dataset, part)
	SELECT n.dataset, n.part, new.dataset, new.part FROM {inputs_of new} n WHERE true
	ON CONFLICT DO NOTHING;
-- part: look_at_itself
UPDATE partition SET files = {files_of new}, outdated = {outdated_of new}, made = {made_of new}
	WHERE dataset = new.dataset AND part = new.part
-- Who has read this partition sees whether it is still the same, and by what it is made.
-- part: look_at_readers
UPDATE partition SET outdated = {outdated_of partition}, made = {made_of partition}
	WHERE (dataset, part) IN (SELECT dataset, part FROM reader
		WHERE input = $.dataset AND input_part = $.part)
-- part: or_sum_up
ON CONFLICT DO UPDATE SET partitions = partitions + excluded.partitions,
		rows = rows + excluded.rows, bytes = bytes + excluded.bytes,
		outdated = outdated + excluded.outdated,
		published_us = max(published_us, excluded.published_us)
-- What is taken away may not have been added up yet, so this makes the row as well.
-- part: take_away
INSERT INTO tally (dataset, files, definition, made, partitions, rows, bytes, outdated,
		published_us)
	VALUES (old.dataset, old.files, coalesce(old.definition, ''), old.made, -1, -old.rows,
		-old.bytes, -(old.outdated > 0), old.published_us)
	{or_sum_up}
-- part: add_up
INSERT INTO tally (dataset, files, definition, made, partitions, rows, bytes, outdated,
		published_us)
	VALUES (new.dataset, new.files, coalesce(new.definition, ''), new.made, 1, new.rows,
		new.bytes, new.outdated > 0, new.published_us)
	{or_sum_up}

-- name: 003
DROP VIEW v_run;
DROP VIEW v_partition;
DROP VIEW v_backfill;
DROP VIEW v_attempt;

-- ---- runs: the epoch was opened before its interval had ended ----

ALTER TABLE run ADD COLUMN early INTEGER NOT NULL DEFAULT 0 CHECK (early IN (0, 1));
-- What an earlier version let run before its day had ended is owed the whole of it.
UPDATE run SET early = 1
WHERE end_us > start_us AND end_us > CAST(strftime('%s', 'now') AS INTEGER) * 1000000;

-- Runs are found by when they were worked on, too.
CREATE INDEX run_worked ON run (coalesce(started_us, created_us), key);

-- ---- partitions: why the live version will be made again; NULL when it is final ----

ALTER TABLE partition ADD COLUMN preliminary TEXT
	CHECK (preliminary IS NULL OR preliminary IN ('early', 'watermark'));

-- ---- partitions: the digest of what the content depends on besides inputs; NULL: not known ----

ALTER TABLE partition ADD COLUMN definition TEXT;
CREATE INDEX partition_definition ON partition (dataset, definition);

-- What that is: each that some partition was made with, once.
CREATE TABLE definition (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- ---- backfills: the newest interval first ----

ALTER TABLE backfill ADD COLUMN backwards INTEGER NOT NULL DEFAULT 0 CHECK (backwards IN (0, 1));

-- ---- attempts: more ways to end ----

ALTER TABLE attempt ADD COLUMN outcome_3 TEXT CHECK (outcome_3 IN ('ok', 'error', 'signal',
	'timeout', 'cancelled', 'gate_failed', 'missing', 'input_changed', 'launch_failed',
	'publish_failed', 'lost', 'fatal', 'all_bad', 'held', 'no_space'));
UPDATE attempt SET outcome_3 = outcome;
ALTER TABLE attempt DROP COLUMN outcome;
ALTER TABLE attempt RENAME COLUMN outcome_3 TO outcome;

-- ---- counts that do not grow with what they count ----

-- `reader` is who has read which partition; `tally` adds up live partitions by dataset and by what
-- only who asks can compare with how it is now: the files that they have read, the definition that
-- made them, and those that made what they have read.  Triggers keep both, so that a row counts
-- whoever writes it.
ALTER TABLE partition ADD COLUMN files TEXT NOT NULL DEFAULT '{}';
ALTER TABLE partition ADD COLUMN outdated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partition ADD COLUMN made TEXT NOT NULL DEFAULT '{}';

CREATE TABLE reader (
	input TEXT NOT NULL,
	input_part INTEGER NOT NULL,
	dataset TEXT NOT NULL,
	part INTEGER NOT NULL,
	PRIMARY KEY (input, input_part, dataset, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
	dataset TEXT NOT NULL,
	files TEXT NOT NULL,
	definition TEXT NOT NULL,
	made TEXT NOT NULL,
	partitions INTEGER NOT NULL,
	rows INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	outdated INTEGER NOT NULL,
	published_us INTEGER NOT NULL,
	PRIMARY KEY (dataset, files, definition, made)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO reader (input, input_part, dataset, part)
	SELECT json_extract(i.value, '$.dataset'), CAST(json_extract(i.value, '$.day') AS INTEGER),
		p.dataset, p.part
	FROM partition p, {each_input p}
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NOT NULL
		AND json_extract(i.value, '$.dataset') IS NOT NULL;
UPDATE partition SET files = {files_of partition}, outdated = {outdated_of partition},
	made = {made_of partition};
INSERT INTO tally SELECT dataset, files, coalesce(definition, ''), made, count(*), sum(rows),
	sum(bytes), sum(outdated > 0), max(published_us) FROM partition GROUP BY 1, 2, 3, 4;

CREATE TRIGGER partition_came AFTER INSERT ON partition BEGIN
	DELETE FROM tally WHERE dataset = new.dataset AND partitions = 0;
	{add_up};
	{put_readers}
	{look_at_itself};
	{look_at_readers new};
END;

CREATE TRIGGER partition_read AFTER UPDATE OF inputs ON partition
WHEN old.inputs IS NOT new.inputs BEGIN
	DELETE FROM reader WHERE dataset = old.dataset AND part = old.part
		AND (input, input_part) IN (SELECT dataset, part FROM {inputs_of old});
	{put_readers}
	{look_at_itself};
END;

CREATE TRIGGER partition_changed AFTER UPDATE OF digest, definition ON partition
WHEN old.digest <> new.digest OR old.definition IS NOT new.definition BEGIN
	{look_at_readers new};
END;

CREATE TRIGGER partition_counted
AFTER UPDATE OF files, definition, made, outdated, rows, bytes, published_us ON partition BEGIN
	{take_away};
	{add_up};
END;

CREATE TRIGGER partition_gone AFTER DELETE ON partition BEGIN
	{take_away};
	DELETE FROM reader WHERE dataset = old.dataset AND part = old.part
		AND (input, input_part) IN (SELECT dataset, part FROM {inputs_of old});
	{look_at_readers old};
END;

-- What pages ask of a run that failed.
CREATE INDEX task_failed ON task (run, task_index) WHERE state = 'failed';

-- ---- the clocks: how far the wall clock is from the boot's, and what became of the last jump ----

CREATE TABLE clock (
	key INTEGER PRIMARY KEY CHECK (key = 1),
	boot TEXT NOT NULL,
	offset_us INTEGER NOT NULL,
	jump_us INTEGER,
	jumped_us INTEGER,
	held_until_us INTEGER
) STRICT;

-- ---- the public views ----

CREATE VIEW v_clock AS
SELECT boot, offset_us, jump_us, {utc jumped_us} AS jumped_at,
	{utc held_until_us} AS schedule_held_until
FROM clock;

CREATE VIEW v_run AS
SELECT key, dag, run_id, type, state, epoch, {utc logical_us} AS logical_date,
	{utc start_us} AS data_interval_start, {utc end_us} AS data_interval_end,
	digest AS dag_digest, backfill, {utc created_us} AS created_at,
	{utc started_us} AS started_at, {utc ended_us} AS ended_at, params, waits, early
FROM run;

CREATE VIEW v_partition AS
SELECT p.dataset AS dataset, {partition_text p} AS partition, p.version AS version,
	p.digest AS digest, p.rows AS rows, p.bytes AS bytes, p.partial AS partial,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.part = p.part) AS stale,
	r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,
	{utc p.published_us} AS published_at, p.inputs AS inputs, {partition_day p} AS day,
	p.unit AS unit, p.zone AS zone, p.part AS part,
	p.preliminary IS NOT NULL AS preliminary, p.preliminary AS preliminary_reason,
	p.definition AS definition, p.outdated AS outdated, p.files AS files
FROM partition p LEFT JOIN run r ON r.key = p.run;

CREATE VIEW v_attempt AS
SELECT a.key AS key, a.run AS run, r.dag AS dag, r.run_id AS run_id,
	{utc r.logical_us} AS logical_date, a.task AS task, a.epoch AS epoch,
	a.try_number AS try_number, a.state AS state, a.outcome AS outcome,
	a.exit_code AS exit_code, a.signal AS signal, {utc a.created_us} AS created_at,
	{utc a.started_us} AS started_at, {utc a.ended_us} AS ended_at, a.message AS message,
	a.result AS result, a.inputs AS inputs
FROM attempt a JOIN run r ON r.key = a.run;

CREATE VIEW v_backfill AS
SELECT key, dag, {utc from_us} AS from_date, {utc to_us} AS to_date, reprocess,
	max_active_runs, {utc created_us} AS created_at, runs, backwards
FROM backfill;

CREATE VIEW v_tally AS
SELECT dataset, files, partitions, rows, bytes, outdated, {utc published_us} AS published_at,
	definition, made
FROM tally WHERE partitions > 0;

PRAGMA user_version = 3;
