/* dataset.c - the questions about datasets, and the overview. */
#include "core/view/view.h"

#include "core/view/internal.h"

#include <stdlib.h>

/*
 * SQL: `outdated`, the inputs of live partitions that are no longer as they
 * were read.  The public view knows nothing of files: ?1 is what view_files() gave.
 */
#define OUTDATED                                                                          \
	" outdated AS NOT MATERIALIZED ("                                                 \
	"SELECT dataset, day, input_dataset AS input, input_partition FROM v_stale"       \
	" UNION ALL SELECT p.dataset, p.day, f.key, NULL FROM partition p,"               \
	" json_each(CASE WHEN json_valid(p.inputs) THEN p.inputs END) i, json_each(?1) f" \
	" WHERE " VIEW_READ_FILE " AND f.key = i.value ->> '$.dataset'"                   \
	" AND f.value <> i.value ->> '$.digest'),"

enum err_code
view_datasets(struct view *v, json_t **out, struct err *err)
{
	char *files = NULL;
	enum err_code code;
	struct stmt s;

	code = view_files(v, NULL, &files, err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "WITH" OUTDATED
		   " stale AS MATERIALIZED (SELECT DISTINCT dataset, day FROM outdated)"
		   " SELECT p.dataset, count(*) AS partitions, sum(rows) AS rows,"
		   " sum(bytes) AS bytes, max(partition) AS latest_partition,"
		   " max(published_at) AS latest_published_at, count(s.day) AS stale"
		   " FROM v_partition p LEFT JOIN stale s ON s.dataset = p.dataset"
		   " AND s.day = p.day GROUP BY p.dataset ORDER BY p.dataset");
	stmt_text(&s, 1, files);
	code = view_rows(&s, out, err);
	free(files);
	return code;
}

/* ERR_NOT_FOUND unless a partition of it was published. */
static enum err_code
know_dataset(struct view *v, const char *dataset, struct err *err)
{
	enum err_code code;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, "SELECT 1 FROM partition WHERE dataset = ?1 LIMIT 1");
	stmt_text(&s, 1, dataset);
	known = stmt_row(&s);
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_NOT_FOUND, "no partition of dataset '%s' was published yet",
			       dataset);
	return code;
}

enum err_code
view_dataset(struct view *v, const char *dataset, const char *partition, int limit, json_t **out,
	     struct err *err)
{
	char *files = NULL;
	enum err_code code;
	struct stmt s;

	code = know_dataset(v, dataset, err);
	if (!code)
		code = view_files(v, dataset, &files, err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "WITH" OUTDATED
		   " stale AS MATERIALIZED (SELECT day, json_group_array(json_object("
		   "'dataset', input, 'partition', input_partition)) AS inputs FROM (SELECT *"
		   " FROM outdated WHERE dataset = ?2 ORDER BY day, input, input_partition DESC)"
		   " GROUP BY day),"
		   " c AS MATERIALIZED (SELECT partition,"
		   " count(*) FILTER (WHERE status = 'pass') AS pass,"
		   " count(*) FILTER (WHERE status = 'warn') AS warn,"
		   " count(*) FILTER (WHERE status IN ('fail', 'error')) AS fail"
		   " FROM v_check WHERE latest AND dataset = ?2 GROUP BY partition)"
		   " SELECT p.dataset, p.partition, p.version, p.rows, p.bytes, p.digest, p.dag,"
		   " p.run_id, p.attempt, p.published_at, p.partial AS 'partial:bool',"
		   " s.day IS NOT NULL AS 'stale:bool',"
		   " json_object('pass', coalesce(c.pass, 0), 'warn', coalesce(c.warn, 0),"
		   " 'fail', coalesce(c.fail, 0)) AS 'checks:json',"
		   " coalesce(s.inputs, '[]') AS 'stale_inputs:json' FROM v_partition p"
		   " LEFT JOIN c ON c.partition = p.partition LEFT JOIN stale s ON s.day = p.day"
		   " WHERE p.dataset = ?2 AND (?3 IS NULL OR p.partition = ?3)"
		   " ORDER BY p.day DESC LIMIT ?4");
	stmt_text(&s, 1, files);
	stmt_text(&s, 2, dataset);
	stmt_text(&s, 3, partition);
	stmt_int(&s, 4, view_limit(limit));
	code = view_rows(&s, out, err);
	free(files);
	return code;
}

