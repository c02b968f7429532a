/*
 * settings.h - tidemill.yaml: what can be set for a project.
 */
#ifndef CORE_PROJECT_SETTINGS_H
#define CORE_PROJECT_SETTINGS_H

#include "core/model/artifact.h"
#include "core/model/limit.h"
#include "core/project/variables.h"
#include "core/text/diag.h"

enum { WEB_HOSTS_MAX = 16, WEB_HOST_CHARS = 255, WEB_PREFIX_CHARS = 100 };

/* Settings of tidemill.yaml; one table in settings.c holds names, types, defaults, help. */
struct settings {
	struct limits limits;             /* pools, max_active_tasks, memory; pool default: CPUs */
	int retain_versions;              /* old versions kept per partition, default 2 */
	int64_t retain_for_us;            /* and at least this long, default 24h */
	int64_t kill_grace_us;            /* between SIGTERM and SIGKILL, default 10s */
	int64_t log_bytes_max;            /* per attempt, default 64 MiB */
	struct artifact_limits artifacts; /* per attempt */
	bool check_samples; /* results of checks show the first rows that fail, default true */
	/* web.hosts: "NAME" or "NAME:PORT", by which a proxy may ask for the status page. */
	char web_hosts[WEB_HOSTS_MAX][WEB_HOST_CHARS + 1];
	size_t n_web_hosts;
	char web_prefix[WEB_PREFIX_CHARS + 1]; /* web.prefix: "/path", no slash at its end; or "" */
};

/* The defaults. */
void settings_default(struct settings *s);

/*
 * Read the text of a settings file over *s; its `variables:` and `templates:` are added to
 * *variables unless that is NULL.  `name` is what messages say.
 * Mistakes go to diags; what is wrong keeps its default.
 */
void settings_read(struct settings *s, struct variables *variables, const char *name,
		   const char *text, size_t bytes, struct diags *diags);

/* Row i of the table: name as "pools.default", default as text, help.  False: there is none. */
bool settings_row(size_t i, const char **name, const char **fallback, const char **help);

#endif
