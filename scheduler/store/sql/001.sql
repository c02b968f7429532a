-- 001.sql - the state database as 0.1 made it.
--
-- A migration that was released is never edited, and neither are the parts that it uses: the words
-- in it are frozen on purpose and do not come from state.h.  NNN.sql takes the schema from NNN - 1
-- to NNN, in one transaction.  How such a file is embedded: contrib/embed-sql.

-- A time column as timestamp_format() writes it (core/time/civil.h); NULL stays NULL.
-- part: micro
(($ % 1000000 + 1000000) % 1000000)
-- part: utc
strftime('%Y-%m-%dT%H:%M:%S', ($ - {micro $}) / 1000000, 'unixepoch')
 || CASE {micro $} WHEN 0 THEN 'Z' ELSE printf('.%06dZ', {micro $}) END

-- A day number as YYYY-MM-DD.
-- part: date
date($ * 86400, 'unixepoch')

-- part: attempt_live
'starting', 'running', 'killing', 'publishing'
-- part: attempt_ended
'success', 'failed', 'lost', 'cancelled'
-- part: run_active
'queued', 'running'

-- name: 001
-- ---- tables ----

CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE def (
	digest TEXT NOT NULL PRIMARY KEY,
	dag TEXT NOT NULL,
	file TEXT NOT NULL,
	text TEXT NOT NULL
) STRICT;

CREATE TABLE dag (
	dag TEXT NOT NULL PRIMARY KEY,
	digest TEXT NOT NULL REFERENCES def DEFERRABLE INITIALLY DEFERRED,
	present INTEGER NOT NULL CHECK (present IN (0, 1)),
	paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
	cursor_us INTEGER,
	live_since_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One (dag, logical date) exists once, whatever made it.
CREATE TABLE run (
	key INTEGER PRIMARY KEY CHECK (key > 0),
	dag TEXT NOT NULL,
	run_id TEXT NOT NULL,
	type TEXT NOT NULL CHECK (type IN ('scheduled', 'manual', 'backfill')),
	state TEXT NOT NULL CHECK (state IN ({run_active}, 'success', 'failed', 'cancelled')),
	epoch INTEGER NOT NULL CHECK (epoch >= 1),
	logical_us INTEGER NOT NULL,
	start_us INTEGER NOT NULL,
	end_us INTEGER NOT NULL CHECK (end_us >= start_us),
	digest TEXT NOT NULL REFERENCES def DEFERRABLE INITIALLY DEFERRED,
	backfill INTEGER,
	created_us INTEGER NOT NULL,
	started_us INTEGER,
	ended_us INTEGER,
	params TEXT NOT NULL,
	waits TEXT NOT NULL,
	UNIQUE (dag, logical_us),
	UNIQUE (dag, run_id)
) STRICT;

CREATE TABLE task (
	run INTEGER NOT NULL REFERENCES run,
	task_index INTEGER NOT NULL CHECK (task_index >= 0),
	task TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('none', 'scheduled', 'queued', 'running',
		'up_for_retry', 'success', 'failed', 'skipped', 'upstream_failed', 'cancelled')),
	tries INTEGER NOT NULL CHECK (tries >= 0),
	failures INTEGER NOT NULL CHECK (failures >= 0),
	losses INTEGER NOT NULL CHECK (losses >= 0),
	next_retry_us INTEGER CHECK (state <> 'up_for_retry' OR next_retry_us IS NOT NULL),
	since_us INTEGER NOT NULL,
	waits TEXT NOT NULL,
	PRIMARY KEY (run, task_index),
	UNIQUE (run, task)
) STRICT, WITHOUT ROWID;

-- The epoch stands last: a definition that lost a task and got it back counts anew.
CREATE TABLE attempt (
	key INTEGER PRIMARY KEY CHECK (key > 0),
	run INTEGER NOT NULL REFERENCES run,
	task_index INTEGER NOT NULL CHECK (task_index >= 0),
	task TEXT NOT NULL,
	epoch INTEGER NOT NULL CHECK (epoch >= 1),
	try_number INTEGER NOT NULL CHECK (try_number >= 1),
	state TEXT NOT NULL CHECK (state IN ({attempt_live}, {attempt_ended})),
	cancel INTEGER NOT NULL CHECK (cancel IN (0, 1)),
	token TEXT NOT NULL,
	outcome TEXT CHECK (outcome IN ('ok', 'error', 'signal', 'timeout', 'cancelled',
		'gate_failed', 'missing', 'input_changed', 'launch_failed', 'publish_failed',
		'lost')),
	exit_code INTEGER NOT NULL,
	signal INTEGER NOT NULL,
	created_us INTEGER NOT NULL,
	started_us INTEGER,
	ended_us INTEGER,
	message TEXT NOT NULL,
	result TEXT,
	inputs TEXT,
	UNIQUE (run, task, try_number, epoch)
) STRICT;

