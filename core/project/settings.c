/* settings.c - tidemill.yaml: one table of what can be set. */
#include "core/project/settings.h"

#include "core/project/connections.h"
#include "core/project/machine.h"
#include "core/text/ykeys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct settings, field)

/* Is it a host as a browser sends it: a name or a bracketed address, perhaps with a port? */
static bool
is_host(const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
	size_t n;

	if (*text == '[') {
		n = strspn(text + 1, "0123456789abcdefABCDEF:.") + 1;
		n += n > 1 && text[n] == ']' ? 1 : 0;
	} else {
		n = strspn(text, plain);
	}
	if (n == 0 || (*text == '[' && text[n - 1] != ']'))
		return false;
	if (text[n] == ':') {
		size_t digits = strspn(text + n + 1, "0123456789");

		n += digits && digits < 6 ? digits + 1 : 0;
	}
	return text[n] == '\0';
}

/* Hosts that the status page answers to. */
static void
read_hosts(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct settings *s = base;
	const char *const *texts;
	size_t n;

	if (!ykeys_texts(r, key, &texts, &n))
		return;
	s->n_web_hosts = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_host(texts[i]) || strlen(texts[i]) > WEB_HOST_CHARS)
			ykeys_say(r, key->value, E0206,
				  "write the name as the address bar shows it: example.org or "
				  "example.org:8443",
				  "'%s' is not a host of '%s'", texts[i], row->name);
		else if (i == WEB_HOSTS_MAX)
			ykeys_say(r, key->value, E0216, NULL, "'%s' has more than %d hosts",
				  row->name, WEB_HOSTS_MAX);
		else if (i < WEB_HOSTS_MAX)
			(void)snprintf(s->web_hosts[s->n_web_hosts++], sizeof(s->web_hosts[0]),
				       "%s", texts[i]);
	}
}

/* The path below which a proxy shows the status page. */
static void
read_prefix(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	const char *text = ykeys_scalar(r, key);
	struct settings *s = base;
	size_t n;

	if (!text)
		return;
	n = strlen(text);
	while (n && text[n - 1] == '/')
		n--;
	if ((n && text[0] != '/') || n > WEB_PREFIX_CHARS || text[strspn(text, plain)] ||
	    strstr(text, "//") || strstr(text, "/."))
		ykeys_say(r, key->value, E0206, "such as /tidemill",
			  "'%s' of '%s' is not a path of letters, digits and - . _ ~", text,
			  row->name);
	else
		(void)snprintf(s->web_prefix, sizeof(s->web_prefix), "%.*s", (int)n, text);
}

/* "10/min": so many in each second, minute, hour or day. */
static bool
parse_rate(const char *text, int *rate, int64_t *rate_us)
{
	static const struct {
		const char *word;
		int64_t us;
	} units[] = {
		{ "s", SECOND_US },      { "sec", SECOND_US },  { "min", MINUTE_US },
		{ "m", MINUTE_US },      { "hour", HOUR_US },   { "h", HOUR_US },
		{ "day", 24 * HOUR_US }, { "d", 24 * HOUR_US },
	};
	size_t digits = strspn(text, "0123456789");
	long n = digits && digits < 6 ? strtol(text, NULL, 10) : 0;

	if (n < 1 || n > POOL_RATE_MAX || text[digits] != '/')
		return false;
	for (size_t i = 0; i < countof(units); i++) {
		if (strcmp(text + digits + 1, units[i].word) != 0)
			continue;
		*rate = (int)n;
		*rate_us = units[i].us;
		return true;
	}
	return false;
}

static void
read_rate(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key);
	struct slot_pool *pool = base;

	(void)row;
	if (text && !parse_rate(text, &pool->rate, &pool->rate_us))
		ykeys_say(r, key->value, E0206, "such as 10/min; units are s, min, hour and day",
			  "'%s' of 'rate' is not a number of starts in a time", text);
}

static void
read_share(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key);
	char *end = NULL;
	struct slot_pool *pool = base;
	long share = text ? strtol(text, &end, 10) : 0;

	(void)row;
	if (!text)
		return;
	if (end == text || strcmp(end, "%") != 0 || share < 1 || share > POOL_SHARE_MAX)
		ykeys_say(r, key->value, E0206, "such as 10%",
			  "'%s' of 'share' is not between 1%% and %d%%", text, POOL_SHARE_MAX);
	else
		pool->share = (int)share;
}

static void
read_words(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key);
	struct slot_pool *pool = base;

	if (text && strlen(text) > POOL_WORDS_CHARS)
		ykeys_say(r, key->value, E0216, NULL, "'%s' is longer than %d bytes", row->name,
			  POOL_WORDS_CHARS);
	else if (text)
		(void)snprintf(pool->description, sizeof(pool->description), "%s", text);
}

