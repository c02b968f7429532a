-- 003.sql - epochs before their interval has ended, and what 0.3 keeps besides.

-- name: 003
DROP VIEW v_run;
DROP VIEW v_partition;
DROP VIEW v_backfill;
DROP VIEW v_attempt;

-- ---- runs: the epoch was opened before its interval had ended ----

ALTER TABLE run ADD COLUMN early INTEGER NOT NULL DEFAULT 0 CHECK (early IN (0, 1));

-- Runs are found by when they were worked on, too.
CREATE INDEX run_worked ON run (coalesce(started_us, created_us), key);

-- ---- partitions: why the live version will be made again; NULL when it is final ----

ALTER TABLE partition ADD COLUMN preliminary TEXT
	CHECK (preliminary IS NULL OR preliminary IN ('early', 'watermark'));

-- ---- backfills: the newest interval first ----

ALTER TABLE backfill ADD COLUMN backwards INTEGER NOT NULL DEFAULT 0 CHECK (backwards IN (0, 1));

-- ---- attempts: more ways to end ----

ALTER TABLE attempt ADD COLUMN outcome_3 TEXT CHECK (outcome_3 IN ('ok', 'error', 'signal',
	'timeout', 'cancelled', 'gate_failed', 'missing', 'input_changed', 'launch_failed',
	'publish_failed', 'lost', 'fatal', 'all_bad', 'held', 'no_space'));
UPDATE attempt SET outcome_3 = outcome;
ALTER TABLE attempt DROP COLUMN outcome;
ALTER TABLE attempt RENAME COLUMN outcome_3 TO outcome;

-- ---- the public views ----

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
	p.preliminary IS NOT NULL AS preliminary, p.preliminary AS preliminary_reason
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

PRAGMA user_version = 3;
