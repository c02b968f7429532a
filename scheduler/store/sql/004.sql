-- 004.sql - retries of runs, deadlines of runs, and what 0.4 keeps besides.
--
-- Each part has a section of its own.  Views that change are dropped first and made last.

-- What every commit asks is written out word by word: of a list of three or more SQLite makes a
-- table in memory whenever a CHECK, an index or a trigger asks, which is a third of a task's cost.

-- Is it the state of a run that has not ended?
-- part: is_open
($ = 'running' OR $ = 'queued' OR $ = 'up_for_retry')
-- ... of an attempt that lives, or that has ended?
-- part: is_live
($ = 'starting' OR $ = 'running' OR $ = 'killing' OR $ = 'publishing')
-- part: is_over
($ = 'success' OR $ = 'failed' OR $ = 'lost' OR $ = 'cancelled')

-- What a partition is called: part number `part` of its unit, whatever its zone is.
-- part: partition_name
CASE $.unit WHEN 'day' THEN {date $.part}
	WHEN 'hour' THEN strftime('%Y-%m-%dT%H', $.part * 3600, 'unixepoch')
	WHEN 'week' THEN date(($.part * 7 - 3) * 86400, 'unixepoch')
	WHEN 'month' THEN printf('%04d-%02d', ($.part + 23640) / 12, ($.part + 23640) % 12 + 1)
	WHEN 'quarter' THEN printf('%04d-Q%d', ($.part + 7880) / 4, ($.part + 7880) % 4 + 1)
	WHEN 'year' THEN printf('%04d', $.part + 1970) END

-- name: 004
DROP VIEW v_dag;
DROP VIEW v_run;
DROP VIEW v_task;
DROP VIEW v_attempt;
DROP VIEW v_partition;
DROP VIEW v_stale;
DROP VIEW v_version;
DROP VIEW v_event;

-- ---- attempts: more ways to end ----

DROP INDEX attempt_live;
DROP TRIGGER attempt_ended;
ALTER TABLE attempt ADD COLUMN outcome_4 TEXT CHECK (
	outcome_4 IS NULL OR outcome_4 = 'ok' OR outcome_4 = 'error' OR outcome_4 = 'signal' OR
	outcome_4 = 'timeout' OR outcome_4 = 'cancelled' OR outcome_4 = 'gate_failed' OR
	outcome_4 = 'missing' OR outcome_4 = 'input_changed' OR outcome_4 = 'launch_failed' OR
	outcome_4 = 'publish_failed' OR outcome_4 = 'lost' OR outcome_4 = 'fatal' OR
	outcome_4 = 'all_bad' OR outcome_4 = 'held' OR outcome_4 = 'no_space' OR
	outcome_4 = 'max_bad' OR outcome_4 = 'oom' OR outcome_4 = 'skipped' OR
	outcome_4 = 'not_yet');
ALTER TABLE attempt ADD COLUMN state_4 TEXT NOT NULL DEFAULT 'starting'
	CHECK ({is_live state_4} OR {is_over state_4});
UPDATE attempt SET outcome_4 = outcome, state_4 = state;
ALTER TABLE attempt DROP COLUMN outcome;
ALTER TABLE attempt RENAME COLUMN outcome_4 TO outcome;
ALTER TABLE attempt DROP COLUMN state;
ALTER TABLE attempt RENAME COLUMN state_4 TO state;
CREATE UNIQUE INDEX attempt_live ON attempt (run, task) WHERE {is_live state};
CREATE TRIGGER attempt_ended BEFORE UPDATE OF state ON attempt
WHEN {is_over old.state} AND new.state <> old.state BEGIN
	SELECT raise(ABORT, 'an attempt that ended stays as it ended');
END;

-- ---- attempts: what they hold while they live, and what they used ----

ALTER TABLE attempt ADD COLUMN pool TEXT NOT NULL DEFAULT 'default';
ALTER TABLE attempt ADD COLUMN slots INTEGER NOT NULL DEFAULT 1 CHECK (slots >= 0);
ALTER TABLE attempt ADD COLUMN memory_bytes INTEGER;
ALTER TABLE attempt ADD COLUMN cpu_us INTEGER;
ALTER TABLE attempt ADD COLUMN peak_bytes INTEGER;
ALTER TABLE attempt ADD COLUMN read_bytes INTEGER;
ALTER TABLE attempt ADD COLUMN written_bytes INTEGER;
ALTER TABLE attempt ADD COLUMN limits TEXT;

-- ---- what a task left for others, JSON: of each try, and of the one that counts now ----

ALTER TABLE attempt ADD COLUMN outputs TEXT;
ALTER TABLE attempt ADD COLUMN artifacts TEXT;

