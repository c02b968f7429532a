/* health.c - what the status page knows besides the database. */
#include "scheduler/page/health.h"

#include "core/base/mem.h"
#include "core/wire/holder.h"

#include <fcntl.h>
#include <stdlib.h>

enum { REPORT_BYTES_MAX = 16 << 20 };

enum err_code
health_import_errors(const char *project_dir, json_t **out, struct err *err)
{
	char *path = mem_format("%s/.tidemill/import-errors.json", project_dir);
	json_t *all = NULL;
	enum err_code code;
	struct buf text;

	buf_init(&text, REPORT_BYTES_MAX);
	code = buf_read_file(&text, AT_FDCWD, path, err);
	if (code == ERR_NOT_FOUND) {
		code = ERR_NONE;
		all = json_array();
	} else if (!code &&
		   (json_read(&all, text.data, text.bytes, path, NULL) || !json_is_array(all))) {
		json_decref(all);
		code = err_set(err, ERR_SYSTEM,
			       "'%s' is not a list of diagnostics; remove it, a scheduler makes "
			       "it anew at its start",
			       path);
	}
	if (!code)
		*out = all;
	buf_release(&text);
	free(path);
	return code;
}

long
health_scheduler(const char *project_dir)
{
	struct holder h = holder_look(project_dir);

	if (h.kind == HOLDER_NONE || h.kind == HOLDER_COMMAND)
		return 0;
	return h.pid ? h.pid : -1;
}