enum err_code
view_versions(struct view *v, const char *dataset, const char *partition, json_t **out,
	      struct err *err)
{
	enum err_code code;
	struct stmt s;

	code = know_dataset(v, dataset, err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "SELECT dataset, partition, version, digest, rows, bytes, attempt, published_at,"
		   " live AS 'live:bool', collected AS 'collected:bool' FROM v_version"
		   " WHERE dataset = ?1 AND (?2 IS NULL OR partition = ?2)"
		   " ORDER BY partition DESC, version DESC");
	stmt_text(&s, 1, dataset);
	stmt_text(&s, 2, partition);
	return view_rows(&s, out, err);
}

enum err_code
view_checks(struct view *v, const struct check_filter *filter, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db,
		   "SELECT dataset, partition, check_type AS 'check', name, status, severity,"
		   " reason, observed, expected, message, dag, run_id, task, try_number, attempt,"
		   " ended_at FROM v_check WHERE (?1 IS NULL OR dataset = ?1)"
		   " AND (?2 IS NULL OR partition = ?2)"
		   " AND CASE WHEN ?3 IS NULL THEN latest ELSE attempt = ?3 END"
		   " ORDER BY partition DESC, attempt LIMIT ?4");
	stmt_text(&s, 1, filter->dataset);
	stmt_text(&s, 2, filter->partition);
	if (filter->attempt)
		stmt_int(&s, 3, filter->attempt);
	stmt_int(&s, 4, view_limit(filter->limit));
	return view_rows(&s, out, err);
}

/* ---- the overview ---- */

/* One part of the overview: what its statement gives becomes a member of `into`. */
static enum err_code
add_rows(struct stmt *s, json_t *into, const char *name, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code = view_rows(s, &rows, err);

	if (!code)
		(void)json_object_set_new(into, name, rows);
	return code;
}

static enum err_code
count_all(struct view *v, json_t **out, struct err *err)
{
	char *files = NULL;
	enum err_code code;
	struct stmt s;

	code = view_files(v, NULL, &files, err);
	if (code)
		return code;
	stmt_begin(
	    &s, v->db,
	    "WITH" OUTDATED " stale AS (SELECT DISTINCT dataset, day FROM outdated)"
	    " SELECT (SELECT json_object('running', count(*) FILTER (WHERE state = 'running'),"
	    " 'queued', count(*) FILTER (WHERE state = 'queued')) FROM run"
	    " WHERE state IN ('queued', 'running')) AS 'runs:json',"
	    " (SELECT json_object('total', count(*), 'paused', coalesce(sum(paused), 0),"
	    " 'absent', coalesce(sum(NOT present), 0)) FROM dag) AS 'dags:json',"
	    " json_object('total', (SELECT count(DISTINCT dataset) FROM partition),"
	    " 'stale_partitions', (SELECT count(*) FROM stale)) AS 'datasets:json'");
	stmt_text(&s, 1, files);
	code = view_row(&s, out, err);
	free(files);
	return code;
}

static enum err_code
add_lists(struct view *v, int64_t now_us, json_t *into, struct err *err)
{
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db,
		   "SELECT dag, run_id, logical_date, task, try_number, key AS attempt, state,"
		   " started_at FROM v_attempt"
		   " WHERE state IN ('starting', 'running', 'killing', 'publishing')"
		   " ORDER BY key LIMIT 100");
	code = add_rows(&s, into, "running", err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "SELECT v.dag, v.run_id, v.logical_date, v.state, v.ended_at FROM run r"
		   " JOIN v_run v ON v.key = r.key WHERE r.state = 'failed' AND r.ended_us > ?1"
		   " ORDER BY r.ended_us DESC LIMIT 100");
	stmt_int(&s, 1, now_us - DAY_US);
	code = add_rows(&s, into, "failed", err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "SELECT dag, next_partition FROM v_dag WHERE present AND NOT paused"
		   " AND next_partition IS NOT NULL ORDER BY next_partition, dag LIMIT 100");
	return add_rows(&s, into, "next", err);
}

enum err_code
view_overview(struct view *v, int64_t now_us, json_t **out, struct err *err)
{
	json_t *all = NULL;
	enum err_code code;

	code = count_all(v, &all, err);
	if (!code)
		code = add_lists(v, now_us, all, err);
	if (code)
		json_decref(all);
	else
		*out = all;
	return code;
}