-- ---- dags: failed runs in a row, for pause_after_failures ----

ALTER TABLE clock ADD COLUMN steps TEXT;

ALTER TABLE dag ADD COLUMN failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0);

-- ---- tasks: instances of those that are expanded, what they left, and when the first attempt of
-- the epoch began, which retry_budget counts from ----

DROP INDEX task_failed;
ALTER TABLE task RENAME TO task_3;
CREATE TABLE task (
	run INTEGER NOT NULL REFERENCES run,
	task_index INTEGER NOT NULL CHECK (task_index >= 0),
	map_index INTEGER NOT NULL DEFAULT -1 CHECK (map_index >= -1),
	task TEXT NOT NULL,
	state TEXT NOT NULL CHECK (
		state = 'none' OR state = 'scheduled' OR state = 'queued' OR
		state = 'running' OR state = 'success' OR state = 'failed' OR
		state = 'up_for_retry' OR state = 'up_for_reschedule' OR state = 'skipped' OR
		state = 'upstream_failed' OR state = 'cancelled' OR state = 'expanded' OR
		state = 'removed'),
	tries INTEGER NOT NULL CHECK (tries >= 0),
	failures INTEGER NOT NULL CHECK (failures >= 0),
	losses INTEGER NOT NULL CHECK (losses >= 0),
	next_retry_us INTEGER CHECK (state NOT IN ('up_for_retry', 'up_for_reschedule')
		OR next_retry_us IS NOT NULL),
	since_us INTEGER NOT NULL,
	waits TEXT NOT NULL,
	first_us INTEGER,
	pool TEXT,
	outputs TEXT,
	kept TEXT,
	answered TEXT CHECK (answered IS NULL OR json_valid(answered)),
	item TEXT,
	list TEXT,
	list_items INTEGER CHECK ((list_items IS NULL) = (list IS NULL)),
	children TEXT CHECK (children IS NULL OR json_valid(children)),
	looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0),
	look_errors INTEGER NOT NULL DEFAULT 0 CHECK (look_errors >= 0),
	look_attempt INTEGER,
	waiting_us INTEGER,
	give_up_us INTEGER,
	answer TEXT,
	seen TEXT,
	PRIMARY KEY (run, task_index, map_index),
	UNIQUE (run, task)
) STRICT, WITHOUT ROWID;
INSERT INTO task SELECT run, task_index, -1, task, state, tries, failures, losses, next_retry_us,
	since_us, waits, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL,
	NULL FROM task_3;
DROP TABLE task_3;
CREATE INDEX task_failed ON task (run, task_index, map_index) WHERE state = 'failed';
ALTER TABLE attempt ADD COLUMN map_index INTEGER NOT NULL DEFAULT -1;
ALTER TABLE event ADD COLUMN map_index INTEGER;

-- ---- waiting for the world: up_for_reschedule, and what the looks of a wait have said ----

ALTER TABLE attempt ADD COLUMN look INTEGER NOT NULL DEFAULT 0 CHECK (look >= 0);
ALTER TABLE attempt ADD COLUMN waiting_us INTEGER;


-- ---- limits: those that starts are decided by, and the pool of a task that waits ----

CREATE TABLE limits (
	key INTEGER PRIMARY KEY CHECK (key = 1),
	text TEXT NOT NULL CHECK (json_valid(text)),
	since_us INTEGER NOT NULL
) STRICT;

-- ---- updates of datasets, for the runs that they wake ----

CREATE TABLE dataset_event (
	key INTEGER PRIMARY KEY,
	consumer TEXT NOT NULL REFERENCES dag,
	logical_us INTEGER,
	dataset TEXT NOT NULL,
	unit TEXT NOT NULL,
	part INTEGER NOT NULL,
	version INTEGER NOT NULL,
	digest TEXT NOT NULL,
	run INTEGER NOT NULL REFERENCES run,
	dag TEXT NOT NULL,
	run_id TEXT NOT NULL,
	at_us INTEGER NOT NULL,
	consumed INTEGER REFERENCES run,
	waits TEXT NOT NULL
) STRICT;
CREATE INDEX dataset_event_waits ON dataset_event (consumer, logical_us) WHERE consumed IS NULL;
CREATE INDEX dataset_event_consumed ON dataset_event (consumed) WHERE consumed IS NOT NULL;
ALTER TABLE run ADD COLUMN triggered_by TEXT;

-- ---- groups with retries: how often they were tried, and when they are tried again ----

