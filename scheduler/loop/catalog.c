/* catalog.c - the DAG files as the scheduler uses them. */
#include "scheduler/loop/catalog.h"

#include "core/dagfile/dagfile.h"
#include "core/base/db.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "scheduler/loop/job.h"
#include "scheduler/loop/later.h"

#include <fcntl.h>
#include <stdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORT_BYTES_MAX = 16 << 20 };

void
catalog_init(struct catalog *c, const struct log *log)
{
	*c = (struct catalog){ .shown = mem_str(""), .log = log };
}

void
catalog_release(struct catalog *c)
{
	project_release(&c->project);
	free(c->askers);
	free(c->shown);
	*c = (struct catalog){ 0 };
}

static int
compare_ids(const void *a, const void *b)
{
	const struct dag *const *left = a, *const *right = b;

	return strcmp((*left)->id, (*right)->id);
}

/* Of the first n, which are sorted by id, has one this id? */
static bool
has_dag(const struct project *p, size_t n, const char *id)
{
	const struct dag key = { .id = id }, *wanted = &key;

	return n && bsearch(&wanted, p->dags, n, sizeof(struct dag *), compare_ids);
}

static void
add(struct project *next, struct dag *dag)
{
	next->dags = mem_resize(next->dags, next->n_dags + 1, sizeof(struct dag *));
	next->dags[next->n_dags++] = dag;
}

/* Whose text is the same stays the same in memory too, unless newer tzdata says otherwise. */
static void
share(struct project *next, const struct project *last, const struct log *log)
{
	size_t n_zones = 0;
	const char *name = NULL;

	for (size_t i = 0, j = 0; i < next->n_dags; i++) {
		struct dag *dag = next->dags[i];

		/* Both are sorted by id. */
		while (j < last->n_dags && strcmp(last->dags[j]->id, dag->id) < 0)
			j++;
		if (j == last->n_dags)
			break;
		if (strcmp(last->dags[j]->digest, dag->digest) != 0 ||
		    strcmp(last->dags[j]->id, dag->id) != 0 ||
		    strcmp(last->dags[j]->file, dag->file) != 0)
			continue;
		if (!dag_same_zones(last->dags[j], dag)) {
			name = n_zones++ ? name : dag->id;
			continue;
		}
		next->dags[i] = dag_ref(last->dags[j]);
		dag_unref(dag);
	}
	if (n_zones == 1)
		log_tell(log,
			 "the time zones of this machine (tzdata) have changed: dag '%s' is "
			 "resolved again",
			 name);
	else if (n_zones)
		log_tell(log,
			 "the time zones of this machine (tzdata) have changed: %zu dags are "
			 "resolved again, '%s' is one of them",
			 n_zones, name);
}

/* Those that were active in the last life of the scheduler and whose file is wrong now. */
static void
recall_from(struct db *db, struct project *next)
{
	size_t n = next->n_dags;
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT dag.dag, def.file, def.text FROM dag JOIN def USING (digest)"
		   " WHERE present = 1");
	while (next->n_dags < PROJECT_DAGS_MAX && stmt_row(&s)) {
		const char *id = stmt_col_text(&s, 0), *file = stmt_col_text(&s, 1);
		const char *text = stmt_col_text(&s, 2);
		struct dag *dag;
		struct diags own;

		if (has_dag(next, n, id) || !project_is_broken(next, file))
			continue;
		diags_init(&own);
		dag = dagfile_read(file, text, strlen(text), &own);
		diags_release(&own);
		if (dag)
			add(next, dag);
	}
	(void)stmt_end(&s, NULL); /* without them the files still say what is wrong */
}

/* The limits that counted in the last life; without one those that the file says all the same. */
static void
recall_limits(struct db *db, struct limits *limits)
{
	json_t *stored = NULL;
	const char *text;
	struct stmt s;

	stmt_begin(&s, db, "SELECT text FROM limits");
	if (stmt_row(&s)) {
		text = stmt_col_text(&s, 0);
		if (!json_read(&stored, text, strlen(text), "limits", NULL))
			limits_read(limits, stored);
	}
	json_decref(stored);
	(void)stmt_end(&s, NULL);
}

