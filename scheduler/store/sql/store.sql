-- store.sql - how the database was left, checks of attempts, which versions retention may take.

-- ?1: yes, no, unchecked or damaged (check.c).
-- name: put_clean
INSERT OR REPLACE INTO meta (name, value) VALUES ('clean', ?1);

-- name: get_clean
SELECT value FROM meta WHERE name = 'clean';

-- Statements that enter each table at its first page.
-- name: roots
SELECT printf('SELECT * FROM "%w" NOT INDEXED LIMIT 1;', name)
FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%';

-- ?1: the run whose tasks go, for an epoch on another definition.
-- name: drop_tasks
DELETE FROM task WHERE run = ?1;

-- ?1: the run whose groups begin anew, with its next epoch.
-- name: drop_groups
DELETE FROM task_group WHERE run = ?1;

-- ?1: the key of an attempt that goes: a look of a wait, before the next has its row.
-- name: drop_dataset_event
DELETE FROM dataset_event WHERE key = ?1;

-- name: drop_attempt
DELETE FROM attempt WHERE key = ?1;

-- ?1: the key of an attempt that ended, ?2: its result.
-- name: put_checks
{put_checks_of SELECT ?1 AS key, ?2 AS result};

-- ?1: the digest of a definition, ?2: its text.
-- name: put_definition
INSERT INTO definition (digest, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING;

-- ?1: how many replaced versions stay, ?2: replaced before, ?3: how many rows at most.
-- name: old_versions
WITH pinned AS MATERIALIZED (
	SELECT json_extract(i.value, '$.dataset') AS dataset,
		json_extract(i.value, '$.day') AS day,
		json_extract(i.value, '$.version') AS version
	FROM attempt a, json_each(a.inputs) i
	WHERE {is_live a.state})
SELECT v.dataset, v.part, v.version, v.digest, v.unit
FROM version v JOIN partition p ON p.dataset = v.dataset AND p.part = v.part
WHERE v.collected = 0 AND v.version < p.version
	AND (SELECT count(*) FROM version w
		WHERE w.dataset = v.dataset AND w.part = v.part AND w.version > v.version) > ?1
	AND (SELECT min(w.published_us) FROM version w
		WHERE w.dataset = v.dataset AND w.part = v.part AND w.version > v.version) < ?2
	AND (v.dataset, v.part, v.version) NOT IN (SELECT dataset, day, version FROM pinned
		WHERE dataset IS NOT NULL AND day IS NOT NULL AND version IS NOT NULL)
ORDER BY v.dataset, v.part, v.version LIMIT ?3;

-- ?1, ?2, ?3: the version.
-- name: version_collected
UPDATE version SET collected = 1 WHERE dataset = ?1 AND part = ?2 AND version = ?3;

-- How an attempt ended; an outcome that a later version wrote keeps what was staged.  ?1: its key.
-- name: attempt_end
SELECT outcome, ended_us FROM attempt WHERE key = ?1;