static const struct key pool_keys[] = {
	{ "slots", WANT_INT, .required = true, .at = offsetof(struct slot_pool, slots), .min = 1,
	  .max = POOL_SLOTS_MAX },
	{ "rate", WANT_CUSTOM, .read = read_rate },
	{ "share", WANT_CUSTOM, .read = read_share },
	{ "description", WANT_CUSTOM, .read = read_words },
};

static void
read_pool(struct yreader *r, const struct ynode *key, struct slot_pool *out)
{
	struct slot_pool pool = { .share = POOL_SHARE_PERCENT };
	struct keyset set = KEYSET(pool_keys, &pool);
	char what[POOL_NAME_CHARS + 16];
	int64_t slots = 0;
	size_t errors = r->diags->errors;

	(void)snprintf(what, sizeof(what), "pool '%s'", key->text);
	if (key->value->kind == YNODE_MAP)
		(void)ykeys_read(r, key, key->value, what, &set, 1);
	else if (ykeys_int(r, key->value, key->text, 1, POOL_SLOTS_MAX, &slots))
		pool.slots = (int)slots;
	if (r->diags->errors > errors)
		return; /* what is wrong keeps what it was */
	(void)snprintf(pool.name, sizeof(pool.name), "%s", key->text);
	*out = pool;
}

static struct slot_pool *
find_pool(struct limits *limits, const char *name)
{
	const struct slot_pool *found = limits_pool(limits, name);

	return found ? &limits->pools[found - limits->pools] : NULL;
}

/* A pool that cannot be read is there all the same: what asks for it is no second mistake. */
static void
read_pools(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct limits *limits = &((struct settings *)base)->limits;
	struct slot_pool *pool;

	(void)row;
	if (!ykeys_is_map(r, key->value, "'pools'"))
		return;
	for (const struct ynode *k = key->value->first; k; k = k->next) {
		if (k->broken || !ykeys_is_name(r, k, "pool"))
			continue;
		if (k->bytes > POOL_NAME_CHARS) {
			ykeys_say(r, k, E0216, NULL, "the name of a pool has at most %d bytes",
				  POOL_NAME_CHARS);
			continue;
		}
		pool = find_pool(limits, k->text);
		if (!pool && limits->n_pools == POOLS_MAX) {
			ykeys_say(r, k, E0216, NULL, "'pools' has more than %d pools", POOLS_MAX);
			return;
		}
		if (!pool) {
			pool = &limits->pools[limits->n_pools++];
			*pool = (struct slot_pool){ .slots = POOL_SLOTS_MAX,
						    .share = POOL_SHARE_PERCENT };
			(void)snprintf(pool->name, sizeof(pool->name), "%s", k->text);
		}
		read_pool(r, k, pool);
	}
}

/* Constants are no setting: they go to whoever reads the DAG files, if anybody does. */
static void
read_variables(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct variables none = { 0 };

	(void)row;
	(void)base;
	variables_read(r, key, r->owner ? r->owner : &none);
	variables_release(&none);
}

static void
read_templates(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct variables none = { 0 };

	(void)row;
	(void)base;
	templates_read(r, key, r->owner ? r->owner : &none);
	variables_release(&none);
}

static void
read_connections(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct variables none = { 0 };

	(void)row;
	(void)base;
	connections_read(r, key, r->owner ? r->owner : &none);
	variables_release(&none);
}

