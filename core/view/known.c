/* known.c - which dags a scheduler has loaded, and their definitions. */
#include "core/view/known.h"

#include "core/dagfile/dagfile.h"
#include "core/view/internal.h"
#include "core/view/sql.h"

#include <string.h>

enum err_code
known_dag(struct view *v, const char *dag, struct err *err)
{
	enum err_code code;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, sql_know_dag);
	stmt_text(&s, 1, dag);
	known = stmt_row(&s);
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_NOT_FOUND, "no scheduler has seen a dag '%s' here", dag);
	return code;
}

enum err_code
known_definition(struct view *v, const char *digest, struct dag **out, struct err *err)
{
	enum err_code code;
	struct dag *dag = NULL;
	struct stmt s;

	stmt_begin(&s, v->db, sql_definition);
	stmt_text(&s, 1, digest);
	if (stmt_row(&s)) {
		const char *text = stmt_col_text(&s, 1);
		struct diags diags;

		diags_init(&diags);
		dag = dagfile_read(stmt_col_text(&s, 0), text, strlen(text), &diags);
		diags_release(&diags);
	}
	code = stmt_end(&s, err);
	if (code)
		dag_unref(dag);
	else
		*out = dag;
	return code;
}