static void
recall_good(struct project *next, const char *dir)
{
	char *path = mem_format("%s/.tidemill/state.db", dir);
	struct db *db = NULL;

	if (!db_open_reader(&db, path, NULL))
		recall_from(db, next);
	if (db && next->unsettled)
		recall_limits(db, &next->settings.limits);
	db_close(db);
	free(path);
}

/* A broken edit leaves the last good definition active, as far as the bound allows. */
static void
keep_good(struct project *next, const struct project *last)
{
	size_t n = next->n_dags;

	for (size_t i = 0; i < last->n_dags && next->n_dags < PROJECT_DAGS_MAX; i++)
		if (!has_dag(next, n, last->dags[i]->id) &&
		    project_is_broken(next, last->dags[i]->file))
			add(next, dag_ref(last->dags[i]));
}

/* A tidemill.yaml with mistakes replaces nothing: half a pool would let everything run at once. */
static void
keep_settings(struct project *next, const struct project *last, const struct log *log)
{
	if (!next->unsettled)
		return;
	next->settings = last->settings;
	if (!last->unsettled)
		log_line(
		    log, LOG_WARN,
		    "tidemill.yaml has mistakes: the limits stay as they were until it is right "
		    "(`tidemill pools list`)");
}

static json_t *
diag_json(const struct diag *d)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s?}", "file", d->file, "line",
			 (json_int_t)d->line, "column", (json_int_t)d->column, "level",
			 d->level == DIAG_ERROR ? "error" : "warning", "code", d->code, "message",
			 d->message, "help", d->help);
}

static bool
write_whole(const char *path, const struct buf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text->data, text->bytes) == (ssize_t)text->bytes;
	return close(fd) == 0 && done;
}

/*
 * For the status page.  It is made anew at every start, so it need not outlive
 * a power cut, and a state directory that cannot be written fails elsewhere.
 */
static void
write_report(const char *dir, const struct diags *diags)
{
	char *path = mem_format("%s/.tidemill/import-errors.json", dir);
	char *draft = mem_format("%s.new", path);
	json_t *all = json_array();
	struct buf text;

	for (size_t i = 0; i < diags->count; i++)
		(void)json_array_append_new(all, diag_json(&diags->items[i]));
	buf_init(&text, REPORT_BYTES_MAX);
	json_write(all, &text);
	if (!write_whole(draft, &text) || rename(draft, path) < 0)
		(void)unlink(draft);
	buf_release(&text);
	json_decref(all);
	free(draft);
	free(path);
}

/* Once each: a file that stays wrong is not complained about again. */
static void
show(struct catalog *c, const struct diags *diags)
{
	struct buf text;

	buf_init(&text, REPORT_BYTES_MAX);
	if (diags->count)
		diags_render(diags, false, log_columns(c->log), &text);
	if (strcmp(text.data, c->shown) != 0) {
		if (diags->count)
			log_block(c->log, LOG_WARN, text.data);
		else
			log_tell(c->log, "the DAG files are all right again");
		free(c->shown);
		c->shown = buf_give(&text);
	}
	buf_release(&text);
}

/* What a reading gave becomes what the scheduler uses; `next` is taken over. */
static void
take(struct catalog *c, const char *dir, struct project *next, const struct diags *diags)
{
	if (c->project.dir) {
		share(next, &c->project, c->log);
		keep_good(next, &c->project);
		keep_settings(next, &c->project, c->log);
	} else if (next->n_broken || next->unsettled) {
		recall_good(next, dir);
	}
	if (next->n_dags)
		qsort(next->dags, next->n_dags, sizeof(struct dag *), compare_ids);
	project_release(&c->project);
	c->project = *next;
	c->problems = diags->errors;
	show(c, diags);
	write_report(dir, diags);
}

enum err_code
catalog_read(struct catalog *c, const char *dir, struct err *err)
{
	struct project next = { 0 };
	struct diags diags;
	enum err_code code;

	diags_init(&diags);
	code = project_load(&next, dir, &diags, err);
	if (!code)
		take(c, dir, &next, &diags);
	diags_release(&diags);
	return code;
}

