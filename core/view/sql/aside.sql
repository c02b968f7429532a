-- aside.sql - rows that were read and not published.

-- ?1: the key of a run, ?2: a task or NULL, ?3: how many.  A result is the text of a stranger; only
-- one that may have such a counter is taken apart.
-- name: aside
SELECT task, key AS attempt, outcome, read, quarantined, dropped, dataset
FROM (SELECT key, task, outcome, CAST(coalesce(r ->> '$.counters.read', 0) AS INTEGER) AS read,
		CAST(coalesce(r ->> '$.counters.quarantined', r ->> '$.counters.rejected', 0)
			AS INTEGER) AS quarantined,
		CAST(coalesce(r ->> '$.counters.dropped', 0) AS INTEGER) AS dropped,
		CASE WHEN json_array_length(r, '$.outputs') > 1
			THEN r ->> '$.outputs[0].dataset' END AS dataset
	FROM (SELECT a.key, a.task, a.outcome, CASE WHEN json_valid(a.result) THEN a.result END AS r
		FROM attempt a
		WHERE a.run = ?1 AND (?2 IS NULL OR a.task = ?2)
			AND (a.result GLOB '*"quarantined":[1-9]*'
				OR a.result GLOB '*"rejected":[1-9]*'
				OR a.result GLOB '*"dropped":[1-9]*')
			AND NOT EXISTS (SELECT 1 FROM attempt n
				WHERE n.run = a.run AND n.task = a.task AND n.key > a.key)))
WHERE quarantined > 0 OR dropped > 0
ORDER BY key LIMIT ?3;
