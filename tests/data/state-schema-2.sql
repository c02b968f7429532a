-- state-schema-2.sql - what a tidemill with schema 2 left of the project of tests/data/past.sh, as sqlite3 dumps it.
PRAGMA application_id = 1953064045;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('clean','yes');
CREATE TABLE def (
	digest TEXT NOT NULL PRIMARY KEY,
	dag TEXT NOT NULL,
	file TEXT NOT NULL,
	text TEXT NOT NULL
) STRICT;
INSERT INTO def VALUES('e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0','load','dags/load.yaml',replace('dag: load\nschedule: "0 3 * * *"\nstart_date: 2026-05-01\ndatasets:\n  events: {path: lake/events, format: csv, schema: events}\n  unique_events: {path: lake/unique, format: csv, schema: events}\ntasks:\n  ingest:\n    operator: ingest\n    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}\n    event_time: timestamp\n    on_bad_row: quarantine\n    output: events\n    checks:\n      - row_count: {min: 2}\n      - unique: {columns: [event_id]}\n      - not_null: {columns: [event_id, tenant_id]}\n  dedup:\n    operator: dedup\n    input: events\n    key: [event_id]\n    keep: first\n    output: unique_events\n  tell:\n    operator: command\n    needs: [dedup]\n    run: ["true"]\n','\n',char(10)));
INSERT INTO def VALUES('49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb','odd','dags/odd.yaml',replace('dag: odd\nschedule: "0 3 * * *"\nstart_date: 2026-05-01\ntasks:\n  fails:\n    operator: command\n    run: ["false"]\n    retries: 1\n    retry_delay: 1s\n  never:\n    operator: command\n    needs: [fails]\n    run: ["true"]\n','\n',char(10)));
CREATE TABLE dag (
	dag TEXT NOT NULL PRIMARY KEY,
	digest TEXT NOT NULL REFERENCES def DEFERRABLE INITIALLY DEFERRED,
	present INTEGER NOT NULL CHECK (present IN (0, 1)),
	paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
	cursor_us INTEGER,
	live_since_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO dag VALUES('load','e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0',1,0,1777593600000000,1795900424504192);
INSERT INTO dag VALUES('odd','49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb',1,1,1777593600000000,1795900424504192);
CREATE TABLE run (
	key INTEGER PRIMARY KEY CHECK (key > 0),
	dag TEXT NOT NULL,
	run_id TEXT NOT NULL,
	type TEXT NOT NULL CHECK (type IN ('scheduled', 'manual', 'backfill')),
	state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed', 'cancelled')),
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
INSERT INTO run VALUES(1,'load','manual__2026-05-01','manual','success',2,1777593600000000,1777593600000000,1777680000000000,'e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0',NULL,1795900424504204,1795900425222838,1795900425241806,'{}','');
INSERT INTO run VALUES(2,'load','manual__2026-05-02','manual','failed',2,1777680000000000,1777680000000000,1777766400000000,'e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0',NULL,1795900424531822,1795900425251373,1795900425256513,'{}','');
INSERT INTO run VALUES(3,'odd','manual__2026-05-01','manual','failed',1,1777593600000000,1777593600000000,1777680000000000,'49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb',NULL,1795900424573105,1795900424573105,1795900425213043,'{}','');
INSERT INTO run VALUES(4,'odd','manual__2026-05-03','manual','queued',1,1777766400000000,1777766400000000,1777852800000000,'49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb',NULL,1795900425275811,NULL,NULL,'{}','{"gate":"no_scheduler"}');
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
INSERT INTO task VALUES(1,0,'ingest','success',2,0,0,NULL,1795900425231154,'');
INSERT INTO task VALUES(1,1,'dedup','success',2,0,0,NULL,1795900425239678,'');
INSERT INTO task VALUES(1,2,'tell','success',2,0,0,NULL,1795900425241806,'');
INSERT INTO task VALUES(2,0,'ingest','failed',2,0,0,NULL,1795900425256513,'');
INSERT INTO task VALUES(2,1,'dedup','upstream_failed',1,0,0,NULL,1795900425256513,'{"gate":"upstream_failed"}');
INSERT INTO task VALUES(2,2,'tell','upstream_failed',1,0,0,NULL,1795900425256513,'{"gate":"upstream_failed"}');
INSERT INTO task VALUES(3,0,'fails','failed',2,2,0,NULL,1795900425213043,'');
INSERT INTO task VALUES(3,1,'never','upstream_failed',0,0,0,NULL,1795900425213043,'{"gate":"upstream_failed"}');
INSERT INTO task VALUES(4,0,'fails','none',0,0,0,NULL,1795900425275811,'');
INSERT INTO task VALUES(4,1,'never','none',0,0,0,NULL,1795900425275811,'');
CREATE TABLE attempt (
	key INTEGER PRIMARY KEY CHECK (key > 0),
	run INTEGER NOT NULL REFERENCES run,
	task_index INTEGER NOT NULL CHECK (task_index >= 0),
	task TEXT NOT NULL,
	epoch INTEGER NOT NULL CHECK (epoch >= 1),
	try_number INTEGER NOT NULL CHECK (try_number >= 1),
	state TEXT NOT NULL CHECK (state IN ('starting', 'running', 'killing', 'publishing', 'success', 'failed', 'lost', 'cancelled')),
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
INSERT INTO attempt VALUES(1,1,0,'ingest',1,1,'success',0,'dff25b35439c86b09466ea7128c1f2e7','ok',0,0,1795900424504204,1795900424507592,1795900424512804,'','{"outcome":"ok","message":"","outputs":[{"dataset":"events_quarantine","day":20574,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events_quarantine/staging/a1"},{"dataset":"events","day":20574,"version":1,"digest":"115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events/staging/a1"}],"counters":{"read":3,"dropped":0,"unknown_keys":0,"files":1,"written":3,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":3,"expected":">= 2","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"3 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 3 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 3 rows have a null"}]}','[]');
INSERT INTO attempt VALUES(2,1,1,'dedup',1,1,'success',0,'919a06e3a49350536d6483eba2e3cb8b','ok',0,0,1795900424512804,1795900424515850,1795900424521404,'','{"outcome":"ok","message":"","outputs":[{"dataset":"unique_events_quarantine","day":20574,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique_quarantine/staging/a2"},{"dataset":"unique_events","day":20574,"version":1,"digest":"115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique/staging/a2"}],"counters":{"read":3,"duplicates":0,"written":3,"quarantined":0},"checks":[]}','[{"dataset":"events","day":20574,"version":1,"digest":"115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9"}]');
INSERT INTO attempt VALUES(3,1,2,'tell',1,1,'success',0,'44fc234e0048e6ee9a0af4a31980a2b9','ok',0,0,1795900424521404,1795900424522463,1795900424523566,'',NULL,'[]');
INSERT INTO attempt VALUES(4,2,0,'ingest',1,1,'success',0,'d1025417069f6d2cbe0e9aff4f7b94e0','ok',0,0,1795900424531822,1795900424533778,1795900424538244,'','{"outcome":"ok","message":"","outputs":[{"dataset":"events_quarantine","day":20575,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events_quarantine/staging/a4"},{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events/staging/a4"}],"counters":{"read":3,"dropped":0,"unknown_keys":0,"files":1,"written":3,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":3,"expected":">= 2","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"3 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 3 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 3 rows have a null"}]}','[]');
INSERT INTO attempt VALUES(5,2,1,'dedup',1,1,'success',0,'1d5d43e0b603e154b70dd19621846251','ok',0,0,1795900424538244,1795900424540082,1795900424544669,'','{"outcome":"ok","message":"","outputs":[{"dataset":"unique_events_quarantine","day":20575,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique_quarantine/staging/a5"},{"dataset":"unique_events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique/staging/a5"}],"counters":{"read":3,"duplicates":0,"written":3,"quarantined":0},"checks":[]}','[{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208"}]');
INSERT INTO attempt VALUES(6,2,2,'tell',1,1,'success',0,'caee689cb49ea0e081d7e26ee87bf47e','ok',0,0,1795900424544669,1795900424545745,1795900424546801,'',NULL,'[]');
INSERT INTO attempt VALUES(7,3,0,'fails',1,1,'failed',0,'0b8d379a4211c138baf27284b4f30484','error',1,0,1795900424573105,1795900424574364,1795900424575514,'exit status 1',NULL,'[]');
INSERT INTO attempt VALUES(8,3,0,'fails',1,2,'failed',0,'232f3bc47921a63f65156f53a09ef5ba','error',1,0,1795900425210686,1795900425212004,1795900425213043,'exit status 1',NULL,'[]');
INSERT INTO attempt VALUES(9,1,0,'ingest',2,2,'success',0,'daa3e99bee82a4db7f26c8515412f21d','ok',0,0,1795900425222838,1795900425225342,1795900425231154,'','{"outcome":"ok","message":"","outputs":[{"dataset":"events_quarantine","day":20574,"version":2,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":false,"path":"/srv/project/lake/.tidemill-lake/events_quarantine/staging/a9"},{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da","rows":4,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events/staging/a9"}],"counters":{"read":4,"dropped":0,"unknown_keys":0,"files":1,"written":4,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":4,"expected":">= 2","rows_total":4,"evaluated_rows":4,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"4 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":4,"evaluated_rows":4,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 4 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":4,"evaluated_rows":4,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 4 rows have a null"}]}','[]');
INSERT INTO attempt VALUES(10,1,1,'dedup',2,2,'success',0,'f073b1735e9f450a6721ffca1cb692a9','ok',0,0,1795900425231154,1795900425233821,1795900425239678,'','{"outcome":"ok","message":"","outputs":[{"dataset":"unique_events_quarantine","day":20574,"version":2,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":false,"path":"/srv/project/lake/.tidemill-lake/unique_quarantine/staging/a10"},{"dataset":"unique_events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da","rows":4,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique/staging/a10"}],"counters":{"read":4,"duplicates":0,"written":4,"quarantined":0},"checks":[]}','[{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da"}]');
INSERT INTO attempt VALUES(11,1,2,'tell',2,2,'success',0,'1bee6c5ae7ab5100d0547157a6a85361','ok',0,0,1795900425239678,1795900425240882,1795900425241806,'',NULL,'[]');
INSERT INTO attempt VALUES(12,2,0,'ingest',2,2,'failed',0,'9857560a2ecda55cd84e7abd6f1805e7','gate_failed',1,0,1795900425251373,1795900425253558,1795900425256513,'check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''','{"outcome":"gate_failed","message":"check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''","outputs":[],"counters":{"read":1,"dropped":0,"unknown_keys":0,"files":1,"written":1,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-02","status":"fail","reason":"low_volume","severity":"error","blocking":true,"observed":1,"expected":">= 2","rows_total":1,"evaluated_rows":1,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"1 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":1,"evaluated_rows":1,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 1 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":1,"evaluated_rows":1,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 1 rows have a null"}]}','[]');
CREATE TABLE partition (
	dataset TEXT NOT NULL,
	part INTEGER NOT NULL,
	version INTEGER NOT NULL CHECK (version >= 1),
	digest TEXT NOT NULL,
	rows INTEGER NOT NULL CHECK (rows >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	partial INTEGER NOT NULL CHECK (partial IN (0, 1)),
	run INTEGER,
	attempt INTEGER,
	epoch INTEGER NOT NULL,
	published_us INTEGER NOT NULL,
	inputs TEXT, unit TEXT NOT NULL DEFAULT 'day', zone TEXT NOT NULL DEFAULT 'UTC',
	PRIMARY KEY (dataset, part)
) STRICT, WITHOUT ROWID;
INSERT INTO "partition" VALUES('events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,0,1,9,2,1795900425231154,'[{"dataset":"files","day":null,"version":0,"digest":"2f4c6fe1e788fffd4aba3e70fcb010959fe85af2ac71bbc7cb06a03c36bd12d3"}]','day','UTC');
INSERT INTO "partition" VALUES('events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,0,2,4,1,1795900424538244,'[{"dataset":"files","day":null,"version":0,"digest":"a5a99d9a3f418a4af03e4fa9b369fb23fb4fd249c8e2e3ce28e8705916ed8b02"}]','day','UTC');
INSERT INTO "partition" VALUES('events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,1,9,2,1795900425231154,'[{"dataset":"files","day":null,"version":0,"digest":"2f4c6fe1e788fffd4aba3e70fcb010959fe85af2ac71bbc7cb06a03c36bd12d3"}]','day','UTC');
INSERT INTO "partition" VALUES('events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,2,4,1,1795900424538244,'[{"dataset":"files","day":null,"version":0,"digest":"a5a99d9a3f418a4af03e4fa9b369fb23fb4fd249c8e2e3ce28e8705916ed8b02"}]','day','UTC');
INSERT INTO "partition" VALUES('unique_events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,0,1,10,2,1795900425239678,'[{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da"}]','day','UTC');
INSERT INTO "partition" VALUES('unique_events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,0,2,5,1,1795900424544669,'[{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208"}]','day','UTC');
INSERT INTO "partition" VALUES('unique_events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,1,10,2,1795900425239678,'[{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da"}]','day','UTC');
INSERT INTO "partition" VALUES('unique_events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,2,5,1,1795900424544669,'[{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208"}]','day','UTC');
CREATE TABLE version (
	dataset TEXT NOT NULL,
	part INTEGER NOT NULL,
	version INTEGER NOT NULL CHECK (version >= 1),
	digest TEXT NOT NULL,
	rows INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	attempt INTEGER,
	published_us INTEGER NOT NULL,
	collected INTEGER NOT NULL DEFAULT 0 CHECK (collected IN (0, 1)), unit TEXT NOT NULL DEFAULT 'day', zone TEXT NOT NULL DEFAULT 'UTC',
	PRIMARY KEY (dataset, part, version)
) STRICT, WITHOUT ROWID;
INSERT INTO version VALUES('events',20574,1,'115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9',3,430,1,1795900424512804,0,'day','UTC');
INSERT INTO version VALUES('events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,9,1795900425231154,0,'day','UTC');
INSERT INTO version VALUES('events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,4,1795900424538244,0,'day','UTC');
INSERT INTO version VALUES('events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,1,1795900424512804,0,'day','UTC');
INSERT INTO version VALUES('events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,4,1795900424538244,0,'day','UTC');
INSERT INTO version VALUES('unique_events',20574,1,'115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9',3,430,2,1795900424521404,0,'day','UTC');
INSERT INTO version VALUES('unique_events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,10,1795900425239678,0,'day','UTC');
INSERT INTO version VALUES('unique_events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,5,1795900424544669,0,'day','UTC');
INSERT INTO version VALUES('unique_events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,2,1795900424521404,0,'day','UTC');
INSERT INTO version VALUES('unique_events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,5,1795900424544669,0,'day','UTC');
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
INSERT INTO command VALUES('b936c2459f7bb907cfb666884302008e','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-01 of dag ''load'' is queued","run":1,"run_id":"manual__2026-05-01","logical_date":"2026-05-01T00:00:00Z"}',1795900424504204);
INSERT INTO command VALUES('2f8852b25529848805244c9108c3e933','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-02 of dag ''load'' is queued","run":2,"run_id":"manual__2026-05-02","logical_date":"2026-05-02T00:00:00Z"}',1795900424531822);
INSERT INTO command VALUES('0ba4307577a7f53791a986158830cf07','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-01 of dag ''odd'' is queued","run":3,"run_id":"manual__2026-05-01","logical_date":"2026-05-01T00:00:00Z"}',1795900424573105);
INSERT INTO command VALUES('88bae5c62d0820011eeacdacc9f34780','clear','{"ok":true,"code":"ok","message":"run manual__2026-05-01 of dag ''load'' is queued again, epoch 2","run":1,"run_id":"manual__2026-05-01","logical_date":"2026-05-01T00:00:00Z"}',1795900425222838);
INSERT INTO command VALUES('fd9c126d03fc15beaf87773039d013cd','clear','{"ok":true,"code":"ok","message":"run manual__2026-05-02 of dag ''load'' is queued again, epoch 2","run":2,"run_id":"manual__2026-05-02","logical_date":"2026-05-02T00:00:00Z"}',1795900425251373);
INSERT INTO command VALUES('3f7d7f93ae3c97a25588c741b0400b79','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-03 of dag ''odd'' is queued","run":4,"run_id":"manual__2026-05-03","logical_date":"2026-05-03T00:00:00Z"}',1795900425275811);
INSERT INTO command VALUES('65fc9d39990df926775e9c4c05392689','pause','{"ok":true,"code":"ok","message":"dag ''odd'' is paused; what runs goes on"}',1795900425282902);
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
INSERT INTO event VALUES(1,1795900424504192,'dag',NULL,NULL,NULL,0,'','e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0','load');
INSERT INTO event VALUES(2,1795900424504192,'dag',NULL,NULL,NULL,0,'','49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb','odd');
INSERT INTO event VALUES(3,1795900424504204,'run',1,NULL,NULL,1,'','queued','manual__2026-05-01');
INSERT INTO event VALUES(4,1795900424504204,'run',1,NULL,NULL,1,'queued','running','');
INSERT INTO event VALUES(5,1795900424504204,'task',1,0,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(6,1795900424504204,'attempt',1,0,1,1,'','starting','');
INSERT INTO event VALUES(7,1795900424504204,'task',1,0,1,1,'scheduled','queued','');
INSERT INTO event VALUES(8,1795900424510943,'attempt',1,0,1,1,'starting','publishing','');
INSERT INTO event VALUES(9,1795900424512804,'partition',1,NULL,1,1,'','published','events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(10,1795900424512804,'partition',1,NULL,1,1,'','published','events 2026-05-01 version 1');
INSERT INTO event VALUES(11,1795900424512804,'attempt',1,0,1,1,'publishing','success','');
INSERT INTO event VALUES(12,1795900424512804,'task',1,0,1,1,'queued','success','');
INSERT INTO event VALUES(13,1795900424512804,'task',1,1,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(14,1795900424512804,'attempt',1,1,2,1,'','starting','');
INSERT INTO event VALUES(15,1795900424512804,'task',1,1,2,1,'scheduled','queued','');
INSERT INTO event VALUES(16,1795900424519979,'attempt',1,1,2,1,'starting','publishing','');
INSERT INTO event VALUES(17,1795900424521404,'partition',1,NULL,2,1,'','published','unique_events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(18,1795900424521404,'partition',1,NULL,2,1,'','published','unique_events 2026-05-01 version 1');
INSERT INTO event VALUES(19,1795900424521404,'attempt',1,1,2,1,'publishing','success','');
INSERT INTO event VALUES(20,1795900424521404,'task',1,1,2,1,'queued','success','');
INSERT INTO event VALUES(21,1795900424521404,'task',1,2,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(22,1795900424521404,'attempt',1,2,3,1,'','starting','');
INSERT INTO event VALUES(23,1795900424521404,'task',1,2,3,1,'scheduled','queued','');
INSERT INTO event VALUES(24,1795900424523566,'attempt',1,2,3,1,'starting','success','');
INSERT INTO event VALUES(25,1795900424523566,'task',1,2,3,1,'queued','success','');
INSERT INTO event VALUES(26,1795900424523566,'run',1,NULL,NULL,1,'running','success','');
INSERT INTO event VALUES(27,1795900424531822,'run',2,NULL,NULL,1,'','queued','manual__2026-05-02');
INSERT INTO event VALUES(28,1795900424531822,'run',2,NULL,NULL,1,'queued','running','');
INSERT INTO event VALUES(29,1795900424531822,'task',2,0,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(30,1795900424531822,'attempt',2,0,4,1,'','starting','');
INSERT INTO event VALUES(31,1795900424531822,'task',2,0,4,1,'scheduled','queued','');
INSERT INTO event VALUES(32,1795900424536727,'attempt',2,0,4,1,'starting','publishing','');
INSERT INTO event VALUES(33,1795900424538244,'partition',2,NULL,4,1,'','published','events_quarantine 2026-05-02 version 1');
INSERT INTO event VALUES(34,1795900424538244,'partition',2,NULL,4,1,'','published','events 2026-05-02 version 1');
INSERT INTO event VALUES(35,1795900424538244,'attempt',2,0,4,1,'publishing','success','');
INSERT INTO event VALUES(36,1795900424538244,'task',2,0,4,1,'queued','success','');
INSERT INTO event VALUES(37,1795900424538244,'task',2,1,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(38,1795900424538244,'attempt',2,1,5,1,'','starting','');
INSERT INTO event VALUES(39,1795900424538244,'task',2,1,5,1,'scheduled','queued','');
INSERT INTO event VALUES(40,1795900424543447,'attempt',2,1,5,1,'starting','publishing','');
INSERT INTO event VALUES(41,1795900424544669,'partition',2,NULL,5,1,'','published','unique_events_quarantine 2026-05-02 version 1');
INSERT INTO event VALUES(42,1795900424544669,'partition',2,NULL,5,1,'','published','unique_events 2026-05-02 version 1');
INSERT INTO event VALUES(43,1795900424544669,'attempt',2,1,5,1,'publishing','success','');
INSERT INTO event VALUES(44,1795900424544669,'task',2,1,5,1,'queued','success','');
INSERT INTO event VALUES(45,1795900424544669,'task',2,2,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(46,1795900424544669,'attempt',2,2,6,1,'','starting','');
INSERT INTO event VALUES(47,1795900424544669,'task',2,2,6,1,'scheduled','queued','');
INSERT INTO event VALUES(48,1795900424546801,'attempt',2,2,6,1,'starting','success','');
INSERT INTO event VALUES(49,1795900424546801,'task',2,2,6,1,'queued','success','');
INSERT INTO event VALUES(50,1795900424546801,'run',2,NULL,NULL,1,'running','success','');
INSERT INTO event VALUES(51,1795900424573105,'run',3,NULL,NULL,1,'','queued','manual__2026-05-01');
INSERT INTO event VALUES(52,1795900424573105,'run',3,NULL,NULL,1,'queued','running','');
INSERT INTO event VALUES(53,1795900424573105,'task',3,0,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(54,1795900424573105,'attempt',3,0,7,1,'','starting','');
INSERT INTO event VALUES(55,1795900424573105,'task',3,0,7,1,'scheduled','queued','');
INSERT INTO event VALUES(56,1795900424575514,'attempt',3,0,7,1,'starting','failed','exit status 1');
INSERT INTO event VALUES(57,1795900424575514,'task',3,0,7,1,'queued','up_for_retry','exit status 1');
INSERT INTO event VALUES(58,1795900425210686,'task',3,0,NULL,1,'up_for_retry','scheduled','');
INSERT INTO event VALUES(59,1795900425210686,'attempt',3,0,8,1,'','starting','');
INSERT INTO event VALUES(60,1795900425210686,'task',3,0,8,1,'scheduled','queued','');
INSERT INTO event VALUES(61,1795900425213043,'attempt',3,0,8,1,'starting','failed','exit status 1');
INSERT INTO event VALUES(62,1795900425213043,'task',3,0,8,1,'queued','failed','exit status 1');
INSERT INTO event VALUES(63,1795900425213043,'task',3,1,NULL,1,'none','upstream_failed','an upstream failed');
INSERT INTO event VALUES(64,1795900425213043,'run',3,NULL,NULL,1,'running','failed','');
INSERT INTO event VALUES(65,1795900425222838,'task',1,0,NULL,2,'success','none','');
INSERT INTO event VALUES(66,1795900425222838,'task',1,1,NULL,2,'success','none','');
INSERT INTO event VALUES(67,1795900425222838,'task',1,2,NULL,2,'success','none','');
INSERT INTO event VALUES(68,1795900425222838,'run',1,NULL,NULL,2,'success','queued','cleared');
INSERT INTO event VALUES(69,1795900425222838,'run',1,NULL,NULL,2,'queued','running','');
INSERT INTO event VALUES(70,1795900425222838,'task',1,0,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(71,1795900425222838,'attempt',1,0,9,2,'','starting','');
INSERT INTO event VALUES(72,1795900425222838,'task',1,0,9,2,'scheduled','queued','');
INSERT INTO event VALUES(73,1795900425228663,'attempt',1,0,9,2,'starting','publishing','');
INSERT INTO event VALUES(74,1795900425231154,'partition',1,NULL,9,2,'','kept','events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(75,1795900425231154,'partition',1,NULL,9,2,'','published','events 2026-05-01 version 2');
INSERT INTO event VALUES(76,1795900425231154,'attempt',1,0,9,2,'publishing','success','');
INSERT INTO event VALUES(77,1795900425231154,'task',1,0,9,2,'queued','success','');
INSERT INTO event VALUES(78,1795900425231154,'task',1,1,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(79,1795900425231154,'attempt',1,1,10,2,'','starting','');
INSERT INTO event VALUES(80,1795900425231154,'task',1,1,10,2,'scheduled','queued','');
INSERT INTO event VALUES(81,1795900425237407,'attempt',1,1,10,2,'starting','publishing','');
INSERT INTO event VALUES(82,1795900425239678,'partition',1,NULL,10,2,'','kept','unique_events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(83,1795900425239678,'partition',1,NULL,10,2,'','published','unique_events 2026-05-01 version 2');
INSERT INTO event VALUES(84,1795900425239678,'attempt',1,1,10,2,'publishing','success','');
INSERT INTO event VALUES(85,1795900425239678,'task',1,1,10,2,'queued','success','');
INSERT INTO event VALUES(86,1795900425239678,'task',1,2,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(87,1795900425239678,'attempt',1,2,11,2,'','starting','');
INSERT INTO event VALUES(88,1795900425239678,'task',1,2,11,2,'scheduled','queued','');
INSERT INTO event VALUES(89,1795900425241806,'attempt',1,2,11,2,'starting','success','');
INSERT INTO event VALUES(90,1795900425241806,'task',1,2,11,2,'queued','success','');
INSERT INTO event VALUES(91,1795900425241806,'run',1,NULL,NULL,2,'running','success','');
INSERT INTO event VALUES(92,1795900425251373,'task',2,0,NULL,2,'success','none','');
INSERT INTO event VALUES(93,1795900425251373,'task',2,1,NULL,2,'success','none','');
INSERT INTO event VALUES(94,1795900425251373,'task',2,2,NULL,2,'success','none','');
INSERT INTO event VALUES(95,1795900425251373,'run',2,NULL,NULL,2,'success','queued','cleared');
INSERT INTO event VALUES(96,1795900425251373,'run',2,NULL,NULL,2,'queued','running','');
INSERT INTO event VALUES(97,1795900425251373,'task',2,0,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(98,1795900425251373,'attempt',2,0,12,2,'','starting','');
INSERT INTO event VALUES(99,1795900425251373,'task',2,0,12,2,'scheduled','queued','');
INSERT INTO event VALUES(100,1795900425256513,'attempt',2,0,12,2,'starting','failed','check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''');
INSERT INTO event VALUES(101,1795900425256513,'task',2,0,12,2,'queued','failed','check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''');
INSERT INTO event VALUES(102,1795900425256513,'task',2,1,NULL,2,'none','upstream_failed','an upstream failed');
INSERT INTO event VALUES(103,1795900425256513,'task',2,2,NULL,2,'none','upstream_failed','an upstream failed');
INSERT INTO event VALUES(104,1795900425256513,'run',2,NULL,NULL,2,'running','failed','');
INSERT INTO event VALUES(105,1795900425275811,'run',4,NULL,NULL,1,'','queued','manual__2026-05-03');
INSERT INTO event VALUES(106,1795900425282902,'dag',NULL,NULL,NULL,0,'active','paused','odd');
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
INSERT INTO check_result VALUES(1,0,'events','2026-05-01','day','UTC',20574,'row_count','row_count','pass','error',NULL,3,'>= 2','3 rows, expected >= 2');
INSERT INTO check_result VALUES(1,1,'events','2026-05-01','day','UTC',20574,'unique','unique(event_id)','pass','error',NULL,0,'0','0 of 3 rows repeat a key');
INSERT INTO check_result VALUES(1,2,'events','2026-05-01','day','UTC',20574,'not_null','not_null(event_id, tenant_id)','pass','error',NULL,0,'0','0 of 3 rows have a null');
INSERT INTO check_result VALUES(4,0,'events','2026-05-02','day','UTC',20575,'row_count','row_count','pass','error',NULL,3,'>= 2','3 rows, expected >= 2');
INSERT INTO check_result VALUES(4,1,'events','2026-05-02','day','UTC',20575,'unique','unique(event_id)','pass','error',NULL,0,'0','0 of 3 rows repeat a key');
INSERT INTO check_result VALUES(4,2,'events','2026-05-02','day','UTC',20575,'not_null','not_null(event_id, tenant_id)','pass','error',NULL,0,'0','0 of 3 rows have a null');
INSERT INTO check_result VALUES(9,0,'events','2026-05-01','day','UTC',20574,'row_count','row_count','pass','error',NULL,4,'>= 2','4 rows, expected >= 2');
INSERT INTO check_result VALUES(9,1,'events','2026-05-01','day','UTC',20574,'unique','unique(event_id)','pass','error',NULL,0,'0','0 of 4 rows repeat a key');
INSERT INTO check_result VALUES(9,2,'events','2026-05-01','day','UTC',20574,'not_null','not_null(event_id, tenant_id)','pass','error',NULL,0,'0','0 of 4 rows have a null');
INSERT INTO check_result VALUES(12,0,'events','2026-05-02','day','UTC',20575,'row_count','row_count','fail','error','low_volume',1,'>= 2','1 rows, expected >= 2');
INSERT INTO check_result VALUES(12,1,'events','2026-05-02','day','UTC',20575,'unique','unique(event_id)','pass','error',NULL,0,'0','0 of 1 rows repeat a key');
INSERT INTO check_result VALUES(12,2,'events','2026-05-02','day','UTC',20575,'not_null','not_null(event_id, tenant_id)','pass','error',NULL,0,'0','0 of 1 rows have a null');
CREATE UNIQUE INDEX attempt_live ON attempt (run, task) WHERE state IN ('starting', 'running', 'killing', 'publishing');
CREATE INDEX run_active ON run (dag) WHERE state IN ('queued', 'running');
CREATE INDEX run_failed ON run (ended_us) WHERE state = 'failed';
CREATE INDEX run_backfill ON run (backfill) WHERE backfill IS NOT NULL;
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
WHEN old.state IN ('success', 'failed', 'lost', 'cancelled') AND new.state <> old.state BEGIN
	SELECT raise(ABORT, 'an attempt that ended stays as it ended');
END;
CREATE TRIGGER run_ended BEFORE UPDATE OF state ON run
WHEN old.state NOT IN ('queued', 'running') AND new.state <> old.state AND new.epoch <= old.epoch BEGIN
	SELECT raise(ABORT, 'a run that ended goes on in a new epoch only');
END;
CREATE VIEW v_run AS
SELECT key, dag, run_id, type, state, epoch, strftime('%Y-%m-%dT%H:%M:%S', (logical_us - ((logical_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((logical_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((logical_us % 1000000 + 1000000) % 1000000)) END AS logical_date,
	strftime('%Y-%m-%dT%H:%M:%S', (start_us - ((start_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((start_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((start_us % 1000000 + 1000000) % 1000000)) END AS data_interval_start, strftime('%Y-%m-%dT%H:%M:%S', (end_us - ((end_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((end_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((end_us % 1000000 + 1000000) % 1000000)) END AS data_interval_end,
	digest AS dag_digest, backfill, strftime('%Y-%m-%dT%H:%M:%S', (created_us - ((created_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((created_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((created_us % 1000000 + 1000000) % 1000000)) END AS created_at,
	strftime('%Y-%m-%dT%H:%M:%S', (started_us - ((started_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((started_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((started_us % 1000000 + 1000000) % 1000000)) END AS started_at, strftime('%Y-%m-%dT%H:%M:%S', (ended_us - ((ended_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((ended_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((ended_us % 1000000 + 1000000) % 1000000)) END AS ended_at, params, waits
FROM run;
CREATE VIEW v_task AS
SELECT t.run AS run, r.dag AS dag, r.run_id AS run_id, strftime('%Y-%m-%dT%H:%M:%S', (r.logical_us - ((r.logical_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((r.logical_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((r.logical_us % 1000000 + 1000000) % 1000000)) END AS logical_date,
	t.task_index AS task_index, t.task AS task, t.state AS state, t.tries AS tries,
	t.failures AS failures, t.losses AS losses, strftime('%Y-%m-%dT%H:%M:%S', (t.next_retry_us - ((t.next_retry_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((t.next_retry_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((t.next_retry_us % 1000000 + 1000000) % 1000000)) END AS next_retry_at,
	strftime('%Y-%m-%dT%H:%M:%S', (t.since_us - ((t.since_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((t.since_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((t.since_us % 1000000 + 1000000) % 1000000)) END AS since, t.waits AS waits
FROM task t JOIN run r ON r.key = t.run;
CREATE VIEW v_attempt AS
SELECT a.key AS key, a.run AS run, r.dag AS dag, r.run_id AS run_id,
	strftime('%Y-%m-%dT%H:%M:%S', (r.logical_us - ((r.logical_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((r.logical_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((r.logical_us % 1000000 + 1000000) % 1000000)) END AS logical_date, a.task AS task, a.epoch AS epoch,
	a.try_number AS try_number, a.state AS state, a.outcome AS outcome,
	a.exit_code AS exit_code, a.signal AS signal, strftime('%Y-%m-%dT%H:%M:%S', (a.created_us - ((a.created_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((a.created_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((a.created_us % 1000000 + 1000000) % 1000000)) END AS created_at,
	strftime('%Y-%m-%dT%H:%M:%S', (a.started_us - ((a.started_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((a.started_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((a.started_us % 1000000 + 1000000) % 1000000)) END AS started_at, strftime('%Y-%m-%dT%H:%M:%S', (a.ended_us - ((a.ended_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((a.ended_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((a.ended_us % 1000000 + 1000000) % 1000000)) END AS ended_at, a.message AS message,
	a.result AS result, a.inputs AS inputs
FROM attempt a JOIN run r ON r.key = a.run;
CREATE VIEW v_dag AS
SELECT d.dag AS dag, f.file AS file, d.digest AS digest, d.present AS present,
	d.paused AS paused, strftime('%Y-%m-%dT%H:%M:%S', (d.cursor_us - ((d.cursor_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((d.cursor_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((d.cursor_us % 1000000 + 1000000) % 1000000)) END AS next_partition,
	strftime('%Y-%m-%dT%H:%M:%S', (d.live_since_us - ((d.live_since_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((d.live_since_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((d.live_since_us % 1000000 + 1000000) % 1000000)) END AS live_since
FROM dag d LEFT JOIN def f ON f.digest = d.digest;
CREATE VIEW v_backfill AS
SELECT key, dag, strftime('%Y-%m-%dT%H:%M:%S', (from_us - ((from_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((from_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((from_us % 1000000 + 1000000) % 1000000)) END AS from_date, strftime('%Y-%m-%dT%H:%M:%S', (to_us - ((to_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((to_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((to_us % 1000000 + 1000000) % 1000000)) END AS to_date, reprocess,
	max_active_runs, strftime('%Y-%m-%dT%H:%M:%S', (created_us - ((created_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((created_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((created_us % 1000000 + 1000000) % 1000000)) END AS created_at, runs
FROM backfill;
CREATE VIEW v_event AS
SELECT seq, strftime('%Y-%m-%dT%H:%M:%S', (at_us - ((at_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((at_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((at_us % 1000000 + 1000000) % 1000000)) END AS at, kind, run, task_index, attempt, epoch, from_state, to_state,
	detail
FROM event;
CREATE INDEX check_dataset ON check_result (dataset, partition DESC, attempt);
CREATE INDEX check_partition ON check_result (partition DESC, attempt);
CREATE INDEX run_logical ON run (logical_us, key);
CREATE INDEX run_state ON run (state, logical_us, key);
CREATE INDEX run_dag_state ON run (dag, state, logical_us, key);
CREATE VIEW v_stale AS
SELECT p.dataset AS dataset, CASE p.unit WHEN 'day' THEN date(p.part * 86400, 'unixepoch') END AS partition, c.dataset AS input_dataset,
	CASE c.unit WHEN 'day' THEN date(c.part * 86400, 'unixepoch') END AS input_partition, json_extract(i.value, '$.version') AS read_version,
	json_extract(i.value, '$.digest') AS read_digest, c.version AS current_version,
	c.digest AS current_digest, CASE p.unit WHEN 'day' THEN p.part END AS day, p.unit AS unit, p.zone AS zone,
	p.part AS part
FROM partition p, json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i
JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
	AND c.part = json_extract(i.value, '$.day')
WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '');
CREATE VIEW v_partition AS
SELECT p.dataset AS dataset, CASE p.unit WHEN 'day' THEN date(p.part * 86400, 'unixepoch') END AS partition, p.version AS version,
	p.digest AS digest, p.rows AS rows, p.bytes AS bytes, p.partial AS partial,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.part = p.part) AS stale,
	r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,
	strftime('%Y-%m-%dT%H:%M:%S', (p.published_us - ((p.published_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((p.published_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((p.published_us % 1000000 + 1000000) % 1000000)) END AS published_at, p.inputs AS inputs, CASE p.unit WHEN 'day' THEN p.part END AS day,
	p.unit AS unit, p.zone AS zone, p.part AS part
FROM partition p LEFT JOIN run r ON r.key = p.run;
CREATE VIEW v_version AS
SELECT v.dataset AS dataset, CASE v.unit WHEN 'day' THEN date(v.part * 86400, 'unixepoch') END AS partition, v.version AS version,
	v.digest AS digest, v.rows AS rows, v.bytes AS bytes, v.attempt AS attempt,
	strftime('%Y-%m-%dT%H:%M:%S', (v.published_us - ((v.published_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((v.published_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((v.published_us % 1000000 + 1000000) % 1000000)) END AS published_at,
	EXISTS (SELECT 1 FROM partition p WHERE p.dataset = v.dataset AND p.part = v.part
		AND p.version = v.version) AS live,
	v.collected AS collected, v.unit AS unit, v.zone AS zone, v.part AS part
FROM version v;
CREATE VIEW v_check AS
SELECT c.attempt AS attempt, r.dag AS dag, r.run_id AS run_id, a.task AS task,
	a.try_number AS try_number, c.dataset AS dataset, c.partition AS partition,
	c.kind AS check_type, c.name AS name, c.status AS status, c.severity AS severity,
	c.reason AS reason, c.observed AS observed, c.expected AS expected, c.message AS message,
	strftime('%Y-%m-%dT%H:%M:%S', (a.ended_us - ((a.ended_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((a.ended_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((a.ended_us % 1000000 + 1000000) % 1000000)) END AS ended_at,
	NOT EXISTS (SELECT 1 FROM attempt n WHERE n.run = a.run AND n.task = a.task
		AND n.key > a.key) AS latest,
	json_extract(a.result, '$.checks[' || c.seq || ']') AS result,
	c.unit AS unit, c.zone AS zone, c.part AS part
FROM check_result c JOIN attempt a ON a.key = c.attempt JOIN run r ON r.key = a.run;
COMMIT;
PRAGMA user_version = 2;