void
catalog_tell(const struct catalog *c, struct later *later)
{
	later_event(later, &(struct event){
			       .kind = EVENT_CATALOG,
			       .dags = c->project.dags,
			       .n_dags = c->project.n_dags,
			       .limits = &c->project.settings.limits,
			   });
}

/* ---- off the loop ---- */

struct catalog_reading {
	struct job job; /* first: it is the job */
	struct catalog *catalog;
	char *dir;
	struct project next;
	struct diags diags;
	struct err err;
	enum err_code code;
};

/* On a thread: nothing is touched but what the reading owns. */
static void
read_off_loop(struct job *job)
{
	struct catalog_reading *r = (struct catalog_reading *)job;

	r->code = project_load(&r->next, r->dir, &r->diags, &r->err);
}

static void
reading_free(struct catalog_reading *r)
{
	diags_release(&r->diags);
	free(r->dir);
	free(r);
}

/* Nobody will be told any more: whoever waits is gone with the loop. */
static void
reading_drop(struct job *job)
{
	struct catalog_reading *r = (struct catalog_reading *)job;

	if (!r->code)
		project_release(&r->next);
	r->catalog->reading = NULL;
	reading_free(r);
}

static void begin_reading(struct catalog *c);

/* Those who waited for this reading; the others wait for the next. */
static void
tell_askers(struct catalog *c, const struct err *err)
{
	struct catalog_asker *told = c->askers;
	size_t n = c->n_askers;

	c->askers = NULL;
	c->n_askers = 0;
	for (size_t i = 0; i < n; i++) {
		if (told[i].next) {
			c->askers = mem_resize(c->askers, c->n_askers + 1, sizeof(*c->askers));
			c->askers[c->n_askers] = told[i];
			c->askers[c->n_askers++].next = false;
		} else if (told[i].done) {
			told[i].done(told[i].arg, told[i].request, err);
		} else if (err) {
			log_line(c->log, LOG_ERROR, "%s", err->msg);
		}
	}
	free(told);
}

static void
reading_done(struct job *job)
{
	struct catalog_reading *r = (struct catalog_reading *)job;
	struct catalog *c = r->catalog;
	bool again = c->again;

	c->reading = NULL;
	c->again = false;
	if (!r->code) {
		take(c, r->dir, &r->next, &r->diags);
		c->taken(c->arg);
	}
	tell_askers(c, r->code ? &r->err : NULL);
	reading_free(r);
	/* Reading a thousand files leaves holes that nothing fills while we wait. */
	(void)malloc_trim(0);
	if (again && !c->reading)
		begin_reading(c);
}

static void
begin_reading(struct catalog *c)
{
	struct catalog_reading *r = mem_new(1, sizeof(*r));

	r->job = (struct job){ .run = read_off_loop, .done = reading_done, .drop = reading_drop };
	r->catalog = c;
	r->dir = mem_str(c->dir);
	diags_init(&r->diags);
	c->reading = r;
	job_start(c->jobs, &r->job);
}

void
catalog_follow(struct catalog *c, const char *dir, struct jobs *jobs, catalog_taken_fn *taken,
	       void *arg)
{
	c->dir = dir;
	c->jobs = jobs;
	c->taken = taken;
	c->arg = arg;
}

void
catalog_ask(struct catalog *c, catalog_done_fn *done, void *arg, int64_t request)
{
	c->askers = mem_resize(c->askers, c->n_askers + 1, sizeof(*c->askers));
	c->askers[c->n_askers++] = (struct catalog_asker){
		.done = done,
		.arg = arg,
		.request = request,
		.next = c->reading != NULL,
	};
	if (c->reading)
		c->again = true;
	else if (!c->jobs->stopping)
		begin_reading(c);
}

char *
catalog_dataset_path(const struct catalog *c, const char *dataset)
{
	const struct dataset *found;
	const struct dag *dag;

	if (!catalog_find(c->project.dags, c->project.n_dags, dataset, &dag, &found))
		return NULL;
	if (found->path[0] == '/')
		return mem_str(found->path);
	return mem_format("%s/%s", c->project.dir, found->path);
}