CREATE TABLE partition (
	dataset TEXT NOT NULL,
	day INTEGER NOT NULL,
	version INTEGER NOT NULL CHECK (version >= 1),
	digest TEXT NOT NULL,
	rows INTEGER NOT NULL CHECK (rows >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	partial INTEGER NOT NULL CHECK (partial IN (0, 1)),
	run INTEGER,
	attempt INTEGER,
	epoch INTEGER NOT NULL,
	published_us INTEGER NOT NULL,
	inputs TEXT,
	PRIMARY KEY (dataset, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE version (
	dataset TEXT NOT NULL,
	day INTEGER NOT NULL,
	version INTEGER NOT NULL CHECK (version >= 1),
	digest TEXT NOT NULL,
	rows INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	attempt INTEGER,
	published_us INTEGER NOT NULL,
	collected INTEGER NOT NULL DEFAULT 0 CHECK (collected IN (0, 1)),
	PRIMARY KEY (dataset, day, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE backfill (
	key INTEGER PRIMARY KEY CHECK (key > 0),
	dag TEXT NOT NULL,
	from_us INTEGER NOT NULL,
	to_us INTEGER NOT NULL,
	reprocess TEXT NOT NULL CHECK (reprocess IN ('none', 'failed', 'completed')),
	max_active_runs INTEGER NOT NULL,
	created_us INTEGER NOT NULL,
	runs INTEGER NOT NULL
) STRICT;

CREATE TABLE command (
	key TEXT NOT NULL UNIQUE,
	command TEXT NOT NULL,
	reply TEXT NOT NULL,
	at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
	seq INTEGER PRIMARY KEY CHECK (seq > 0),
	at_us INTEGER NOT NULL,
	kind TEXT NOT NULL,
	run INTEGER,
	task_index INTEGER,
	attempt INTEGER,
	epoch INTEGER NOT NULL,
	from_state TEXT NOT NULL,
	to_state TEXT NOT NULL,
	detail TEXT NOT NULL
) STRICT;

-- ---- what else has to be unique, and the few searches that pages make ----

CREATE UNIQUE INDEX attempt_live ON attempt (run, task) WHERE state IN ({attempt_live});
CREATE INDEX run_active ON run (dag) WHERE state IN ({run_active});
CREATE INDEX run_failed ON run (ended_us) WHERE state = 'failed';
CREATE INDEX run_backfill ON run (backfill) WHERE backfill IS NOT NULL;

-- ---- what may never happen ----

CREATE TRIGGER event_fixed BEFORE UPDATE ON event BEGIN
	SELECT raise(ABORT, 'the event log is append-only');
END;

CREATE TRIGGER event_kept BEFORE DELETE ON event BEGIN
	SELECT raise(ABORT, 'the event log is append-only');
END;

CREATE TRIGGER event_grows BEFORE INSERT ON event
WHEN new.seq <= (SELECT coalesce(max(seq), 0) FROM event) BEGIN
	SELECT raise(ABORT, 'the event log goes on at its end only');
END;

CREATE TRIGGER attempt_ended BEFORE UPDATE OF state ON attempt
WHEN old.state IN ({attempt_ended}) AND new.state <> old.state BEGIN
	SELECT raise(ABORT, 'an attempt that ended stays as it ended');
END;

CREATE TRIGGER run_ended BEFORE UPDATE OF state ON run
WHEN old.state NOT IN ({run_active}) AND new.state <> old.state AND new.epoch <= old.epoch BEGIN
	SELECT raise(ABORT, 'a run that ended goes on in a new epoch only');
END;

-- ---- the public views ----

CREATE VIEW v_run AS
SELECT key, dag, run_id, type, state, epoch, {utc logical_us} AS logical_date,
	{utc start_us} AS data_interval_start, {utc end_us} AS data_interval_end,
	digest AS dag_digest, backfill, {utc created_us} AS created_at,
	{utc started_us} AS started_at, {utc ended_us} AS ended_at, params, waits
FROM run;

CREATE VIEW v_task AS
SELECT t.run AS run, r.dag AS dag, r.run_id AS run_id, {utc r.logical_us} AS logical_date,
	t.task_index AS task_index, t.task AS task, t.state AS state, t.tries AS tries,
	t.failures AS failures, t.losses AS losses, {utc t.next_retry_us} AS next_retry_at,
	{utc t.since_us} AS since, t.waits AS waits
FROM task t JOIN run r ON r.key = t.run;

CREATE VIEW v_attempt AS
SELECT a.key AS key, a.run AS run, r.dag AS dag, r.run_id AS run_id,
	{utc r.logical_us} AS logical_date, a.task AS task, a.epoch AS epoch,
	a.try_number AS try_number, a.state AS state, a.outcome AS outcome,
	a.exit_code AS exit_code, a.signal AS signal, {utc a.created_us} AS created_at,
	{utc a.started_us} AS started_at, {utc a.ended_us} AS ended_at, a.message AS message,
	a.result AS result, a.inputs AS inputs
FROM attempt a JOIN run r ON r.key = a.run;

-- Digests that are not comparable (unpartitioned inputs) have no partition row.
CREATE VIEW v_stale AS
SELECT p.dataset AS dataset, {date p.day} AS partition, c.dataset AS input_dataset,
	{date c.day} AS input_partition, json_extract(i.value, '$.version') AS read_version,
	json_extract(i.value, '$.digest') AS read_digest, c.version AS current_version,
	c.digest AS current_digest, p.day AS day
FROM partition p, json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i
JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
	AND c.day = json_extract(i.value, '$.day')
WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '');

CREATE VIEW v_partition AS
SELECT p.dataset AS dataset, {date p.day} AS partition, p.version AS version,
	p.digest AS digest, p.rows AS rows, p.bytes AS bytes, p.partial AS partial,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.day = p.day) AS stale,
	r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,
	{utc p.published_us} AS published_at, p.inputs AS inputs, p.day AS day
FROM partition p LEFT JOIN run r ON r.key = p.run;

CREATE VIEW v_version AS
SELECT v.dataset AS dataset, {date v.day} AS partition, v.version AS version,
	v.digest AS digest, v.rows AS rows, v.bytes AS bytes, v.attempt AS attempt,
	{utc v.published_us} AS published_at,
	EXISTS (SELECT 1 FROM partition p WHERE p.dataset = v.dataset AND p.day = v.day
		AND p.version = v.version) AS live,
	v.collected AS collected
FROM version v;

-- A worker's result is a stranger's text: what is not an object is passed over.
CREATE VIEW v_check AS
SELECT a.key AS attempt, r.dag AS dag, r.run_id AS run_id, a.task AS task,
	a.try_number AS try_number, json_extract(c.value, '$.dataset') AS dataset,
	replace(json_extract(c.value, '$.partition'), 'event_date=', '') AS partition,
	json_extract(c.value, '$.check') AS check_type, json_extract(c.value, '$.name') AS name,
	json_extract(c.value, '$.status') AS status,
	json_extract(c.value, '$.severity') AS severity,
	json_extract(c.value, '$.reason') AS reason,
	json_extract(c.value, '$.observed') AS observed,
	json_extract(c.value, '$.expected') AS expected,
	json_extract(c.value, '$.message') AS message, {utc a.ended_us} AS ended_at,
	NOT EXISTS (SELECT 1 FROM attempt n WHERE n.run = a.run AND n.task = a.task
		AND n.key > a.key) AS latest,
	c.value AS result
FROM attempt a JOIN run r ON r.key = a.run,
	json_each(CASE WHEN json_valid(a.result) THEN a.result END, '$.checks') c
WHERE c.type = 'object';

CREATE VIEW v_dag AS
SELECT d.dag AS dag, f.file AS file, d.digest AS digest, d.present AS present,
	d.paused AS paused, {utc d.cursor_us} AS next_partition,
	{utc d.live_since_us} AS live_since
FROM dag d LEFT JOIN def f ON f.digest = d.digest;

CREATE VIEW v_backfill AS
SELECT key, dag, {utc from_us} AS from_date, {utc to_us} AS to_date, reprocess,
	max_active_runs, {utc created_us} AS created_at, runs
FROM backfill;

CREATE VIEW v_event AS
SELECT seq, {utc at_us} AS at, kind, run, task_index, attempt, epoch, from_state, to_state,
	detail
FROM event;

PRAGMA user_version = 1;