/* A row of the table; `section` is the map it stands in, NULL: the file itself. */
static const struct setting {
	const char *name, *section, *fallback, *help;
	struct key key;
} table[] = {
	{ "pools",
	  NULL,
	  "{default: CPUs, sensors: 4}",
	  "pools and their slots: how many tasks run at once",
	  { "pools", WANT_CUSTOM, .read = read_pools } },
	{ "max_active_tasks",
	  NULL,
	  "no limit",
	  "tasks of all pools that run at once",
	  { "max_active_tasks", WANT_INT, .at = AT(limits.max_active_tasks), .min = 1,
	    .max = POOL_SLOTS_MAX } },
	{ "memory",
	  NULL,
	  "the machine's",
	  "what the `memory:` of running tasks may add up to",
	  { "memory", WANT_BYTES, .at = AT(limits.memory_bytes), .given_at = AT(limits.memory_said),
	    .min = 0x1p26, .max = 0x1p50 } },
	{ "retain_versions",
	  NULL,
	  "2",
	  "old versions kept per partition",
	  { "retain_versions", WANT_INT, .at = AT(retain_versions), .max = 1000 } },
	{ "retain_for",
	  NULL,
	  "1d",
	  "an old version is kept at least this long",
	  { "retain_for", WANT_DURATION, .at = AT(retain_for_us), .max = 3650.0 * DAY_US } },
	{ "kill_grace",
	  NULL,
	  "10s",
	  "time between SIGTERM and SIGKILL",
	  { "kill_grace", WANT_DURATION, .at = AT(kill_grace_us), .max = 1.0 * HOUR_US } },
	{ "log_max",
	  NULL,
	  "64MiB",
	  "bytes kept of one attempt's log",
	  { "log_max", WANT_BYTES, .at = AT(log_bytes_max), .min = 0x1p20, .max = 0x1p34 } },
	{ "artifacts_max",
	  NULL,
	  "64MiB",
	  "bytes kept of one attempt's artifacts",
	  { "artifacts_max", WANT_BYTES, .at = AT(artifacts.bytes_all), .min = 0x1p20,
	    .max = 0x1p40 } },
	{ "artifact_max",
	  NULL,
	  "16MiB",
	  "bytes of a file that is kept as an artifact",
	  { "artifact_max", WANT_BYTES, .at = AT(artifacts.bytes_each), .min = 0x1p10,
	    .max = 0x1p40 } },
	{ "artifacts_count",
	  NULL,
	  "100",
	  "artifacts kept of one attempt",
	  { "artifacts_count", WANT_INT, .at = AT(artifacts.count), .max = ARTIFACTS_MAX } },
	{ "check_samples",
	  NULL,
	  "true",
	  "results of checks show the first rows that fail",
	  { "check_samples", WANT_BOOL, .at = AT(check_samples) } },
	{ "variables",
	  NULL,
	  "none",
	  "texts that DAG files name: {{ var.NAME }}",
	  { "variables", WANT_CUSTOM, .read = read_variables } },
	{ "templates",
	  NULL,
	  "none",
	  "tasks with parameters that DAG files name: template: NAME",
	  { "templates", WANT_CUSTOM, .read = read_templates } },
	{ "connections",
	  NULL,
	  "none",
	  "where other systems are: {{ conn.NAME.host }}",
	  { "connections", WANT_CUSTOM, .read = read_connections } },
	{ "web.hosts",
	  "web",
	  "none",
	  "names by which a proxy may ask for the status page, one or a list",
	  { "hosts", WANT_CUSTOM, .read = read_hosts } },
	{ "web.prefix",
	  "web",
	  "/",
	  "the path below which a proxy shows the status page",
	  { "prefix", WANT_CUSTOM, .read = read_prefix } },
};

void
settings_default(struct settings *s)
{
	*s = (struct settings){
		.retain_versions = 2,
		.retain_for_us = DAY_US,
		.kill_grace_us = 10 * SECOND_US,
		.log_bytes_max = INT64_C(64) << 20,
		.artifacts = ARTIFACT_LIMITS_DEFAULT,
		.check_samples = true,
	};
	limits_init(&s->limits, machine_cpus());
	s->limits.memory_bytes = machine_memory();
}

bool
settings_row(size_t i, const char **name, const char **fallback, const char **help)
{
	if (i >= countof(table))
		return false;
	*name = table[i].name;
	*fallback = table[i].fallback;
	*help = table[i].help;
	return true;
}

/* The rows of one section as a table of keys. */
static size_t
rows_of(const char *section, struct key out[countof(table)])
{
	size_t n = 0;

	for (size_t i = 0; i < countof(table); i++) {
		const char *other = table[i].section;

		if (section && other ? strcmp(section, other) == 0 : section == other)
			out[n++] = table[i].key;
	}
	return n;
}

static void
read_section(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct key rows[countof(table)];
	struct keyset set = { rows, rows_of(row->name, rows), base };
	char what[40];

	(void)snprintf(what, sizeof(what), "'%s'", row->name);
	(void)ykeys_read(r, key, key->value, what, &set, 1);
}

static const struct key section_keys[] = {
	{ "web", WANT_CUSTOM, .read = read_section },
};

void
settings_read(struct settings *s, struct variables *variables, const char *name, const char *text,
	      size_t bytes, struct diags *diags)
{
	struct yreader r = {
		.source = { .name = name, .text = text, .bytes = bytes },
		.diags = diags,
		.arena = arena_new(),
		.owner = variables,
	};
	struct key rows[countof(table)];
	struct keyset sets[] = { { rows, rows_of(NULL, rows), s }, KEYSET(section_keys, s) };
	const struct ynode *root = ytree_read(r.arena, &r.source, diags);

	if (root && !ynode_is_null(root))
		(void)ykeys_read(&r, root, root, "the settings file", sets, countof(sets));
	if (variables && variables->n_templates)
		variables->trees = r.arena;
	else
		arena_free(r.arena);
}
