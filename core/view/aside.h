/*
 * aside.h - rows that the tasks of a run did not publish: quarantined, or dropped.
 */
#ifndef CORE_VIEW_ASIDE_H
#define CORE_VIEW_ASIDE_H

#include "core/view/open.h"

/*
 * Of the last attempt of each task of a run (`task` NULL: of all) that set rows aside, the oldest
 * first, at most `limit`: [{task, attempt, outcome, read, quarantined, dropped, dataset, text}].
 * `dataset` is the quarantine that was published, absent when none was; `text` says all of it.
 */
enum err_code view_aside(struct view *v, int64_t run, const char *task, int limit, json_t **out,
			 struct err *err) MUST_CHECK;

#endif
