/* sample.c - deterministic product events to try the program with. */
#include "worker/look/sample.h"

#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/format/stream.h"
#include "worker/rows/value.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LINE_CHARS_MAX = 640,
	BLOCK_BYTES = 256 << 10,
	RECENT = 256,       /* events that a duplicate may repeat */
	ZIPF_SHIFT = 3,     /* q of the Zipf-Mandelbrot law for users */
	UNKNOWN_USERS = 30, /* of a tenant whose size nobody knows */
	SPAN_SECONDS = 86400,
};

/* Shares of lines, in parts of 10,000. */
enum {
	PARTS = 10000,
	DUPLICATE_PARTS = 200,
	WRONG_DAY_PARTS = 30,
	DIRTY_PARTS = 10,
	LATE_PARTS = 250
};

/* Sizes of tenants: first the edges of the usual buckets, then quantiles of a log-normal law. */
static const int edge_sizes[] = { 0, 1, 5, 10, 11, 50, 51, 200, 201, 1000, 1001, -1, -1, -1 };
static const int sizes[64] = {
	1,   2,   3,   4,   5,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15,
	16,  18,  19,  20,  22,  23,  25,  27,  28,  30,  32,  34,  36,  39,  41,  44,
	46,  49,  52,  56,  59,  63,  67,  71,  76,  81,  87,  93,  99,  107, 114, 123,
	133, 144, 156, 170, 186, 205, 227, 253, 284, 324, 374, 442, 538, 690, 980, 1908,
};

/* Names and their weights, 10^6 / rank^1.5. */
static const char *const features[] = {
	"issue_view",
	"board_view",
	"advanced_roadmaps",
	"search",
	"backlog",
	"sprint_planning",
	"comments",
	"notifications",
	"filters",
	"dashboards",
	"bulk_edit",
	"automation_rules",
	"time_tracking",
	"reports",
	"attachments",
	"keyboard_shortcuts",
	"issue_links",
	"mentions",
	"labels",
	"custom_fields",
	"workflow_editor",
	"components",
	"releases",
	"burndown",
	"velocity_chart",
	"cumulative_flow",
	"epics",
	"subtasks",
	"webhooks",
	"api_tokens",
	"import_csv",
	"export_pdf",
	"permission_scheme",
	"mobile_push",
	"dark_mode",
	"voting",
	"watchers",
	"templates",
	"data_residency",
	"sandbox",
};
static const int feature_weights[] = {
	1000000, 353553, 192450, 125000, 89443, 68041, 53995, 44194, 37037, 31623,
	27410,   24056,  21335,  19090,  17213, 15625, 14267, 13095, 12075, 11180,
	10391,   9691,   9066,   8505,   8000,  7543,  7128,  6749,  6403,  6086,
	5794,    5524,   5275,   5044,   4829,  4630,  4443,  4269,  4106,  3953,
};
static_assert(countof(features) == countof(feature_weights), "a weight for each feature");

static const char *const event_types[] = { "feature_used", "page_view", "button_click" };
static const char *const plans[] = { "free", "standard", "premium", "premium", "enterprise" };
static const char *const products[] = { "jira-software", "confluence", "jira-service-mgmt" };
static const char *const screens[] = { "board", "issue", "roadmap", "settings" };
/* Monday to Sunday, and the hours of a day, in any unit. */
static const int weekday_weights[7] = { 100, 104, 105, 103, 98, 92, 90 };
static const int hour_weights[24] = { 8,  6,  5,  5,  6,  9,  16, 28, 44, 58, 64, 62,
				      54, 60, 66, 64, 58, 48, 38, 30, 24, 19, 14, 10 };

struct tenant {
	int64_t id;
	int size; /* -1: unknown */
	int users;
};

struct sample_event {
	uint64_t id;
	int64_t us, received_us;
	int64_t user;
	const struct tenant *tenant;
	int feature, type;
	uint32_t detail; /* what the properties are made of */
};

struct sample {
	const struct sample_options *options;
	uint64_t random;
	struct tenant *tenants;
	uint64_t *tenant_sums; /* running sums of weights: [i] of the tenants up to i */
	uint64_t *user_sums;   /* of users by rank, for the largest tenant */
	uint64_t feature_sums[countof(features)];
	uint64_t hour_sums[24];
	uint64_t index; /* of the next event */
	struct sample_event recent[RECENT];
	uint64_t n_recent;
	struct day_memo memo;
	char *block; /* lines on their way into a file */
	size_t bytes;
};

