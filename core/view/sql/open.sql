-- open.sql - an older database, read as one of today.
--
-- A reader cannot migrate.  It lays views of its own over the public ones of the file, which give
-- what a later schema added.  old_N is run on a file of schema N or older, the highest N first.

-- name: old_1
PRAGMA query_only = OFF;
CREATE TEMP VIEW v_partition AS
SELECT *, 'day' AS unit, 'UTC' AS zone, day AS part FROM main.v_partition;
CREATE TEMP VIEW v_version AS
SELECT *, 'day' AS unit, 'UTC' AS zone, CAST(strftime('%s', partition) AS INTEGER) / 86400 AS part
FROM main.v_version;
CREATE TEMP VIEW v_stale AS
SELECT *, 'day' AS unit, 'UTC' AS zone, day AS part FROM main.v_stale;
CREATE TEMP VIEW v_check AS
SELECT *, NULL AS unit, NULL AS zone, NULL AS part FROM main.v_check;
PRAGMA query_only = ON;
