/* project.c - the project directory, and all its DAG files read together. */
#include "core/project/project.h"

#include "core/dagfile/dagfile.h"
#include "core/base/mem.h"
#include "core/project/connections.h"
#include "core/base/size.h"
#include "core/project/calendars.h"
#include "core/project/project_check.h"
#include "core/project/published.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char dags_dir[] = "dags";
static const char settings_file[] = "tidemill.yaml";

enum { ENTRIES_LOOKED_AT = 1000 }; /* of a folder in dags/, to see whether DAG files are in it */

enum err_code
project_dir(const char *dir, char **out, struct err *err)
{
	const char *home = getenv("TIDEMILL_HOME");
	const char *from = dir ? dir : home && *home ? home : ".";
	char path[PATH_MAX];
	struct stat st;

	if (!realpath(from, path) || stat(path, &st) != 0) {
		bool missing = errno == ENOENT || errno == ENOTDIR;

		(void)err_errno(err, "open project directory '%s'", from);
		if (missing && err)
			err->code = ERR_NOT_FOUND;
		return missing ? ERR_NOT_FOUND : ERR_SYSTEM;
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "open project directory '%s': it is not a directory",
			       from);
	*out = mem_str(path);
	return ERR_NONE;
}

static void
set_release(struct dag_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		dag_unref(set->dags[i]);
	free(set->dags);
	free(set->bad);
}