struct sample_options
sample_defaults(void)
{
	return (struct sample_options){ .seed = 20260501,
					.start_day = civil_day(2026, 5, 1),
					.days = 21,
					.tenants = 200,
					.events = 1000000 };
}

/* A number below `bound`; the bias of a few parts in 2^32 does not matter here. */
static uint64_t
below(struct sample *s, uint64_t bound)
{
	return (random_next(&s->random) >> 32) * bound >> 32;
}

static uint64_t
sum_up(const int *weights, size_t n, uint64_t *sums)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sums[i] = sum += (uint64_t)weights[i];
	return sum;
}

/* The first index whose running sum is above `x`. */
static size_t
pick(const uint64_t *sums, size_t n, uint64_t x)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (sums[mid] > x)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static size_t
draw(struct sample *s, const uint64_t *sums, size_t n)
{
	return pick(sums, n, random_next(&s->random) % sums[n - 1]);
}

static void
make_tenants(struct sample *s)
{
	size_t n = (size_t)s->options->tenants;
	uint64_t sum = 0;
	int users_max = 1;

	s->tenants = mem_new(n, sizeof(*s->tenants));
	s->tenant_sums = mem_new(n, sizeof(*s->tenant_sums));
	for (size_t i = 0; i < n; i++) {
		struct tenant *t = &s->tenants[i];

		t->id = 10001 + (int64_t)i * 17;
		t->size = i < countof(edge_sizes) ? edge_sizes[i] : sizes[below(s, countof(sizes))];
		t->users = t->size > 0 ? t->size : (t->size < 0 ? UNKNOWN_USERS : 0);
		users_max = t->users > users_max ? t->users : users_max;
		/* The first tenant has no users and no events, unless it is the only one. */
		if (n == 1)
			t->users = 1;
		s->tenant_sums[i] = sum += (uint64_t)t->users;
	}
	s->user_sums = mem_new((size_t)users_max, sizeof(*s->user_sums));
	sum = 0;
	for (size_t i = 0; i < (size_t)users_max; i++)
		s->user_sums[i] = sum += (UINT64_C(1) << 32) / (i + 1 + ZIPF_SHIFT);
}

/* A tenant that does not have a feature shows the next one that it has. */
static int
feature_of(const struct tenant *t, size_t wanted)
{
	size_t feature = wanted;

	for (size_t tries = 0; tries < countof(features); tries++) {
		uint64_t chance = hash_word((uint64_t)t->id * 64 + feature) % 100;

		if (feature < 2 || chance < 70)
			break;
		feature = (feature + 1) % countof(features);
	}
	return (int)feature;
}

/* Second `i` of `n` in rising order through the day's profile, with some noise. */
static int64_t
second_of(struct sample *s, uint64_t i, uint64_t n)
{
	uint64_t total = s->hour_sums[23], scale = 3600;
	uint64_t x = (total * scale * i + below(s, total * scale)) / n;
	size_t hour = pick(s->hour_sums, 24, x / scale);
	uint64_t before = hour ? s->hour_sums[hour - 1] : 0;
	uint64_t inside = x - before * scale;

	return (int64_t)(hour * 3600 + inside / (uint64_t)hour_weights[hour]);
}

static struct sample_event
make_event(struct sample *s, int64_t day, uint64_t i, uint64_t n)
{
	size_t tenant = draw(s, s->tenant_sums, (size_t)s->options->tenants);
	const struct tenant *t = &s->tenants[tenant];
	struct sample_event e = { .tenant = t };
	uint64_t type = below(s, 100);

	e.id = hash_word(s->options->seed ^ ++s->index) >> 1;
	e.us = day * DAY_US + second_of(s, i, n) * SECOND_US;
	e.received_us = e.us + (int64_t)below(s, 90) * SECOND_US;
	if (below(s, PARTS) < LATE_PARTS)
		e.received_us += (int64_t)(1 + below(s, 6)) * HOUR_US;
	e.user = t->id * 100000 + (int64_t)draw(s, s->user_sums, (size_t)t->users);
	e.feature = feature_of(t, draw(s, s->feature_sums, countof(features)));
	e.type = type < 60 ? 0 : (type < 85 ? 1 : 2);
	e.detail = (uint32_t)below(s, UINT64_C(1) << 32);
	return e;
}

static char *
put_instant(struct sample *s, char *p, int64_t us)
{
	bool valid = true;
	struct col c = { .type = COL_TIMESTAMP, .valid = &valid, .ints = &us };

	return value_put(&c, 0, &s->memo, p);
}

