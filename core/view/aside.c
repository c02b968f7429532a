/* aside.c - rows that the tasks of a run did not publish: quarantined, or dropped. */
#include "core/view/aside.h"

#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/sql.h"

static void
add_text(json_t *row)
{
	long long read = (long long)json_get_int(row, "read", 0);
	long long quarantined = (long long)json_get_int(row, "quarantined", 0);
	long long dropped = (long long)json_get_int(row, "dropped", 0);
	const char *dataset = json_get_text(row, "dataset", NULL);
	struct buf text;

	buf_init(&text, SIZE_MAX);
	buf_format(&text, "%lld rows read", read);
	if (quarantined && dataset)
		buf_format(&text, ", %lld set aside in '%s'", quarantined, dataset);
	else if (quarantined)
		buf_format(&text, ", %lld refused, nothing was published", quarantined);
	if (dropped)
		buf_format(&text, ", %lld dropped", dropped);
	(void)json_object_set_new(row, "text", json_text_new(text.data));
	buf_release(&text);
}

enum err_code
view_aside(struct view *v, int64_t run, const char *task, int limit, json_t **out, struct err *err)
{
	enum err_code code;
	struct stmt s;
	json_t *row;
	size_t i;

	stmt_begin(&s, v->db, sql_aside);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, task);
	stmt_int(&s, 3, answer_limit(limit));
	code = answer_rows(&s, out, err);
	if (code)
		return code;
	json_array_foreach(*out, i, row)
	{
		add_text(row);
	}
	return ERR_NONE;
}