static bool
is_directory(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* Read one file into the set.  False: it gave no dag, and diags say why. */
static bool
set_add(struct dag_set *set, int dir, const char *path, const struct constants *constants)
{
	struct place whole = { .file = path };
	struct dag *dag = NULL;
	struct buf text;
	struct err err;

	buf_init(&text, DAG_FILE_BYTES_MAX);
	switch (buf_read_file(&text, dir, path, &err)) {
	case ERR_NONE:
		dag = dagfile_resolve(path, text.data, text.bytes, constants, set->diags);
		break;
	case ERR_LIMIT:
		diags_say(set->diags, E0102, &whole, "put long scripts into files of their own",
			  "the file is longer than %s", SIZE_TEXT(DAG_FILE_BYTES_MAX));
		break;
	default:
		diags_say(set->diags, E0101, &whole,
			  is_directory(dir, path) ? "give the files in it, one by one; without a "
						    "PATH those of the project are checked"
						  : NULL,
			  "%s", err.msg);
	}
	buf_release(&text);
	if (!dag)
		return false;
	set->dags = mem_grow(set->dags, set->n, &set->room, sizeof(struct dag *));
	set->dags[set->n++] = dag;
	return true;
}

static void
set_finish(struct dag_set *set)
{
	set->bad = mem_new(set->n, sizeof(bool));
	dag_set_check(set);
	diags_sort(set->diags);
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* Names of the DAG files, sorted; each freed by the caller. */
struct file_list {
	char **names;
	size_t n, room;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
file_list_release(struct file_list *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->names[i]);
	free(files->names);
}

/* A name that looks like a DAG file, but for its end. */
static bool
is_nearly_yaml(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && (strcasecmp(end, ".yaml") == 0 || strcasecmp(end, ".yml") == 0);
}

/* A folder of dags/ with DAG files in it. */
static bool
has_dags(DIR *dags, const char *name)
{
	int fd = openat(dirfd(dags), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	for (int i = 0; i < ENTRIES_LOOKED_AT && !found && (entry = readdir(dir)) != NULL; i++)
		found = entry->d_name[0] != '.' && is_nearly_yaml(entry->d_name);
	(void)closedir(dir);
	return found;
}

/* Warn of what is not read although somebody may think so. */
static void
pass_over(DIR *dags, const char *name, struct diags *diags)
{
	bool nearly = is_nearly_yaml(name);
	struct place at;
	char *path;

	if (!nearly && !has_dags(dags, name))
		return;
	path = mem_format("%s/%s%s", dags_dir, name, nearly ? "" : "/");
	at = (struct place){ .file = path };
	if (nearly)
		diags_say(diags, E0114, &at, "give it a name that ends in .yaml",
			  "this file is not read");
	else
		diags_say(diags, E0114, &at, "move its DAG files up into dags/",
			  "the files of this folder are not read");
	free(path);
}

static enum err_code
list_entries(DIR *dir, struct file_list *files, struct diags *diags, struct err *err)
{
	const struct dirent *entry;

	while ((errno = 0, entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		char *path;

		if (name[0] == '.')
			continue;
		if (!ends_with(name, ".yaml")) {
			pass_over(dir, name, diags);
			continue;
		}
		path = mem_format("%s/%s", dags_dir, name);
		files->names = mem_grow(files->names, files->n, &files->room, sizeof(char *));
		files->names[files->n++] = path;
	}
	if (errno)
		return err_errno(err, "read directory '%s'", dags_dir);
	if (files->n)
		qsort(files->names, files->n, sizeof(char *), by_text);
	return ERR_NONE;
}

/*
 * Those beyond the bound, by name, are refused each by itself: the others go on.  Which they are
 * does not depend on the order in which the directory names them.
 */
static void
refuse_surplus(const struct file_list *files, struct diags *diags)
{
	for (size_t i = PROJECT_DAGS_MAX; i < files->n; i++) {
		struct place at = { .file = files->names[i] };

		diags_say(diags, E0117, &at,
			  "put several tasks into one DAG, or split the project in two",
			  "this file is not read: %d DAG files stand before it by name, and a "
			  "project has no more",
			  PROJECT_DAGS_MAX);
	}
}

/* What does not open is there, as a link: to a disk that is not mounted, say. */
static bool
is_dangling(int project, const char *name)
{
	struct stat st;

	return fstatat(project, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/*
 * The DAG files of a project; a project without the directory has none.  A link to nowhere is no
 * such project: its DAGs are not gone, they cannot be read.
 */
static enum err_code
list_files(int project, struct file_list *files, struct diags *diags, struct err *err)
{
	int fd = openat(project, dags_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err_code code;
	DIR *dir;

	if (fd < 0 && errno == ENOENT && is_dangling(project, dags_dir))
		return err_set(err, ERR_NOT_FOUND,
			       "open directory '%s': it is a link that leads nowhere", dags_dir);
	if (fd < 0 && errno == ENOENT)
		return ERR_NONE;
	if (fd < 0)
		return err_errno(err, "open directory '%s'", dags_dir);
	dir = fdopendir(fd);
	if (!dir) {
		code = err_errno(err, "open directory '%s'", dags_dir);
		(void)close(fd);
		return code;
	}
	code = list_entries(dir, files, diags, err);
	(void)closedir(dir);
	return code;
}

static void
load_settings(struct settings *settings, struct variables *variables, int project,
	      struct diags *diags)
{
	struct place whole = { .file = settings_file };
	struct buf text;
	struct err err;
	enum err_code code;

	settings_default(settings);
	buf_init(&text, DAG_FILE_BYTES_MAX);
	code = buf_read_file(&text, project, settings_file, &err);
	if (!code)
		settings_read(settings, variables, settings_file, text.data, text.bytes, diags);
	else if (code != ERR_NOT_FOUND)
		diags_say(diags, E0101, &whole, NULL, "%s", err.msg);
	else if (is_dangling(project, settings_file))
		diags_say(diags, E0101, &whole, NULL, "read '%s': it is a link that leads nowhere",
			  settings_file);
	buf_release(&text);
}

void
project_settings(struct settings *out, const char *dir, struct diags *diags)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	settings_default(out);
	if (fd < 0)
		return;
	load_settings(out, NULL, fd, diags);
	(void)close(fd);
}

static int
by_id(const void *a, const void *b)
{
	return strcmp((*(struct dag *const *)a)->id, (*(struct dag *const *)b)->id);
}

/* Hand over the dags without a mistake, and the names of the files that gave none. */
static void
take_good(struct project *out, const struct dag_set *set)
{
	out->dags = mem_new(set->n, sizeof(struct dag *));
	out->n_dags = 0;
	for (size_t i = 0; i < set->n; i++) {
		if (!set->bad[i])
			out->dags[out->n_dags++] = dag_ref(set->dags[i]);
		else
			out->broken[out->n_broken++] = mem_str(set->dags[i]->file);
	}
	if (out->n_dags)
		qsort(out->dags, out->n_dags, sizeof(struct dag *), by_id);
	if (out->n_broken)
		qsort(out->broken, out->n_broken, sizeof(char *), by_text);
}

bool
project_is_broken(const struct project *p, const char *file)
{
	return p->n_broken && bsearch(&file, p->broken, p->n_broken, sizeof(char *), by_text);
}

enum err_code
project_load(struct project *out, const char *dir, struct diags *diags, struct err *err)
{
	struct project p = { 0 };
	struct file_list files = { 0 };
	struct dag_set set = { .diags = diags };
	struct variables variables = { 0 };
	struct constants constants;
	enum err_code code;
	size_t errors;
	int fd = -1;

	code = project_dir(dir, &p.dir, err);
	if (!p.dir)
		return code;
	set.dir = p.dir;
	fd = open(p.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		code = err_errno(err, "open project directory '%s'", p.dir);
		goto out;
	}
	code = list_files(fd, &files, diags, err);
	if (code) {
		err_wrap(err, "project '%s'", p.dir);
		goto out;
	}
	errors = diags->errors;
	load_settings(&p.settings, &variables, fd, diags);
	p.unsettled = diags->errors > errors;
	variables_override(&variables, environ);
	connections_override(&variables, environ, diags);
	calendars_read(fd, &variables, diags);
	constants = variables_constants(&variables);
	set.limits = &p.settings.limits;
	p.broken = mem_new(files.n, sizeof(*p.broken));
	for (size_t i = 0; i < files.n; i++) {
		if (i >= PROJECT_DAGS_MAX || !set_add(&set, fd, files.names[i], &constants))
			p.broken[p.n_broken++] = mem_str(files.names[i]);
	}
	set.n_unread = p.n_broken;
	/* Behind what the others have to say: the number of mistakes that are kept is bounded. */
	refuse_surplus(&files, diags);
	set_finish(&set);
	published_check(&set);
	take_good(&p, &set);
	*out = p;
	p.dir = NULL;
out:
	free(p.dir);
	set_release(&set);
	variables_release(&variables);
	file_list_release(&files);
	if (fd >= 0)
		(void)close(fd);
	return code;
}

void
project_release(struct project *p)
{
	for (size_t i = 0; i < p->n_dags; i++)
		dag_unref(p->dags[i]);
	for (size_t i = 0; i < p->n_broken; i++)
		free(p->broken[i]);
	free(p->broken);
	free(p->dags);
	free(p->dir);
	*p = (struct project){ 0 };
}

/* The project that a file lies in, as dags/NAME.yaml of it; NULL: in none.  For free(). */
static char *
project_of_file(const char *path)
{
	const char *name = strrchr(path, '/'), *parent = name;

	while (parent && parent > path && parent[-1] != '/')
		parent--;
	if (!name || (size_t)(name - parent) != strlen(dags_dir) ||
	    strncmp(parent, dags_dir, strlen(dags_dir)) != 0)
		return NULL;
	return parent > path ? mem_format("%.*s", (int)(parent - path), path) : mem_str(".");
}

/*
 * What files of a project may name that are checked by themselves; mistakes of tidemill.yaml are
 * not theirs.
 */
static struct constants
load_constants(const char *dir, struct variables *variables)
{
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct constants all;
	struct settings settings;
	bool is_project = false;
	struct diags diags;

	diags_init(&diags);
	if (fd >= 0) {
		load_settings(&settings, variables, fd, &diags);
		calendars_read(fd, variables, &diags);
		is_project = faccessat(fd, dags_dir, F_OK, 0) == 0;
		(void)close(fd);
	}
	diags_release(&diags);
	all = variables_constants(variables);
	all.unknown = true;
	all.known = is_project ? CALENDAR_PREFIX : NULL;
	return all;
}

/* Check one file by itself, in the project that it lies in, else in that of `dir`. */
static void
check_file(struct dag_set *set, const char *dir, const char *path)
{
	char *own = project_of_file(path);
	struct variables variables = { 0 };
	struct constants constants = load_constants(own ? own : dir, &variables);

	set->n_unread += !set_add(set, AT_FDCWD, path, &constants);
	variables_release(&variables);
	free(own);
}

enum err_code
project_check_files(const char *dir, const char *const *paths, size_t n, struct project *out,
		    struct diags *diags, struct err *err)
{
	struct dag_set set = { .diags = diags, .partial = true };

	if (n > PROJECT_DAGS_MAX)
		return err_set(err, ERR_LIMIT, "check %zu files: more than %d", n,
			       PROJECT_DAGS_MAX);
	for (size_t i = 0; i < n; i++)
		check_file(&set, dir, paths[i]);
	set_finish(&set);
	*out = (struct project){ .broken = mem_new(set.n, sizeof(*out->broken)) };
	take_good(out, &set);
	set_release(&set);
	return ERR_NONE;
}

bool
catalog_find(struct dag *const *dags, size_t n_dags, const char *name, const struct dag **dag,
	     const struct dataset **dataset)
{
	bool found = false;

	for (size_t i = 0; i < n_dags; i++) {
		int at = dag_dataset_find(dags[i], name);

		/* One that its dag writes wins over one that is only described. */
		if (at < 0 || (found && dags[i]->datasets[at].writer < 0))
			continue;
		*dag = dags[i];
		*dataset = &dags[i]->datasets[at];
		if ((*dataset)->writer >= 0)
			return true;
		found = true;
	}
	return found;
}