static char *
put_tail(struct sample *s, char *p, const struct sample_event *e)
{
	p = value_put_word(",\"project_key\":\"P", p);
	p = value_put_int(e->tenant->id % 97, p);
	p = value_put_word("\",\"timestamp\":\"", p);
	p = put_instant(s, p, e->us);
	p = value_put_word("\",\"received_at\":\"", p);
	p = put_instant(s, p, e->received_us);
	p = value_put_word("\",\"properties\":{\"screen\":\"", p);
	p = value_put_word(screens[e->detail % countof(screens)], p);
	p = value_put_word("\",\"ms\":", p);
	p = value_put_int((int64_t)(e->detail >> 8) % 900, p);
	return value_put_word("}}\n", p);
}

static char *
put_event(struct sample *s, char *p, const struct sample_event *e)
{
	p = value_put_word("{\"event_id\":", p);
	p = value_put_int((int64_t)e->id, p);
	p = value_put_word(",\"event_type\":\"", p);
	p = value_put_word(event_types[e->type], p);
	p = value_put_word("\",\"feature_name\":\"", p);
	p = value_put_word(features[e->feature], p);
	p = value_put_word("\",\"tenant_id\":", p);
	p = value_put_int(e->tenant->id, p);
	p = value_put_word(",\"user_id\":", p);
	p = value_put_int(e->user, p);
	return put_tail(s, p, e);
}

/* The kinds of broken lines that real files have. */
static char *
put_dirty(struct sample *s, char *p, const struct sample_event *e)
{
	static const char *const heads[] = {
		/* An id beyond int64, no id at all, ids of other types, a key twice. */
		"{\"event_id\":92233720368547758080,\"event_type\":\"page_view\"",
		"{\"event_id\":null,\"event_type\":\"page_view\",\"feature_name\":\"search\"",
		"{\"event_id\":\"e-77\",\"event_type\":\"page_view\"",
		"{\"event_id\":7.5,\"event_type\":\"page_view\"",
		"{\"event_id\":8,\"event_id\":9,\"event_type\":\"page_view\"",
		/* Not UTF-8. */
		"{\"event_id\":10,\"event_type\":\"caf\xE9\"",
	};
	uint64_t kind = below(s, countof(heads) + 2);
	char *start = p;

	if (kind == countof(heads)) {
		p = put_event(s, p, e);
		p = start + (p - start) / 2; /* cut off in the middle */
		*p++ = '\n';
		return p;
	}
	if (kind > countof(heads))
		return value_put_word("{\"event_id\":11,\"timestamp\":\"yesterday\"}\n", p);
	p = value_put_word(heads[kind], p);
	p = value_put_word(",\"tenant_id\":", p);
	p = value_put_int(e->tenant->id, p);
	return put_tail(s, p, e);
}

/* Append one line of some kind. */
static void
put_line(struct sample *s, int64_t day, uint64_t i, uint64_t n)
{
	uint64_t kind = below(s, PARTS);
	struct sample_event e;
	char *p = s->block + s->bytes;

	if (kind < DUPLICATE_PARTS && s->n_recent >= RECENT) {
		e = s->recent[below(s, RECENT)];
		/* Half of them are sent again later, the others are the same bytes. */
		if (kind % 2)
			e.received_us += (int64_t)(1 + below(s, 600)) * SECOND_US;
		p = put_event(s, p, &e);
	} else {
		e = make_event(s, day, i, n);
		kind = below(s, PARTS);
		if (kind < DIRTY_PARTS) {
			p = put_dirty(s, p, &e);
		} else {
			if (kind < DIRTY_PARTS + WRONG_DAY_PARTS)
				e.us += (kind % 3 ? -1 : 1) * DAY_US;
			else
				s->recent[s->n_recent++ % RECENT] = e;
			p = put_event(s, p, &e);
		}
	}
	s->bytes = (size_t)(p - s->block);
}

static enum err_code
write_day(struct sample *s, const char *dir, int64_t day, uint64_t n, struct err *err)
{
	char date[DATE_CHARS + 1], *path;
	struct packer *packer = NULL;
	enum err_code code, closed;

	date_format(day, date);
	path = mem_format("%s/landing/%s.jsonl.gz", dir, date);
	code = packer_open(&packer, path, err);
	s->n_recent = 0;
	for (uint64_t i = 0; i < n && !code; i++) {
		put_line(s, day, i, n);
		if (s->bytes < BLOCK_BYTES && i + 1 < n)
			continue;
		code = packer_add(packer, s->block, s->bytes, err);
		s->bytes = 0;
	}
	closed = packer_close(packer, code ? NULL : err);
	free(path);
	return code ? code : closed;
}