CREATE TABLE task_group (
	run INTEGER NOT NULL REFERENCES run,
	group_index INTEGER NOT NULL CHECK (group_index >= 0),
	task_group TEXT NOT NULL,
	retries INTEGER NOT NULL CHECK (retries >= 0),
	most INTEGER NOT NULL CHECK (most >= retries),
	due_us INTEGER,
	first_us INTEGER,
	refused INTEGER NOT NULL CHECK (refused IN (0, 1)),
	waits TEXT NOT NULL,
	PRIMARY KEY (run, group_index)
) STRICT, WITHOUT ROWID;

-- ---- runs: up_for_retry, the retries of a run, its deadline ----

DROP INDEX run_active;
DROP INDEX run_failed;
DROP INDEX run_state;
DROP INDEX run_dag_state;
DROP TRIGGER run_ended;

ALTER TABLE run ADD COLUMN state_4 TEXT NOT NULL DEFAULT 'queued'
	CHECK ({is_open state_4} OR state_4 = 'success' OR state_4 = 'failed' OR
	state_4 = 'cancelled');
ALTER TABLE run ADD COLUMN type_4 TEXT NOT NULL DEFAULT 'manual'
	CHECK (type_4 = 'scheduled' OR type_4 = 'manual' OR type_4 = 'backfill');
UPDATE run SET state_4 = state, type_4 = type;
ALTER TABLE run DROP COLUMN state;
ALTER TABLE run RENAME COLUMN state_4 TO state;
ALTER TABLE run DROP COLUMN type;
ALTER TABLE run RENAME COLUMN type_4 TO type;

-- due_us: while it is running when its timeout is over, while up_for_retry when it goes on.
ALTER TABLE run ADD COLUMN due_us INTEGER;
ALTER TABLE run ADD COLUMN retries INTEGER NOT NULL DEFAULT 0 CHECK (retries >= 0);
ALTER TABLE run ADD COLUMN timed_out INTEGER NOT NULL DEFAULT 0 CHECK (timed_out IN (0, 1));
-- Whose task made it or opened its epoch.
ALTER TABLE run ADD COLUMN parent INTEGER REFERENCES run;
ALTER TABLE run ADD COLUMN parent_task TEXT CHECK ((parent_task IS NULL) = (parent IS NULL));

CREATE INDEX run_active ON run (dag) WHERE {is_open state};
CREATE INDEX run_failed ON run (ended_us) WHERE state = 'failed';
CREATE INDEX run_state ON run (state, logical_us, key);
CREATE INDEX run_dag_state ON run (dag, state, logical_us, key);
CREATE TRIGGER run_ended BEFORE UPDATE OF state ON run
WHEN NOT {is_open old.state} AND new.state <> old.state AND new.epoch <= old.epoch BEGIN
	SELECT raise(ABORT, 'a run that ended goes on in a new epoch only');
END;

-- ---- the public views ----

CREATE VIEW v_dag AS
SELECT d.dag AS dag, f.file AS file, d.digest AS digest, d.present AS present,
	d.paused AS paused, {utc d.cursor_us} AS next_partition,
	{utc d.live_since_us} AS live_since,
	CASE WHEN d.paused AND d.failures THEN printf('%d scheduled run%s failed%s', d.failures,
		iif(d.failures = 1, '', 's'), iif(d.failures = 1, '', ' in a row')) END
		AS paused_because
FROM dag d LEFT JOIN def f ON f.digest = d.digest;

CREATE VIEW v_run AS
SELECT key, dag, run_id, type, state, epoch, {utc logical_us} AS logical_date,
	{utc start_us} AS data_interval_start, {utc end_us} AS data_interval_end,
	digest AS dag_digest, backfill, {utc created_us} AS created_at,
	{utc started_us} AS started_at, {utc ended_us} AS ended_at, params, waits, early,
	CASE state WHEN 'running' THEN {utc due_us} END AS timeout_at,
	CASE state WHEN 'up_for_retry' THEN {utc due_us} END AS next_retry_at, retries, timed_out,
	parent, parent_task, triggered_by
FROM run;

CREATE VIEW v_task AS
SELECT t.run AS run, r.dag AS dag, r.run_id AS run_id, {utc r.logical_us} AS logical_date,
	t.task_index AS task_index, t.task AS task, t.state AS state, t.tries AS tries,
	t.failures AS failures, t.losses AS losses, {utc t.next_retry_us} AS next_retry_at,
	{utc t.since_us} AS since, t.waits AS waits, {utc t.first_us} AS first_started_at,
	coalesce(t.pool, 'default') AS pool, t.outputs AS outputs, t.looks AS looks,
	{utc t.waiting_us} AS waiting_since, {utc t.give_up_us} AS timeout_at, t.answer AS answer,
	t.answered AS answered, CASE WHEN t.map_index >= 0 THEN t.map_index END AS map_index,
	t.item AS item, t.kept AS kept, t.children AS children, t.list_items AS list_items
