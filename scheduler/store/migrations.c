/* migrations.c - the numbered migrations of the state database, statement by statement. */
#include "scheduler/store/migrations.h"

#include <stddef.h>

/* SQL for a time column as core/time/civil.h timestamp_format() writes it; NULL stays NULL. */
#define SQL_MICRO(us) "((" us " % 1000000 + 1000000) % 1000000)"
#define SQL_UTC(us)                                                                            \
	"strftime('%Y-%m-%dT%H:%M:%S', (" us " - " SQL_MICRO(                                  \
	    us) ") / 1000000, 'unixepoch')"                                                    \
		" || CASE " SQL_MICRO(us) " WHEN 0 THEN 'Z' ELSE printf('.%06dZ', " SQL_MICRO( \
		    us) ") END"

/* SQL for a day number as YYYY-MM-DD. */
#define SQL_DATE(day) "date(" day " * 86400, 'unixepoch')"

#define SQL_RUN_TYPES "'scheduled', 'manual', 'backfill'"
#define SQL_RUN_STATES "'queued', 'running', 'success', 'failed', 'cancelled'"
#define SQL_RUN_ACTIVE "'queued', 'running'"
#define SQL_TASK_STATES                                                                  \
	"'none', 'scheduled', 'queued', 'running', 'up_for_retry', 'success', 'failed'," \
	" 'skipped', 'upstream_failed', 'cancelled'"
#define SQL_ATTEMPT_LIVE "'starting', 'running', 'killing', 'publishing'"
#define SQL_ATTEMPT_ENDED "'success', 'failed', 'lost', 'cancelled'"
#define SQL_OUTCOMES                                                                 \
	"'ok', 'error', 'signal', 'timeout', 'cancelled', 'gate_failed', 'missing'," \
	" 'input_changed', 'launch_failed', 'publish_failed', 'lost'"