static enum err_code
write_landing(struct sample *s, const char *dir, struct err *err)
{
	const struct sample_options *o = s->options;
	uint64_t weights = 0, before = 0;
	enum err_code code = ERR_NONE;

	for (int i = 0; i < o->days; i++)
		weights += (uint64_t)weekday_weights[civil_weekday(o->start_day + i)];
	for (int i = 0; i < o->days && !code; i++) {
		uint64_t after = before +
				 (uint64_t)weekday_weights[civil_weekday(o->start_day + i)];
		uint64_t events = (uint64_t)o->events;
		/* The parts of a whole, so that no line is lost to rounding. */
		uint64_t n = events / weights * (after - before) +
			     events % weights * after / weights -
			     events % weights * before / weights;

		code = write_day(s, dir, o->start_day + i, n, err);
		before = after;
	}
	return code;
}

static enum err_code
write_tenants(struct sample *s, const char *dir, struct err *err)
{
	char *path = mem_format("%s/reference/tenants.csv", dir);
	FILE *file = fopen(path, "we");
	enum err_code code = ERR_NONE;

	if (!file) {
		code = err_errno(err, "create '%s'", path);
		free(path);
		return code;
	}
	(void)fprintf(file, "tenant_id,product,plan,active_users,created_at\n");
	for (size_t i = 0; i < (size_t)s->options->tenants; i++) {
		const struct tenant *t = &s->tenants[i];
		uint64_t hash = hash_word((uint64_t)t->id ^ s->options->seed);
		char created[TIMESTAMP_CHARS + 1], size[16] = "";

		timestamp_format((s->options->start_day - 30 - (int64_t)(hash % 900)) * DAY_US,
				 created);
		if (t->size >= 0)
			(void)snprintf(size, sizeof(size), "%d", t->size);
		(void)fprintf(file, "%lld,%s,%s,%s,%s\n", (long long)t->id,
			      products[hash / 7 % countof(products)],
			      plans[hash / 3 % countof(plans)], size, created);
	}
	if (ferror(file))
		code = err_errno(err, "write '%s'", path);
	if (fclose(file) && !code)
		code = err_errno(err, "write '%s'", path);
	free(path);
	return code;
}

static enum err_code
make_directory(const char *dir, const char *name, struct err *err)
{
	char *path = mem_format("%s/%s", dir, name);
	enum err_code code = ERR_NONE;

	if (mkdir(path, 0777) && errno != EEXIST)
		code = err_errno(err, "make directory '%s'", path);
	free(path);
	return code;
}

static enum err_code
check_options(const struct sample_options *o, struct err *err)
{
	if (o->days < 1 || o->days > SAMPLE_DAYS_MAX)
		return err_set(err, ERR_INPUT, "make sample events: %d days; 1 to %d are possible",
			       o->days, SAMPLE_DAYS_MAX);
	if (o->tenants < 1 || o->tenants > SAMPLE_TENANTS_MAX)
		return err_set(err, ERR_INPUT,
			       "make sample events: %d tenants; 1 to %d are possible", o->tenants,
			       SAMPLE_TENANTS_MAX);
	if (o->events < 0 || o->events > SAMPLE_EVENTS_MAX)
		return err_set(err, ERR_INPUT,
			       "make sample events: %lld events; 0 to %lld are possible",
			       (long long)o->events, (long long)SAMPLE_EVENTS_MAX);
	return ERR_NONE;
}

enum err_code
sample_write(const char *project_dir, const struct sample_options *options, struct err *err)
{
	struct sample s = { .options = options, .random = options->seed };
	enum err_code code = check_options(options, err);

	if (code)
		return code;
	s.block = mem_new(BLOCK_BYTES + LINE_CHARS_MAX, 1);
	(void)sum_up(feature_weights, countof(features), s.feature_sums);
	(void)sum_up(hour_weights, countof(hour_weights), s.hour_sums);
	make_tenants(&s);
	code = make_directory(project_dir, "landing", err);
	if (!code)
		code = make_directory(project_dir, "reference", err);
	if (!code)
		code = write_tenants(&s, project_dir, err);
	if (!code)
		code = write_landing(&s, project_dir, err);
	free(s.block);
	free(s.tenants);
	free(s.tenant_sums);
	free(s.user_sums);
	return code;
}
