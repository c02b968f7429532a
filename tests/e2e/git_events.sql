-- git_events.sql - engagement and adoption asked of SQLite, from the landing files alone.
-- Written from reference formulas, not from the operators.  Tables given by git_events.bats:
--   raw(file, row, line): every line of landing/DAY.jsonl, file is DAY
--   tenants(tenant_id, product, plan, active_users, created_at)
--   days(day): the partitions that were backfilled
--   got_engagement(day, tenant_id, feature_name, unique_users, total_interactions, days_active, engagement_score)
--   got_adoption(day, size_bucket, plan, total_tenants, adopting_tenants, adoption_pct, plan_rank)
-- Prints one line per difference and a last line "compared E A".

CREATE TABLE event AS
SELECT file AS day, row, json_extract(line, '$.event_id') AS event_id,
       json_extract(line, '$.event_type') AS event_type, json_extract(line, '$.feature_name') AS feature_name,
       json_extract(line, '$.tenant_id') AS tenant_id, json_extract(line, '$.user_id') AS user_id,
       coalesce(json_extract(line, '$.received_at'), file || 'T23:59:59Z') AS received_at
FROM raw
WHERE substr(json_extract(line, '$.timestamp'), 1, 10) = file AND json_extract(line, '$.event_id') IS NOT NULL;

CREATE TABLE first AS
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY day, event_id ORDER BY received_at, day, row) AS copy FROM event)
WHERE copy = 1;

CREATE TABLE component AS
SELECT d.day AS day, e.tenant_id, e.feature_name, count(DISTINCT e.user_id) AS users, count(e.event_id) AS n,
       count(DISTINCT e.day) AS active
FROM days d JOIN first e ON e.day BETWEEN date(d.day, '-6 days') AND d.day
WHERE e.tenant_id IS NOT NULL AND e.feature_name IS NOT NULL
GROUP BY 1, 2, 3;

CREATE TABLE want_engagement AS
SELECT c.*, 0.4 * users / m.max_users + 0.3 * n / m.max_n + 0.3 * active / 7.0 AS score
FROM component c JOIN (SELECT day, max(users) AS max_users, max(n) AS max_n FROM component GROUP BY day) m USING (day);

SELECT 'engagement', w.day, w.tenant_id, w.feature_name, 'wanted', w.users, w.n, w.active, w.score, 'got', g.unique_users,
       g.total_interactions, g.days_active, g.engagement_score
FROM want_engagement w LEFT JOIN got_engagement g
  ON g.day = w.day AND CAST(g.tenant_id AS INTEGER) = w.tenant_id AND g.feature_name = w.feature_name
WHERE g.day IS NULL OR CAST(g.unique_users AS INTEGER) <> w.users OR CAST(g.total_interactions AS INTEGER) <> w.n
   OR CAST(g.days_active AS INTEGER) <> w.active OR abs(CAST(g.engagement_score AS REAL) - w.score) > 0.0000500001;
SELECT 'engagement rows', (SELECT count(*) FROM want_engagement), (SELECT count(*) FROM got_engagement)
WHERE (SELECT count(*) FROM want_engagement) <> (SELECT count(*) FROM got_engagement);

CREATE TABLE adopter AS
SELECT d.day AS day, e.tenant_id, count(DISTINCT e.user_id) AS users
FROM days d JOIN first e ON e.day BETWEEN date(d.day, '-29 days') AND d.day
WHERE e.event_type = 'feature_used' AND e.feature_name = 'root'
GROUP BY 1, 2 HAVING users >= 5;

CREATE TABLE cohort AS
SELECT tenant_id, plan, CASE WHEN active_users <= 10 THEN '0-10' WHEN active_users <= 50 THEN '11-50'
       WHEN active_users <= 200 THEN '51-200' WHEN active_users <= 1000 THEN '201-1000' ELSE '1000+' END AS bucket
FROM (SELECT CAST(tenant_id AS INTEGER) AS tenant_id, plan, CAST(active_users AS INTEGER) AS active_users FROM tenants)
WHERE plan IN ('premium', 'enterprise');

CREATE TABLE want_adoption AS
SELECT *, rank() OVER (PARTITION BY day, bucket ORDER BY pct DESC) AS plan_rank
FROM (SELECT d.day AS day, c.bucket, c.plan, count(DISTINCT c.tenant_id) AS total, count(DISTINCT a.tenant_id) AS adopting,
             round(100.0 * count(DISTINCT a.tenant_id) / count(DISTINCT c.tenant_id), 2) AS pct
      FROM days d JOIN cohort c LEFT JOIN adopter a ON a.day = d.day AND a.tenant_id = c.tenant_id
      GROUP BY 1, 2, 3);

SELECT 'adoption', w.day, w.bucket, w.plan, 'wanted', w.total, w.adopting, w.pct, w.plan_rank, 'got', g.total_tenants,
       g.adopting_tenants, g.adoption_pct, g.plan_rank
FROM want_adoption w LEFT JOIN got_adoption g ON g.day = w.day AND g.size_bucket = w.bucket AND g.plan = w.plan
WHERE g.day IS NULL OR CAST(g.total_tenants AS INTEGER) <> w.total OR CAST(g.adopting_tenants AS INTEGER) <> w.adopting
   OR abs(CAST(g.adoption_pct AS REAL) - w.pct) > 1e-9 OR CAST(g.plan_rank AS INTEGER) <> w.plan_rank;
SELECT 'adoption rows', (SELECT count(*) FROM want_adoption), (SELECT count(*) FROM got_adoption)
WHERE (SELECT count(*) FROM want_adoption) <> (SELECT count(*) FROM got_adoption);

SELECT 'compared', (SELECT count(*) FROM got_engagement), (SELECT count(*) FROM got_adoption);