static const char *const migration_1[] = {
	/* ---- tables ---- */
	"CREATE TABLE meta ("
	" name TEXT NOT NULL PRIMARY KEY,"
	" value TEXT NOT NULL"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE def ("
	" digest TEXT NOT NULL PRIMARY KEY,"
	" dag TEXT NOT NULL,"
	" file TEXT NOT NULL,"
	" text TEXT NOT NULL"
	") STRICT",

	"CREATE TABLE dag ("
	" dag TEXT NOT NULL PRIMARY KEY,"
	" digest TEXT NOT NULL REFERENCES def DEFERRABLE INITIALLY DEFERRED,"
	" present INTEGER NOT NULL CHECK (present IN (0, 1)),"
	" paused INTEGER NOT NULL CHECK (paused IN (0, 1)),"
	" cursor_us INTEGER,"
	" live_since_us INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID",

	/* One (dag, logical date) exists once, whatever made it. */
	"CREATE TABLE run ("
	" key INTEGER PRIMARY KEY CHECK (key > 0),"
	" dag TEXT NOT NULL,"
	" run_id TEXT NOT NULL,"
	" type TEXT NOT NULL CHECK (type IN (" SQL_RUN_TYPES ")),"
	" state TEXT NOT NULL CHECK (state IN (" SQL_RUN_STATES ")),"
	" epoch INTEGER NOT NULL CHECK (epoch >= 1),"
	" logical_us INTEGER NOT NULL,"
	" start_us INTEGER NOT NULL,"
	" end_us INTEGER NOT NULL CHECK (end_us >= start_us),"
	" digest TEXT NOT NULL REFERENCES def DEFERRABLE INITIALLY DEFERRED,"
	" backfill INTEGER,"
	" created_us INTEGER NOT NULL,"
	" started_us INTEGER,"
	" ended_us INTEGER,"
	" params TEXT NOT NULL,"
	" waits TEXT NOT NULL,"
	" UNIQUE (dag, logical_us),"
	" UNIQUE (dag, run_id)"
	") STRICT",

	"CREATE TABLE task ("
	" run INTEGER NOT NULL REFERENCES run,"
	" task_index INTEGER NOT NULL CHECK (task_index >= 0),"
	" task TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK (state IN (" SQL_TASK_STATES ")),"
	" tries INTEGER NOT NULL CHECK (tries >= 0),"
	" failures INTEGER NOT NULL CHECK (failures >= 0),"
	" losses INTEGER NOT NULL CHECK (losses >= 0),"
	" next_retry_us INTEGER CHECK (state <> 'up_for_retry' OR next_retry_us IS NOT NULL),"
	" since_us INTEGER NOT NULL,"
	" waits TEXT NOT NULL,"
	" PRIMARY KEY (run, task_index),"
	" UNIQUE (run, task)"
	") STRICT, WITHOUT ROWID",

	/* The epoch stands last: a definition that lost a task and got it back counts anew. */
	"CREATE TABLE attempt ("
	" key INTEGER PRIMARY KEY CHECK (key > 0),"
	" run INTEGER NOT NULL REFERENCES run,"
	" task_index INTEGER NOT NULL CHECK (task_index >= 0),"
	" task TEXT NOT NULL,"
	" epoch INTEGER NOT NULL CHECK (epoch >= 1),"
	" try_number INTEGER NOT NULL CHECK (try_number >= 1),"
	" state TEXT NOT NULL CHECK (state IN (" SQL_ATTEMPT_LIVE ", " SQL_ATTEMPT_ENDED ")),"
	" cancel INTEGER NOT NULL CHECK (cancel IN (0, 1)),"
	" token TEXT NOT NULL,"
	" outcome TEXT CHECK (outcome IN (" SQL_OUTCOMES ")),"
	" exit_code INTEGER NOT NULL,"
	" signal INTEGER NOT NULL,"
	" created_us INTEGER NOT NULL,"
	" started_us INTEGER,"
	" ended_us INTEGER,"
	" message TEXT NOT NULL,"
	" result TEXT,"
	" inputs TEXT,"
	" UNIQUE (run, task, try_number, epoch)"
	") STRICT",

	"CREATE TABLE partition ("
	" dataset TEXT NOT NULL,"
	" day INTEGER NOT NULL,"
	" version INTEGER NOT NULL CHECK (version >= 1),"
	" digest TEXT NOT NULL,"
	" rows INTEGER NOT NULL CHECK (rows >= 0),"
	" bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	" partial INTEGER NOT NULL CHECK (partial IN (0, 1)),"
	" run INTEGER,"
	" attempt INTEGER,"
	" epoch INTEGER NOT NULL,"
	" published_us INTEGER NOT NULL,"
	" inputs TEXT,"
	" PRIMARY KEY (dataset, day)"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE version ("
	" dataset TEXT NOT NULL,"
	" day INTEGER NOT NULL,"
	" version INTEGER NOT NULL CHECK (version >= 1),"
	" digest TEXT NOT NULL,"
	" rows INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL,"
	" attempt INTEGER,"
	" published_us INTEGER NOT NULL,"
	" collected INTEGER NOT NULL DEFAULT 0 CHECK (collected IN (0, 1)),"
	" PRIMARY KEY (dataset, day, version)"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE backfill ("
	" key INTEGER PRIMARY KEY CHECK (key > 0),"
	" dag TEXT NOT NULL,"
	" from_us INTEGER NOT NULL,"
	" to_us INTEGER NOT NULL,"
	" reprocess TEXT NOT NULL CHECK (reprocess IN ('none', 'failed', 'completed')),"
	" max_active_runs INTEGER NOT NULL,"
	" created_us INTEGER NOT NULL,"
	" runs INTEGER NOT NULL"
	") STRICT",

	"CREATE TABLE command ("
	" key TEXT NOT NULL UNIQUE,"
	" command TEXT NOT NULL,"
	" reply TEXT NOT NULL,"
	" at_us INTEGER NOT NULL"
	") STRICT",

	"CREATE TABLE event ("
	" seq INTEGER PRIMARY KEY CHECK (seq > 0),"
	" at_us INTEGER NOT NULL,"
	" kind TEXT NOT NULL,"
	" run INTEGER,"
	" task_index INTEGER,"
	" attempt INTEGER,"
	" epoch INTEGER NOT NULL,"
	" from_state TEXT NOT NULL,"
	" to_state TEXT NOT NULL,"
	" detail TEXT NOT NULL"
	") STRICT",

	/* ---- what else has to be unique, and the few searches that pages make ---- */
	"CREATE UNIQUE INDEX attempt_live ON attempt (run, task)"
	" WHERE state IN (" SQL_ATTEMPT_LIVE ")",
	"CREATE INDEX run_active ON run (dag) WHERE state IN (" SQL_RUN_ACTIVE ")",
	"CREATE INDEX run_failed ON run (ended_us) WHERE state = 'failed'",
	"CREATE INDEX run_backfill ON run (backfill) WHERE backfill IS NOT NULL",

	/* ---- what may never happen ---- */
	"CREATE TRIGGER event_fixed BEFORE UPDATE ON event BEGIN"
	" SELECT raise(ABORT, 'the event log is append-only'); END",
	"CREATE TRIGGER event_kept BEFORE DELETE ON event BEGIN"
	" SELECT raise(ABORT, 'the event log is append-only'); END",
	"CREATE TRIGGER event_grows BEFORE INSERT ON event"
	" WHEN new.seq <= (SELECT coalesce(max(seq), 0) FROM event) BEGIN"
	" SELECT raise(ABORT, 'the event log goes on at its end only'); END",
	"CREATE TRIGGER attempt_ended BEFORE UPDATE OF state ON attempt"
	" WHEN old.state IN (" SQL_ATTEMPT_ENDED ") AND new.state <> old.state BEGIN"
	" SELECT raise(ABORT, 'an attempt that ended stays as it ended'); END",
	"CREATE TRIGGER run_ended BEFORE UPDATE OF state ON run"
	" WHEN old.state NOT IN (" SQL_RUN_ACTIVE ") AND new.state <> old.state"
	" AND new.epoch <= old.epoch BEGIN"
	" SELECT raise(ABORT, 'a run that ended goes on in a new epoch only'); END",

	/* ---- the public views ---- */
	"CREATE VIEW v_run AS SELECT key, dag, run_id, type, state, epoch,"
	" " SQL_UTC(
	    "logical_us") " AS logical_date,"
			  " " SQL_UTC(
			      "start_us") " AS data_interval_start,"
					  " " SQL_UTC(
					      "end_us") " AS data_interval_end,"
							" digest AS dag_digest, backfill,"
							" " SQL_UTC(
							    "created_us") " AS created_at,"
									  " " SQL_UTC(
									      "started_us") " AS "
											    "starte"
											    "d_at,"
											    " " SQL_UTC(
												"en"
												"de"
												"d_"
												"u"
												"s") " AS ended_at,"
												     " params, waits FROM run",

	"CREATE VIEW v_task AS SELECT t.run AS run, r.dag AS dag, r.run_id AS run_id,"
	" " SQL_UTC(
	    "r.logical_us") " AS logical_date,"
			    " t.task_index AS task_index, t.task AS task, t.state AS state, "
			    "t.tries AS tries,"
			    " t.failures AS failures, t.losses AS losses,"
			    " " SQL_UTC(
				"t.next_retry_us") " AS next_retry_at,"
						   " " SQL_UTC(
						       "t.since_us") " AS since, t.waits AS waits"
								     " FROM task t JOIN run r ON "
								     "r.key = t.run",

	"CREATE VIEW v_attempt AS SELECT a.key AS key, a.run AS run, r.dag AS dag,"
	" r.run_id AS run_id, " SQL_UTC(
	    "r.logical_us") " AS logical_date,"
			    " a.task AS task, a.epoch AS epoch, a.try_number AS try_number, "
			    "a.state AS state,"
			    " a.outcome AS outcome, a.exit_code AS exit_code, a.signal AS signal,"
			    " " SQL_UTC(
				"a.created_us") " AS created_at,"
						" " SQL_UTC(
						    "a.started_us") " AS started_at,"
								    " " SQL_UTC(
									"a.ended_us") " AS "
										      "ended_at,"
										      " a.message "
										      "AS message, "
										      "a.result AS "
										      "result, "
										      "a.inputs AS "
										      "inputs"
										      " FROM "
										      "attempt a "
										      "JOIN run r "
										      "ON r.key = "
										      "a.run",

	/* Digests that are not comparable (unpartitioned inputs) have no partition row. */
	"CREATE VIEW v_stale AS SELECT p.dataset AS dataset, " SQL_DATE(
	    "p.day") " AS partition,"
		     " c.dataset AS input_dataset, " SQL_DATE(
			 "c.day") " AS input_partition,"
				  " json_extract(i.value, '$.version') AS read_version,"
				  " json_extract(i.value, '$.digest') AS read_digest,"
				  " c.version AS current_version, c.digest AS current_digest, "
				  "p.day AS day"
				  " FROM partition p, json_each(CASE WHEN json_valid(p.inputs) "
				  "THEN p.inputs END) i"
				  " JOIN partition c ON c.dataset = json_extract(i.value, "
				  "'$.dataset')"
				  " AND c.day = json_extract(i.value, '$.day')"
				  " WHERE i.type = 'object'"
				  " AND c.digest <> coalesce(json_extract(i.value, '$.digest'), "
				  "'')",

	"CREATE VIEW v_partition AS SELECT p.dataset AS dataset,"
	" " SQL_DATE(
	    "p.day") " AS partition, p.version AS version, p.digest AS digest,"
		     " p.rows AS rows, p.bytes AS bytes, p.partial AS partial,"
		     " EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.day = "
		     "p.day)"
		     " AS stale, r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,"
		     " " SQL_UTC(
			 "p.published_us") " AS published_at, p.inputs AS inputs, p.day AS day"
					   " FROM partition p LEFT JOIN run r ON r.key = p.run",

	"CREATE VIEW v_version AS SELECT v.dataset AS dataset,"
	" " SQL_DATE("v.day") " AS partition, v.version AS version, v.digest AS digest,"
			      " v.rows AS rows, v.bytes AS bytes, v.attempt AS attempt,"
			      " " SQL_UTC(
				  "v.published_us") " AS published_at,"
						    " EXISTS (SELECT 1 FROM partition p WHERE "
						    "p.dataset = v.dataset AND p.day = v.day"
						    " AND p.version = v.version) AS live, "
						    "v.collected AS collected"
						    " FROM version v",

	/* A worker's result is a stranger's text: what is not an object is passed over. */
	"CREATE VIEW v_check AS SELECT a.key AS attempt, r.dag AS dag, r.run_id AS run_id,"
	" a.task AS task, a.try_number AS try_number,"
	" json_extract(c.value, '$.dataset') AS dataset,"
	" replace(json_extract(c.value, '$.partition'), 'event_date=', '') AS partition,"
	" json_extract(c.value, '$.check') AS check_type,"
	" json_extract(c.value, '$.name') AS name,"
	" json_extract(c.value, '$.status') AS status,"
	" json_extract(c.value, '$.severity') AS severity,"
	" json_extract(c.value, '$.reason') AS reason,"
	" json_extract(c.value, '$.observed') AS observed,"
	" json_extract(c.value, '$.expected') AS expected,"
	" json_extract(c.value, '$.message') AS message,"
	" " SQL_UTC("a.ended_us") " AS ended_at,"
				  " NOT EXISTS (SELECT 1 FROM attempt n WHERE n.run = a.run AND "
				  "n.task = a.task"
				  " AND n.key > a.key) AS latest,"
				  " c.value AS result"
				  " FROM attempt a JOIN run r ON r.key = a.run,"
				  " json_each(CASE WHEN json_valid(a.result) THEN a.result END, "
				  "'$.checks') c"
				  " WHERE c.type = 'object'",

	"CREATE VIEW v_dag AS SELECT d.dag AS dag, f.file AS file, d.digest AS digest,"
	" d.present AS present, d.paused AS paused,"
	" " SQL_UTC("d.cursor_us") " AS next_partition,"
				   " " SQL_UTC("d.live_since_us") " AS live_since"
								  " FROM dag d LEFT JOIN def f ON "
								  "f.digest = d.digest",

	"CREATE VIEW v_backfill AS SELECT key, dag, " SQL_UTC(
	    "from_us") " AS from_date,"
		       " " SQL_UTC("to_us") " AS to_date, reprocess, max_active_runs,"
					    " " SQL_UTC(
						"created_us") " AS created_at, runs FROM backfill",

	"CREATE VIEW v_event AS SELECT seq, " SQL_UTC(
	    "at_us") " AS at, kind, run, task_index,"
		     " attempt, epoch, from_state, to_state, detail FROM event",

	"PRAGMA user_version = 1",

	NULL,
};

const char *const *const schema_migrations[DB_SCHEMA] = { migration_1 };
