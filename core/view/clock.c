/* clock.c - is the schedule held because the wall clock jumped ahead? */
#include "core/view/clock.h"

#include "core/time/civil.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/sql.h"

enum err_code
view_clock(struct view *v, json_t **out, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	char span[64];
	struct stmt s;

	stmt_begin(&s, v->db, sql_clock);
	code = answer_row(&s, &row, err);
	if (code)
		return code;
	if (row) {
		duration_format((json_get_int(row, "jump_us", 0) + SECOND_US / 2) / SECOND_US *
				    SECOND_US,
				span, sizeof(span));
		(void)json_object_set_new(
		    row, "text",
		    json_sprintf("the wall clock jumped ahead by %s at %s: the schedule makes no "
				 "runs until %s, or `tidemill scheduler accept-clock`",
				 span, json_get_text(row, "jumped_at", ""),
				 json_get_text(row, "schedule_held_until", "")));
	}
	*out = row ? row : json_null();
	return ERR_NONE;
}