FROM task t JOIN run r ON r.key = t.run;

CREATE VIEW v_group AS
SELECT g.run AS run, r.dag AS dag, r.run_id AS run_id, {utc r.logical_us} AS logical_date,
	g.group_index AS group_index, g.task_group AS task_group, g.retries + 1 AS try, g.most + 1 AS tries_most,
	{utc g.due_us} AS next_retry_at, {utc g.first_us} AS first_started_at, g.waits AS waits
FROM task_group g JOIN run r ON r.key = g.run;

CREATE VIEW v_attempt AS
SELECT a.key AS key, a.run AS run, r.dag AS dag, r.run_id AS run_id,
	{utc r.logical_us} AS logical_date, a.task AS task, a.epoch AS epoch,
	a.try_number AS try_number, a.state AS state, a.outcome AS outcome,
	a.exit_code AS exit_code, a.signal AS signal, {utc a.created_us} AS created_at,
	{utc a.started_us} AS started_at, {utc a.ended_us} AS ended_at, a.message AS message,
	a.result AS result, a.inputs AS inputs, a.pool AS pool, a.slots AS slots,
	a.memory_bytes AS memory_bytes, a.cpu_us / 1e6 AS cpu_seconds,
	a.peak_bytes AS peak_bytes, a.read_bytes AS read_bytes,
	a.written_bytes AS written_bytes, a.limits AS limits,
	a.outputs AS outputs, a.look AS look, {utc a.waiting_us} AS waiting_since,
	CASE WHEN a.map_index >= 0 THEN a.map_index END AS map_index, a.artifacts AS artifacts
FROM attempt a JOIN run r ON r.key = a.run;

CREATE VIEW v_dataset_event AS
SELECT e.key AS key, e.consumer AS consumer, {utc e.logical_us} AS logical_date,
	e.dataset AS dataset, {partition_name e} AS partition, e.version AS version,
	e.digest AS digest, e.dag AS dag, e.run_id AS run_id, {utc e.at_us} AS at,
	r.run_id AS consumed_by, e.waits AS waits
FROM dataset_event e LEFT JOIN run r ON r.key = e.consumed;

CREATE VIEW v_event AS
SELECT seq, {utc at_us} AS at, kind, run, task_index, attempt, epoch, from_state, to_state,
	detail, map_index
FROM event;

CREATE VIEW v_pool AS
SELECT p.value ->> '$.name' AS pool, p.value ->> '$.slots' AS slots, p.value ->> '$.rate' AS rate,
	p.value ->> '$.rate_seconds' AS rate_seconds, p.value ->> '$.share' AS share,
	p.value ->> '$.description' AS description, {utc l.since_us} AS since
FROM limits l, json_each(l.text, '$.pools') p;

PRAGMA user_version = 4;

-- ---- partitions: names on every grid ----

CREATE VIEW v_stale AS
SELECT p.dataset AS dataset, {partition_name p} AS partition, c.dataset AS input_dataset,
	{partition_name c} AS input_partition, json_extract(i.value, '$.version') AS read_version,
	json_extract(i.value, '$.digest') AS read_digest, c.version AS current_version,
	c.digest AS current_digest, {partition_day p} AS day, p.unit AS unit, p.zone AS zone,
	p.part AS part
FROM partition p, json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i
JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
	AND c.part = json_extract(i.value, '$.day')
WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '');

CREATE VIEW v_partition AS
SELECT p.dataset AS dataset, {partition_name p} AS partition, p.version AS version,
	p.digest AS digest, p.rows AS rows, p.bytes AS bytes, p.partial AS partial,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.part = p.part) AS stale,
	r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,
	{utc p.published_us} AS published_at, p.inputs AS inputs, {partition_day p} AS day,
	p.unit AS unit, p.zone AS zone, p.part AS part,
	p.preliminary IS NOT NULL AS preliminary, p.preliminary AS preliminary_reason,
	p.definition AS definition, p.outdated AS outdated, p.files AS files
FROM partition p LEFT JOIN run r ON r.key = p.run;

CREATE VIEW v_version AS
SELECT v.dataset AS dataset, {partition_name v} AS partition, v.version AS version,
	v.digest AS digest, v.rows AS rows, v.bytes AS bytes, v.attempt AS attempt,
	{utc v.published_us} AS published_at,
	EXISTS (SELECT 1 FROM partition p WHERE p.dataset = v.dataset AND p.part = v.part
		AND p.version = v.version) AS live,
	v.collected AS collected, v.unit AS unit, v.zone AS zone, v.part AS part
FROM version v;
