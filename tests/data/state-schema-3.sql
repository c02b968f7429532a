-- state-schema-3.sql - what a tidemill with schema 3 left of the project of tests/data/past.sh, as sqlite3 dumps it.
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
INSERT INTO dag VALUES('load','e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0',1,0,1777593600000000,1795931405176304);
INSERT INTO dag VALUES('odd','49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb',1,1,1777593600000000,1795931405176304);
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
	waits TEXT NOT NULL, early INTEGER NOT NULL DEFAULT 0 CHECK (early IN (0, 1)),
	UNIQUE (dag, logical_us),
	UNIQUE (dag, run_id)
) STRICT;
INSERT INTO run VALUES(1,'load','manual__2026-05-01','manual','success',2,1777593600000000,1777593600000000,1777680000000000,'e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0',NULL,1795931405176320,1795931406140436,1795931406255421,'{}','',0);
INSERT INTO run VALUES(2,'load','manual__2026-05-02','manual','failed',2,1777680000000000,1777680000000000,1777766400000000,'e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0',NULL,1795931405330312,1795931406296849,1795931406335699,'{}','',0);
INSERT INTO run VALUES(3,'odd','manual__2026-05-01','manual','failed',1,1777593600000000,1777593600000000,1777680000000000,'49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb',NULL,1795931405454552,1795931405454552,1795931406100408,'{}','',0);
INSERT INTO run VALUES(4,'odd','manual__2026-05-03','manual','queued',1,1777766400000000,1777766400000000,1777852800000000,'49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb',NULL,1795931406390734,NULL,NULL,'{}','{"gate":"no_scheduler"}',0);
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
INSERT INTO task VALUES(1,0,'ingest','success',2,0,0,NULL,1795931406183442,'');
INSERT INTO task VALUES(1,1,'dedup','success',2,0,0,NULL,1795931406247736,'');
INSERT INTO task VALUES(1,2,'tell','success',2,0,0,NULL,1795931406255421,'');
INSERT INTO task VALUES(2,0,'ingest','failed',2,0,0,NULL,1795931406335699,'');
INSERT INTO task VALUES(2,1,'dedup','upstream_failed',1,0,0,NULL,1795931406335699,'{"gate":"upstream_failed"}');
INSERT INTO task VALUES(2,2,'tell','upstream_failed',1,0,0,NULL,1795931406335699,'{"gate":"upstream_failed"}');
INSERT INTO task VALUES(3,0,'fails','failed',2,2,0,NULL,1795931406100408,'');
INSERT INTO task VALUES(3,1,'never','upstream_failed',0,0,0,NULL,1795931406100408,'{"gate":"upstream_failed"}');
INSERT INTO task VALUES(4,0,'fails','none',0,0,0,NULL,1795931406390734,'');
INSERT INTO task VALUES(4,1,'never','none',0,0,0,NULL,1795931406390734,'');
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
	exit_code INTEGER NOT NULL,
	signal INTEGER NOT NULL,
	created_us INTEGER NOT NULL,
	started_us INTEGER,
	ended_us INTEGER,
	message TEXT NOT NULL,
	result TEXT,
	inputs TEXT, outcome TEXT CHECK (outcome IN ('ok', 'error', 'signal',
	'timeout', 'cancelled', 'gate_failed', 'missing', 'input_changed', 'launch_failed',
	'publish_failed', 'lost', 'fatal', 'all_bad', 'held', 'no_space')),
	UNIQUE (run, task, try_number, epoch)
) STRICT;
INSERT INTO attempt VALUES(1,1,0,'ingest',1,1,'success',0,'3fdb98cad743e1906b2e1ac0e3d13d86',0,0,1795931405176320,1795931405216731,1795931405237959,'','{"outcome":"ok","message":"","outputs":[{"dataset":"events_quarantine","day":20574,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events_quarantine/staging/a1"},{"dataset":"events","day":20574,"version":1,"digest":"115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events/staging/a1"}],"counters":{"read":3,"dropped":0,"unknown_keys":0,"files":1,"written":3,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":3,"expected":">= 2","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"3 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 3 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 3 rows have a null"}]}','[]','ok');
INSERT INTO attempt VALUES(2,1,1,'dedup',1,1,'success',0,'0a85b3829656bef1e00353cf3ce211ed',0,0,1795931405237959,1795931405263154,1795931405283846,'','{"outcome":"ok","message":"","outputs":[{"dataset":"unique_events_quarantine","day":20574,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique_quarantine/staging/a2"},{"dataset":"unique_events","day":20574,"version":1,"digest":"115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique/staging/a2"}],"counters":{"read":3,"duplicates":0,"written":3,"quarantined":0},"checks":[]}','[{"dataset":"events","day":20574,"version":1,"digest":"115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9"}]','ok');
INSERT INTO attempt VALUES(3,1,2,'tell',1,1,'success',0,'508e2eb1fce9c44f0568546b16f09389',0,0,1795931405283846,1795931405286460,1795931405292172,'',NULL,'[]','ok');
INSERT INTO attempt VALUES(4,2,0,'ingest',1,1,'success',0,'f0ee4f0eaeaaf8883e5d280405c162b8',0,0,1795931405330312,1795931405363285,1795931405380879,'','{"outcome":"ok","message":"","outputs":[{"dataset":"events_quarantine","day":20575,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events_quarantine/staging/a4"},{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events/staging/a4"}],"counters":{"read":3,"dropped":0,"unknown_keys":0,"files":1,"written":3,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":3,"expected":">= 2","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"3 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 3 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":3,"evaluated_rows":3,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 3 rows have a null"}]}','[]','ok');
INSERT INTO attempt VALUES(5,2,1,'dedup',1,1,'success',0,'9fe2cb4fadbda5fee098a1c63053aec0',0,0,1795931405380879,1795931405395092,1795931405413477,'','{"outcome":"ok","message":"","outputs":[{"dataset":"unique_events_quarantine","day":20575,"version":1,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique_quarantine/staging/a5"},{"dataset":"unique_events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208","rows":3,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique/staging/a5"}],"counters":{"read":3,"duplicates":0,"written":3,"quarantined":0},"checks":[]}','[{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208"}]','ok');
INSERT INTO attempt VALUES(6,2,2,'tell',1,1,'success',0,'5586c94319ade0102a5daafa1b980c9a',0,0,1795931405413477,1795931405414838,1795931405415834,'',NULL,'[]','ok');
INSERT INTO attempt VALUES(7,3,0,'fails',1,1,'failed',0,'c575e01c280291a29b1b31deff89129e',1,0,1795931405454552,1795931405458978,1795931405461722,'exit status 1',NULL,'[]','error');
INSERT INTO attempt VALUES(8,3,0,'fails',1,2,'failed',0,'323d7f1979226b1e7fe73a6942dbf9de',1,0,1795931406095528,1795931406097539,1795931406100408,'exit status 1',NULL,'[]','error');
INSERT INTO attempt VALUES(9,1,0,'ingest',2,2,'success',0,'7890982e11b27f74914418d7e96520d3',0,0,1795931406140436,1795931406156435,1795931406183442,'','{"outcome":"ok","message":"","outputs":[{"dataset":"events_quarantine","day":20574,"version":2,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":false,"path":"/srv/project/lake/.tidemill-lake/events_quarantine/staging/a9"},{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da","rows":4,"changed":true,"path":"/srv/project/lake/.tidemill-lake/events/staging/a9"}],"counters":{"read":4,"dropped":0,"unknown_keys":0,"files":1,"written":4,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":4,"expected":">= 2","rows_total":4,"evaluated_rows":4,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"4 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":4,"evaluated_rows":4,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 4 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-01","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":4,"evaluated_rows":4,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 4 rows have a null"}]}','[]','ok');
INSERT INTO attempt VALUES(10,1,1,'dedup',2,2,'success',0,'49d16a87b8d16e9ff71bacc49619f19b',0,0,1795931406183442,1795931406196674,1795931406247736,'','{"outcome":"ok","message":"","outputs":[{"dataset":"unique_events_quarantine","day":20574,"version":2,"digest":"0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846","rows":0,"changed":false,"path":"/srv/project/lake/.tidemill-lake/unique_quarantine/staging/a10"},{"dataset":"unique_events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da","rows":4,"changed":true,"path":"/srv/project/lake/.tidemill-lake/unique/staging/a10"}],"counters":{"read":4,"duplicates":0,"written":4,"quarantined":0},"checks":[]}','[{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da"}]','ok');
INSERT INTO attempt VALUES(11,1,2,'tell',2,2,'success',0,'796578b0dedce7a450ff0857250ff7b1',0,0,1795931406247736,1795931406250351,1795931406255421,'',NULL,'[]','ok');
INSERT INTO attempt VALUES(12,2,0,'ingest',2,2,'failed',0,'4354ca3ad4dc5bd2ee9bcbb90f91d3d8',1,0,1795931406296849,1795931406320227,1795931406335699,'check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''','{"outcome":"gate_failed","message":"check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''","outputs":[],"counters":{"read":1,"dropped":0,"unknown_keys":0,"files":1,"written":1,"quarantined":0},"checks":[{"check":"row_count","name":"row_count","dataset":"events","partition":"event_date=2026-05-02","status":"fail","reason":"low_volume","severity":"error","blocking":true,"observed":1,"expected":">= 2","rows_total":1,"evaluated_rows":1,"missing_count":0,"failed_count":null,"quarantined_rows":0,"sample":[],"message":"1 rows, expected >= 2"},{"check":"unique","name":"unique(event_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":1,"evaluated_rows":1,"missing_count":0,"failed_count":0,"quarantined_rows":0,"duplicated_keys":0,"sample":[],"message":"0 of 1 rows repeat a key"},{"check":"not_null","name":"not_null(event_id, tenant_id)","dataset":"events","partition":"event_date=2026-05-02","status":"pass","reason":null,"severity":"error","blocking":false,"observed":0,"expected":"0","rows_total":1,"evaluated_rows":1,"missing_count":0,"failed_count":0,"quarantined_rows":0,"sample":[],"message":"0 of 1 rows have a null"}]}','[]','gate_failed');
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
	inputs TEXT, unit TEXT NOT NULL DEFAULT 'day', zone TEXT NOT NULL DEFAULT 'UTC', preliminary TEXT
	CHECK (preliminary IS NULL OR preliminary IN ('early', 'watermark')), definition TEXT, files TEXT NOT NULL DEFAULT '{}', outdated INTEGER NOT NULL DEFAULT 0, made TEXT NOT NULL DEFAULT '{}',
	PRIMARY KEY (dataset, part)
) STRICT, WITHOUT ROWID;
INSERT INTO "partition" VALUES('events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,0,1,9,2,1795931406183442,'[{"dataset":"files","day":null,"version":0,"digest":"2f4c6fe1e788fffd4aba3e70fcb010959fe85af2ac71bbc7cb06a03c36bd12d3"}]','day','UTC',NULL,'0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a','{}',0,'{}');
INSERT INTO "partition" VALUES('events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,0,2,4,1,1795931405380879,'[{"dataset":"files","day":null,"version":0,"digest":"a5a99d9a3f418a4af03e4fa9b369fb23fb4fd249c8e2e3ce28e8705916ed8b02"}]','day','UTC',NULL,'0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a','{}',0,'{}');
INSERT INTO "partition" VALUES('events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,1,9,2,1795931406183442,'[{"dataset":"files","day":null,"version":0,"digest":"2f4c6fe1e788fffd4aba3e70fcb010959fe85af2ac71bbc7cb06a03c36bd12d3"}]','day','UTC',NULL,NULL,'{}',0,'{}');
INSERT INTO "partition" VALUES('events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,2,4,1,1795931405380879,'[{"dataset":"files","day":null,"version":0,"digest":"a5a99d9a3f418a4af03e4fa9b369fb23fb4fd249c8e2e3ce28e8705916ed8b02"}]','day','UTC',NULL,NULL,'{}',0,'{}');
INSERT INTO "partition" VALUES('unique_events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,0,1,10,2,1795931406247736,'[{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da"}]','day','UTC',NULL,'b013a0ff821b1704d6c3783714adddbb07d26d25be8e227f7541432688cd9931','{}',0,'{"events":["0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a"]}');
INSERT INTO "partition" VALUES('unique_events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,0,2,5,1,1795931405413477,'[{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208"}]','day','UTC',NULL,'b013a0ff821b1704d6c3783714adddbb07d26d25be8e227f7541432688cd9931','{}',0,'{"events":["0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a"]}');
INSERT INTO "partition" VALUES('unique_events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,1,10,2,1795931406247736,'[{"dataset":"events","day":20574,"version":2,"digest":"8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da"}]','day','UTC',NULL,NULL,'{}',0,'{"events":["0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a"]}');
INSERT INTO "partition" VALUES('unique_events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,0,2,5,1,1795931405413477,'[{"dataset":"events","day":20575,"version":1,"digest":"72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208"}]','day','UTC',NULL,NULL,'{}',0,'{"events":["0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a"]}');
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
INSERT INTO version VALUES('events',20574,1,'115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9',3,430,1,1795931405237959,0,'day','UTC');
INSERT INTO version VALUES('events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,9,1795931406183442,0,'day','UTC');
INSERT INTO version VALUES('events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,4,1795931405380879,0,'day','UTC');
INSERT INTO version VALUES('events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,1,1795931405237959,0,'day','UTC');
INSERT INTO version VALUES('events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,4,1795931405380879,0,'day','UTC');
INSERT INTO version VALUES('unique_events',20574,1,'115cf4b98cdc0d57d572418864dba57528939dd8d5f8e7c85b4be57ae2cafce9',3,430,2,1795931405283846,0,'day','UTC');
INSERT INTO version VALUES('unique_events',20574,2,'8a4d5bdc3d882c0d6935db90dfceccec4d6c2bc479809096d7faa4caae9c02da',4,535,10,1795931406247736,0,'day','UTC');
INSERT INTO version VALUES('unique_events',20575,1,'72fd3b4c5a31605688fb3521fcaa8ba27f3037a76633be2211fac70f33d50208',3,430,5,1795931405413477,0,'day','UTC');
INSERT INTO version VALUES('unique_events_quarantine',20574,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,2,1795931405283846,0,'day','UTC');
INSERT INTO version VALUES('unique_events_quarantine',20575,1,'0de1ae286828b5f33e8a98bd6b03c9b9c2bf9209db0228b23ecfefe430c1c846',0,0,5,1795931405413477,0,'day','UTC');
CREATE TABLE backfill (
	key INTEGER PRIMARY KEY CHECK (key > 0),
	dag TEXT NOT NULL,
	from_us INTEGER NOT NULL,
	to_us INTEGER NOT NULL,
	reprocess TEXT NOT NULL CHECK (reprocess IN ('none', 'failed', 'completed')),
	max_active_runs INTEGER NOT NULL,
	created_us INTEGER NOT NULL,
	runs INTEGER NOT NULL
, backwards INTEGER NOT NULL DEFAULT 0 CHECK (backwards IN (0, 1))) STRICT;
CREATE TABLE command (
	key TEXT NOT NULL UNIQUE,
	command TEXT NOT NULL,
	reply TEXT NOT NULL,
	at_us INTEGER NOT NULL
) STRICT;
INSERT INTO command VALUES('ca438a8edf0f97340a4b27463e3272a2','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-01 of dag ''load'' is queued","run":1,"run_id":"manual__2026-05-01","logical_date":"2026-05-01T00:00:00Z"}',1795931405176320);
INSERT INTO command VALUES('1fea891c33b7af21adaa729001ccc8f8','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-02 of dag ''load'' is queued","run":2,"run_id":"manual__2026-05-02","logical_date":"2026-05-02T00:00:00Z"}',1795931405330312);
INSERT INTO command VALUES('9e113480aa55ab65a266fa368045985e','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-01 of dag ''odd'' is queued","run":3,"run_id":"manual__2026-05-01","logical_date":"2026-05-01T00:00:00Z"}',1795931405454552);
INSERT INTO command VALUES('9c48e8e1bbef70f20c56ed64e3fea087','clear','{"ok":true,"code":"ok","message":"run manual__2026-05-01 of dag ''load'' is queued again, epoch 2: ingest, dedup, tell run again and will read events as published by then","run":1,"run_id":"manual__2026-05-01","logical_date":"2026-05-01T00:00:00Z"}',1795931406140436);
INSERT INTO command VALUES('6b307919006181d3809e4d3523cb19a6','clear','{"ok":true,"code":"ok","message":"run manual__2026-05-02 of dag ''load'' is queued again, epoch 2: ingest, dedup, tell run again and will read events as published by then","run":2,"run_id":"manual__2026-05-02","logical_date":"2026-05-02T00:00:00Z"}',1795931406296849);
INSERT INTO command VALUES('c1f98408e80271323688da9535825174','trigger','{"ok":true,"code":"ok","message":"run manual__2026-05-03 of dag ''odd'' is queued","run":4,"run_id":"manual__2026-05-03","logical_date":"2026-05-03T00:00:00Z"}',1795931406390734);
INSERT INTO command VALUES('176cd02c3053ff2c361ee37be95d50fe','pause','{"ok":true,"code":"ok","message":"dag ''odd'' is paused; what runs goes on"}',1795931406414842);
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
INSERT INTO event VALUES(1,1795931405176304,'dag',NULL,NULL,NULL,0,'','e15336deefc0899719162ed76ae6087cf26106697c78a0a9355f778b00e301c0','load');
INSERT INTO event VALUES(2,1795931405176304,'dag',NULL,NULL,NULL,0,'','49970e259d2c658dd48cc730e3715c2f6bf646485c0bfa0cd2c8478fbc35ddfb','odd');
INSERT INTO event VALUES(3,1795931405176320,'run',1,NULL,NULL,1,'','queued','manual__2026-05-01');
INSERT INTO event VALUES(4,1795931405176320,'run',1,NULL,NULL,1,'queued','running','');
INSERT INTO event VALUES(5,1795931405176320,'task',1,0,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(6,1795931405176320,'attempt',1,0,1,1,'','starting','');
INSERT INTO event VALUES(7,1795931405176320,'task',1,0,1,1,'scheduled','queued','');
INSERT INTO event VALUES(8,1795931405232433,'attempt',1,0,1,1,'starting','running','');
INSERT INTO event VALUES(9,1795931405232433,'task',1,0,1,1,'queued','running','');
INSERT INTO event VALUES(10,1795931405233266,'attempt',1,0,1,1,'running','publishing','');
INSERT INTO event VALUES(11,1795931405237959,'partition',1,NULL,1,1,'','published','events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(12,1795931405237959,'partition',1,NULL,1,1,'','published','events 2026-05-01 version 1');
INSERT INTO event VALUES(13,1795931405237959,'attempt',1,0,1,1,'publishing','success','');
INSERT INTO event VALUES(14,1795931405237959,'task',1,0,1,1,'running','success','');
INSERT INTO event VALUES(15,1795931405237959,'task',1,1,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(16,1795931405237959,'attempt',1,1,2,1,'','starting','');
INSERT INTO event VALUES(17,1795931405237959,'task',1,1,2,1,'scheduled','queued','');
INSERT INTO event VALUES(18,1795931405277379,'attempt',1,1,2,1,'starting','running','');
INSERT INTO event VALUES(19,1795931405277379,'task',1,1,2,1,'queued','running','');
INSERT INTO event VALUES(20,1795931405280043,'attempt',1,1,2,1,'running','publishing','');
INSERT INTO event VALUES(21,1795931405283846,'partition',1,NULL,2,1,'','published','unique_events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(22,1795931405283846,'partition',1,NULL,2,1,'','published','unique_events 2026-05-01 version 1');
INSERT INTO event VALUES(23,1795931405283846,'attempt',1,1,2,1,'publishing','success','');
INSERT INTO event VALUES(24,1795931405283846,'task',1,1,2,1,'running','success','');
INSERT INTO event VALUES(25,1795931405283846,'task',1,2,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(26,1795931405283846,'attempt',1,2,3,1,'','starting','');
INSERT INTO event VALUES(27,1795931405283846,'task',1,2,3,1,'scheduled','queued','');
INSERT INTO event VALUES(28,1795931405292172,'attempt',1,2,3,1,'starting','success','');
INSERT INTO event VALUES(29,1795931405292172,'task',1,2,3,1,'queued','success','');
INSERT INTO event VALUES(30,1795931405292172,'run',1,NULL,NULL,1,'running','success','');
INSERT INTO event VALUES(31,1795931405330312,'run',2,NULL,NULL,1,'','queued','manual__2026-05-02');
INSERT INTO event VALUES(32,1795931405330312,'run',2,NULL,NULL,1,'queued','running','');
INSERT INTO event VALUES(33,1795931405330312,'task',2,0,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(34,1795931405330312,'attempt',2,0,4,1,'','starting','');
INSERT INTO event VALUES(35,1795931405330312,'task',2,0,4,1,'scheduled','queued','');
INSERT INTO event VALUES(36,1795931405376360,'attempt',2,0,4,1,'starting','running','');
INSERT INTO event VALUES(37,1795931405376360,'task',2,0,4,1,'queued','running','');
INSERT INTO event VALUES(38,1795931405377002,'attempt',2,0,4,1,'running','publishing','');
INSERT INTO event VALUES(39,1795931405380879,'partition',2,NULL,4,1,'','published','events_quarantine 2026-05-02 version 1');
INSERT INTO event VALUES(40,1795931405380879,'partition',2,NULL,4,1,'','published','events 2026-05-02 version 1');
INSERT INTO event VALUES(41,1795931405380879,'attempt',2,0,4,1,'publishing','success','');
INSERT INTO event VALUES(42,1795931405380879,'task',2,0,4,1,'running','success','');
INSERT INTO event VALUES(43,1795931405380879,'task',2,1,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(44,1795931405380879,'attempt',2,1,5,1,'','starting','');
INSERT INTO event VALUES(45,1795931405380879,'task',2,1,5,1,'scheduled','queued','');
INSERT INTO event VALUES(46,1795931405409916,'attempt',2,1,5,1,'starting','running','');
INSERT INTO event VALUES(47,1795931405409916,'task',2,1,5,1,'queued','running','');
INSERT INTO event VALUES(48,1795931405410684,'attempt',2,1,5,1,'running','publishing','');
INSERT INTO event VALUES(49,1795931405413477,'partition',2,NULL,5,1,'','published','unique_events_quarantine 2026-05-02 version 1');
INSERT INTO event VALUES(50,1795931405413477,'partition',2,NULL,5,1,'','published','unique_events 2026-05-02 version 1');
INSERT INTO event VALUES(51,1795931405413477,'attempt',2,1,5,1,'publishing','success','');
INSERT INTO event VALUES(52,1795931405413477,'task',2,1,5,1,'running','success','');
INSERT INTO event VALUES(53,1795931405413477,'task',2,2,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(54,1795931405413477,'attempt',2,2,6,1,'','starting','');
INSERT INTO event VALUES(55,1795931405413477,'task',2,2,6,1,'scheduled','queued','');
INSERT INTO event VALUES(56,1795931405415834,'attempt',2,2,6,1,'starting','success','');
INSERT INTO event VALUES(57,1795931405415834,'task',2,2,6,1,'queued','success','');
INSERT INTO event VALUES(58,1795931405415834,'run',2,NULL,NULL,1,'running','success','');
INSERT INTO event VALUES(59,1795931405454552,'run',3,NULL,NULL,1,'','queued','manual__2026-05-01');
INSERT INTO event VALUES(60,1795931405454552,'run',3,NULL,NULL,1,'queued','running','');
INSERT INTO event VALUES(61,1795931405454552,'task',3,0,NULL,1,'none','scheduled','');
INSERT INTO event VALUES(62,1795931405454552,'attempt',3,0,7,1,'','starting','');
INSERT INTO event VALUES(63,1795931405454552,'task',3,0,7,1,'scheduled','queued','');
INSERT INTO event VALUES(64,1795931405461722,'attempt',3,0,7,1,'starting','failed','exit status 1');
INSERT INTO event VALUES(65,1795931405461722,'task',3,0,7,1,'queued','up_for_retry','exit status 1');
INSERT INTO event VALUES(66,1795931406095528,'task',3,0,NULL,1,'up_for_retry','scheduled','');
INSERT INTO event VALUES(67,1795931406095528,'attempt',3,0,8,1,'','starting','');
INSERT INTO event VALUES(68,1795931406095528,'task',3,0,8,1,'scheduled','queued','');
INSERT INTO event VALUES(69,1795931406100408,'attempt',3,0,8,1,'starting','failed','exit status 1');
INSERT INTO event VALUES(70,1795931406100408,'task',3,0,8,1,'queued','failed','exit status 1');
INSERT INTO event VALUES(71,1795931406100408,'task',3,1,NULL,1,'none','upstream_failed','an upstream failed');
INSERT INTO event VALUES(72,1795931406100408,'run',3,NULL,NULL,1,'running','failed','');
INSERT INTO event VALUES(73,1795931406140436,'task',1,0,NULL,2,'success','none','');
INSERT INTO event VALUES(74,1795931406140436,'task',1,1,NULL,2,'success','none','');
INSERT INTO event VALUES(75,1795931406140436,'task',1,2,NULL,2,'success','none','');
INSERT INTO event VALUES(76,1795931406140436,'run',1,NULL,NULL,2,'success','queued','cleared');
INSERT INTO event VALUES(77,1795931406140436,'run',1,NULL,NULL,2,'queued','running','');
INSERT INTO event VALUES(78,1795931406140436,'task',1,0,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(79,1795931406140436,'attempt',1,0,9,2,'','starting','');
INSERT INTO event VALUES(80,1795931406140436,'task',1,0,9,2,'scheduled','queued','');
INSERT INTO event VALUES(81,1795931406169223,'attempt',1,0,9,2,'starting','running','');
INSERT INTO event VALUES(82,1795931406169223,'task',1,0,9,2,'queued','running','');
INSERT INTO event VALUES(83,1795931406171830,'attempt',1,0,9,2,'running','publishing','');
INSERT INTO event VALUES(84,1795931406183442,'partition',1,NULL,9,2,'','kept','events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(85,1795931406183442,'partition',1,NULL,9,2,'','published','events 2026-05-01 version 2');
INSERT INTO event VALUES(86,1795931406183442,'attempt',1,0,9,2,'publishing','success','');
INSERT INTO event VALUES(87,1795931406183442,'task',1,0,9,2,'running','success','');
INSERT INTO event VALUES(88,1795931406183442,'task',1,1,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(89,1795931406183442,'attempt',1,1,10,2,'','starting','');
INSERT INTO event VALUES(90,1795931406183442,'task',1,1,10,2,'scheduled','queued','');
INSERT INTO event VALUES(91,1795931406207417,'attempt',1,1,10,2,'starting','running','');
INSERT INTO event VALUES(92,1795931406207417,'task',1,1,10,2,'queued','running','');
INSERT INTO event VALUES(93,1795931406218744,'attempt',1,1,10,2,'running','publishing','');
INSERT INTO event VALUES(94,1795931406247736,'partition',1,NULL,10,2,'','kept','unique_events_quarantine 2026-05-01 version 1');
INSERT INTO event VALUES(95,1795931406247736,'partition',1,NULL,10,2,'','published','unique_events 2026-05-01 version 2');
INSERT INTO event VALUES(96,1795931406247736,'attempt',1,1,10,2,'publishing','success','');
INSERT INTO event VALUES(97,1795931406247736,'task',1,1,10,2,'running','success','');
INSERT INTO event VALUES(98,1795931406247736,'task',1,2,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(99,1795931406247736,'attempt',1,2,11,2,'','starting','');
INSERT INTO event VALUES(100,1795931406247736,'task',1,2,11,2,'scheduled','queued','');
INSERT INTO event VALUES(101,1795931406255421,'attempt',1,2,11,2,'starting','success','');
INSERT INTO event VALUES(102,1795931406255421,'task',1,2,11,2,'queued','success','');
INSERT INTO event VALUES(103,1795931406255421,'run',1,NULL,NULL,2,'running','success','');
INSERT INTO event VALUES(104,1795931406296849,'task',2,0,NULL,2,'success','none','');
INSERT INTO event VALUES(105,1795931406296849,'task',2,1,NULL,2,'success','none','');
INSERT INTO event VALUES(106,1795931406296849,'task',2,2,NULL,2,'success','none','');
INSERT INTO event VALUES(107,1795931406296849,'run',2,NULL,NULL,2,'success','queued','cleared');
INSERT INTO event VALUES(108,1795931406296849,'run',2,NULL,NULL,2,'queued','running','');
INSERT INTO event VALUES(109,1795931406296849,'task',2,0,NULL,2,'none','scheduled','');
INSERT INTO event VALUES(110,1795931406296849,'attempt',2,0,12,2,'','starting','');
INSERT INTO event VALUES(111,1795931406296849,'task',2,0,12,2,'scheduled','queued','');
INSERT INTO event VALUES(112,1795931406335699,'attempt',2,0,12,2,'starting','failed','check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''');
INSERT INTO event VALUES(113,1795931406335699,'task',2,0,12,2,'queued','failed','check row_count: 1 rows, expected >= 2; not published, the staged rows are in ''/srv/project/lake/.tidemill-lake/events/staging/a12''');
INSERT INTO event VALUES(114,1795931406335699,'task',2,1,NULL,2,'none','upstream_failed','an upstream failed');
INSERT INTO event VALUES(115,1795931406335699,'task',2,2,NULL,2,'none','upstream_failed','an upstream failed');
INSERT INTO event VALUES(116,1795931406335699,'run',2,NULL,NULL,2,'running','failed','');
INSERT INTO event VALUES(117,1795931406390734,'run',4,NULL,NULL,1,'','queued','manual__2026-05-03');
INSERT INTO event VALUES(118,1795931406414842,'dag',NULL,NULL,NULL,0,'active','paused','odd');
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
CREATE TABLE definition (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO definition VALUES('0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a','{"operator":"ingest 1","keys":{"format":{"value":"csv","feeds":"rows"},"from.path":{"value":"\"landing/{{ ds }}.jsonl\"","feeds":"rows"},"from.format":{"value":"jsonl","feeds":"rows"},"event_time":{"value":"timestamp","feeds":"rows"},"received_at":{"value":"","feeds":"_received_at"},"unknown_keys":{"value":"ignore","feeds":"rows"}}}');
INSERT INTO definition VALUES('b013a0ff821b1704d6c3783714adddbb07d26d25be8e227f7541432688cd9931','{"operator":"dedup 1","keys":{"input":{"value":"events","feeds":"rows"},"window":{"value":"1d","feeds":"rows"},"format":{"value":"csv","feeds":"rows"},"key":{"value":"event_id","feeds":"rows"},"keep":{"value":"first","feeds":"rows"}}}');
CREATE TABLE reader (
	input TEXT NOT NULL,
	input_part INTEGER NOT NULL,
	dataset TEXT NOT NULL,
	part INTEGER NOT NULL,
	PRIMARY KEY (input, input_part, dataset, part)
) STRICT, WITHOUT ROWID;
INSERT INTO reader VALUES('events',20574,'unique_events',20574);
INSERT INTO reader VALUES('events',20574,'unique_events_quarantine',20574);
INSERT INTO reader VALUES('events',20575,'unique_events',20575);
INSERT INTO reader VALUES('events',20575,'unique_events_quarantine',20575);
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
INSERT INTO tally VALUES('events','{}','0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a','{}',2,7,965,0,1795931406183442);
INSERT INTO tally VALUES('events_quarantine','{}','','{}',2,0,0,0,1795931406183442);
INSERT INTO tally VALUES('unique_events','{}','b013a0ff821b1704d6c3783714adddbb07d26d25be8e227f7541432688cd9931','{"events":["0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a"]}',2,7,965,0,1795931406247736);
INSERT INTO tally VALUES('unique_events','{}','b013a0ff821b1704d6c3783714adddbb07d26d25be8e227f7541432688cd9931','{}',0,0,0,0,1795931405413477);
INSERT INTO tally VALUES('unique_events_quarantine','{}','','{"events":["0d8b0d50b6b1bb9bddf91a6d87aef2d9ae863259327947f5b4f6bf3eaaf1604a"]}',2,0,0,0,1795931406247736);
INSERT INTO tally VALUES('unique_events_quarantine','{}','','{}',0,0,0,0,1795931405413477);
CREATE TABLE clock (
	key INTEGER PRIMARY KEY CHECK (key = 1),
	boot TEXT NOT NULL,
	offset_us INTEGER NOT NULL,
	jump_us INTEGER,
	jumped_us INTEGER,
	held_until_us INTEGER
) STRICT;
INSERT INTO clock VALUES(1,'a31cf54f-a4f5-475b-b51f-d6be4ee90210',1795929406947028,NULL,NULL,NULL);
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
CREATE VIEW v_task AS
SELECT t.run AS run, r.dag AS dag, r.run_id AS run_id, strftime('%Y-%m-%dT%H:%M:%S', (r.logical_us - ((r.logical_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((r.logical_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((r.logical_us % 1000000 + 1000000) % 1000000)) END AS logical_date,
	t.task_index AS task_index, t.task AS task, t.state AS state, t.tries AS tries,
	t.failures AS failures, t.losses AS losses, strftime('%Y-%m-%dT%H:%M:%S', (t.next_retry_us - ((t.next_retry_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((t.next_retry_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((t.next_retry_us % 1000000 + 1000000) % 1000000)) END AS next_retry_at,
	strftime('%Y-%m-%dT%H:%M:%S', (t.since_us - ((t.since_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((t.since_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((t.since_us % 1000000 + 1000000) % 1000000)) END AS since, t.waits AS waits
FROM task t JOIN run r ON r.key = t.run;
CREATE VIEW v_dag AS
SELECT d.dag AS dag, f.file AS file, d.digest AS digest, d.present AS present,
	d.paused AS paused, strftime('%Y-%m-%dT%H:%M:%S', (d.cursor_us - ((d.cursor_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((d.cursor_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((d.cursor_us % 1000000 + 1000000) % 1000000)) END AS next_partition,
	strftime('%Y-%m-%dT%H:%M:%S', (d.live_since_us - ((d.live_since_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((d.live_since_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((d.live_since_us % 1000000 + 1000000) % 1000000)) END AS live_since
FROM dag d LEFT JOIN def f ON f.digest = d.digest;
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
CREATE INDEX run_worked ON run (coalesce(started_us, created_us), key);
CREATE INDEX partition_definition ON partition (dataset, definition);
CREATE TRIGGER partition_came AFTER INSERT ON partition BEGIN
	DELETE FROM tally WHERE dataset = new.dataset AND partitions = 0;
	INSERT INTO tally (dataset, files, definition, made, partitions, rows, bytes, outdated,
		published_us)
	VALUES (new.dataset, new.files, coalesce(new.definition, ''), new.made, 1, new.rows,
		new.bytes, new.outdated > 0, new.published_us)
	ON CONFLICT DO UPDATE SET partitions = partitions + excluded.partitions,
		rows = rows + excluded.rows, bytes = bytes + excluded.bytes,
		outdated = outdated + excluded.outdated,
		published_us = max(published_us, excluded.published_us);
	INSERT INTO reader (input, input_part, dataset, part)
	SELECT n.dataset, n.part, new.dataset, new.part FROM (SELECT json_extract(i.value, '$.dataset') AS dataset,
		CAST(json_extract(i.value, '$.day') AS INTEGER) AS part
	FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NOT NULL
		AND json_extract(i.value, '$.dataset') IS NOT NULL) n WHERE true
	ON CONFLICT DO NOTHING;
	UPDATE partition SET files = (SELECT json_group_object(name, digest) FROM (
	SELECT json_extract(i.value, '$.dataset') AS name,
		max(json_extract(i.value, '$.digest')) AS digest
	FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NULL
		AND json_extract(i.value, '$.digest') <> ''
		AND json_extract(i.value, '$.dataset') <> 'files' GROUP BY 1 ORDER BY 1)), outdated = (SELECT count(*) FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
	JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
		AND c.part = json_extract(i.value, '$.day')
	WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '')), made = (SELECT json_group_object(name, json(digests)) FROM (
	SELECT name, json_group_array(definition) AS digests
	FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition
		FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
		JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
			AND c.part = json_extract(i.value, '$.day')
		WHERE i.type = 'object' ORDER BY 1, 2)
	GROUP BY name ORDER BY name))
	WHERE dataset = new.dataset AND part = new.part;
	UPDATE partition SET outdated = (SELECT count(*) FROM json_each(CASE WHEN json_valid(partition.inputs) THEN partition.inputs END) i
	JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
		AND c.part = json_extract(i.value, '$.day')
	WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '')), made = (SELECT json_group_object(name, json(digests)) FROM (
	SELECT name, json_group_array(definition) AS digests
	FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition
		FROM json_each(CASE WHEN json_valid(partition.inputs) THEN partition.inputs END) i
		JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
			AND c.part = json_extract(i.value, '$.day')
		WHERE i.type = 'object' ORDER BY 1, 2)
	GROUP BY name ORDER BY name))
	WHERE (dataset, part) IN (SELECT dataset, part FROM reader
		WHERE input = new.dataset AND input_part = new.part);
END;
CREATE TRIGGER partition_read AFTER UPDATE OF inputs ON partition
WHEN old.inputs IS NOT new.inputs BEGIN
	DELETE FROM reader WHERE dataset = old.dataset AND part = old.part
		AND (input, input_part) IN (SELECT dataset, part FROM (SELECT json_extract(i.value, '$.dataset') AS dataset,
		CAST(json_extract(i.value, '$.day') AS INTEGER) AS part
	FROM json_each(CASE WHEN json_valid(old.inputs) THEN old.inputs END) i
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NOT NULL
		AND json_extract(i.value, '$.dataset') IS NOT NULL));
	INSERT INTO reader (input, input_part, dataset, part)
	SELECT n.dataset, n.part, new.dataset, new.part FROM (SELECT json_extract(i.value, '$.dataset') AS dataset,
		CAST(json_extract(i.value, '$.day') AS INTEGER) AS part
	FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NOT NULL
		AND json_extract(i.value, '$.dataset') IS NOT NULL) n WHERE true
	ON CONFLICT DO NOTHING;
	UPDATE partition SET files = (SELECT json_group_object(name, digest) FROM (
	SELECT json_extract(i.value, '$.dataset') AS name,
		max(json_extract(i.value, '$.digest')) AS digest
	FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NULL
		AND json_extract(i.value, '$.digest') <> ''
		AND json_extract(i.value, '$.dataset') <> 'files' GROUP BY 1 ORDER BY 1)), outdated = (SELECT count(*) FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
	JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
		AND c.part = json_extract(i.value, '$.day')
	WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '')), made = (SELECT json_group_object(name, json(digests)) FROM (
	SELECT name, json_group_array(definition) AS digests
	FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition
		FROM json_each(CASE WHEN json_valid(new.inputs) THEN new.inputs END) i
		JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
			AND c.part = json_extract(i.value, '$.day')
		WHERE i.type = 'object' ORDER BY 1, 2)
	GROUP BY name ORDER BY name))
	WHERE dataset = new.dataset AND part = new.part;
END;
CREATE TRIGGER partition_changed AFTER UPDATE OF digest, definition ON partition
WHEN old.digest <> new.digest OR old.definition IS NOT new.definition BEGIN
	UPDATE partition SET outdated = (SELECT count(*) FROM json_each(CASE WHEN json_valid(partition.inputs) THEN partition.inputs END) i
	JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
		AND c.part = json_extract(i.value, '$.day')
	WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '')), made = (SELECT json_group_object(name, json(digests)) FROM (
	SELECT name, json_group_array(definition) AS digests
	FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition
		FROM json_each(CASE WHEN json_valid(partition.inputs) THEN partition.inputs END) i
		JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
			AND c.part = json_extract(i.value, '$.day')
		WHERE i.type = 'object' ORDER BY 1, 2)
	GROUP BY name ORDER BY name))
	WHERE (dataset, part) IN (SELECT dataset, part FROM reader
		WHERE input = new.dataset AND input_part = new.part);
END;
CREATE TRIGGER partition_counted
AFTER UPDATE OF files, definition, made, outdated, rows, bytes, published_us ON partition BEGIN
	INSERT INTO tally (dataset, files, definition, made, partitions, rows, bytes, outdated,
		published_us)
	VALUES (old.dataset, old.files, coalesce(old.definition, ''), old.made, -1, -old.rows,
		-old.bytes, -(old.outdated > 0), old.published_us)
	ON CONFLICT DO UPDATE SET partitions = partitions + excluded.partitions,
		rows = rows + excluded.rows, bytes = bytes + excluded.bytes,
		outdated = outdated + excluded.outdated,
		published_us = max(published_us, excluded.published_us);
	INSERT INTO tally (dataset, files, definition, made, partitions, rows, bytes, outdated,
		published_us)
	VALUES (new.dataset, new.files, coalesce(new.definition, ''), new.made, 1, new.rows,
		new.bytes, new.outdated > 0, new.published_us)
	ON CONFLICT DO UPDATE SET partitions = partitions + excluded.partitions,
		rows = rows + excluded.rows, bytes = bytes + excluded.bytes,
		outdated = outdated + excluded.outdated,
		published_us = max(published_us, excluded.published_us);
END;
CREATE TRIGGER partition_gone AFTER DELETE ON partition BEGIN
	INSERT INTO tally (dataset, files, definition, made, partitions, rows, bytes, outdated,
		published_us)
	VALUES (old.dataset, old.files, coalesce(old.definition, ''), old.made, -1, -old.rows,
		-old.bytes, -(old.outdated > 0), old.published_us)
	ON CONFLICT DO UPDATE SET partitions = partitions + excluded.partitions,
		rows = rows + excluded.rows, bytes = bytes + excluded.bytes,
		outdated = outdated + excluded.outdated,
		published_us = max(published_us, excluded.published_us);
	DELETE FROM reader WHERE dataset = old.dataset AND part = old.part
		AND (input, input_part) IN (SELECT dataset, part FROM (SELECT json_extract(i.value, '$.dataset') AS dataset,
		CAST(json_extract(i.value, '$.day') AS INTEGER) AS part
	FROM json_each(CASE WHEN json_valid(old.inputs) THEN old.inputs END) i
	WHERE i.type = 'object' AND json_extract(i.value, '$.day') IS NOT NULL
		AND json_extract(i.value, '$.dataset') IS NOT NULL));
	UPDATE partition SET outdated = (SELECT count(*) FROM json_each(CASE WHEN json_valid(partition.inputs) THEN partition.inputs END) i
	JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
		AND c.part = json_extract(i.value, '$.day')
	WHERE i.type = 'object' AND c.digest <> coalesce(json_extract(i.value, '$.digest'), '')), made = (SELECT json_group_object(name, json(digests)) FROM (
	SELECT name, json_group_array(definition) AS digests
	FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition
		FROM json_each(CASE WHEN json_valid(partition.inputs) THEN partition.inputs END) i
		JOIN partition c ON c.dataset = json_extract(i.value, '$.dataset')
			AND c.part = json_extract(i.value, '$.day')
		WHERE i.type = 'object' ORDER BY 1, 2)
	GROUP BY name ORDER BY name))
	WHERE (dataset, part) IN (SELECT dataset, part FROM reader
		WHERE input = old.dataset AND input_part = old.part);
END;
CREATE INDEX task_failed ON task (run, task_index) WHERE state = 'failed';
CREATE VIEW v_clock AS
SELECT boot, offset_us, jump_us, strftime('%Y-%m-%dT%H:%M:%S', (jumped_us - ((jumped_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((jumped_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((jumped_us % 1000000 + 1000000) % 1000000)) END AS jumped_at,
	strftime('%Y-%m-%dT%H:%M:%S', (held_until_us - ((held_until_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((held_until_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((held_until_us % 1000000 + 1000000) % 1000000)) END AS schedule_held_until
FROM clock;
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
 || CASE ((ended_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((ended_us % 1000000 + 1000000) % 1000000)) END AS ended_at, params, waits, early
FROM run;
CREATE VIEW v_partition AS
SELECT p.dataset AS dataset, CASE p.unit WHEN 'day' THEN date(p.part * 86400, 'unixepoch') END AS partition, p.version AS version,
	p.digest AS digest, p.rows AS rows, p.bytes AS bytes, p.partial AS partial,
	EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset AND s.part = p.part) AS stale,
	r.dag AS dag, r.run_id AS run_id, p.attempt AS attempt,
	strftime('%Y-%m-%dT%H:%M:%S', (p.published_us - ((p.published_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((p.published_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((p.published_us % 1000000 + 1000000) % 1000000)) END AS published_at, p.inputs AS inputs, CASE p.unit WHEN 'day' THEN p.part END AS day,
	p.unit AS unit, p.zone AS zone, p.part AS part,
	p.preliminary IS NOT NULL AS preliminary, p.preliminary AS preliminary_reason,
	p.definition AS definition, p.outdated AS outdated, p.files AS files
FROM partition p LEFT JOIN run r ON r.key = p.run;
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
CREATE VIEW v_backfill AS
SELECT key, dag, strftime('%Y-%m-%dT%H:%M:%S', (from_us - ((from_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((from_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((from_us % 1000000 + 1000000) % 1000000)) END AS from_date, strftime('%Y-%m-%dT%H:%M:%S', (to_us - ((to_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((to_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((to_us % 1000000 + 1000000) % 1000000)) END AS to_date, reprocess,
	max_active_runs, strftime('%Y-%m-%dT%H:%M:%S', (created_us - ((created_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((created_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((created_us % 1000000 + 1000000) % 1000000)) END AS created_at, runs, backwards
FROM backfill;
CREATE VIEW v_tally AS
SELECT dataset, files, partitions, rows, bytes, outdated, strftime('%Y-%m-%dT%H:%M:%S', (published_us - ((published_us % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
 || CASE ((published_us % 1000000 + 1000000) % 1000000) WHEN 0 THEN 'Z' ELSE printf('.%06dZ', ((published_us % 1000000 + 1000000) % 1000000)) END AS published_at,
	definition, made
FROM tally WHERE partitions > 0;
COMMIT;
PRAGMA user_version = 3;
