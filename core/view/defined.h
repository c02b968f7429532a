/* defined.h - what the active definitions say of the datasets that are published. */
#ifndef CORE_VIEW_DEFINED_H
#define CORE_VIEW_DEFINED_H

#include "core/base/json.h"
#include "core/view/open.h"

enum { VIEW_DEFINED_MAX = 500 }; /* definitions that one question reads */

/*
 * {dataset: {"digest", "definition"}} (core/op/definition.h) of the datasets whose partitions
 * recorded what they were made by and which an active definition writes: `first` (NULL: none),
 * then by name, until VIEW_DEFINED_MAX definitions were read.
 */
enum err_code defined_now(struct view *v, const char *first, json_t **out,
			  struct err *err) MUST_CHECK;

/*
 * In rows with "dataset", "definition" and "stale_reason" "stale_definition", set
 * "stale_definition": [{"key", "was", "is", "feeds"}], what is different now; null: absent.
 * In all rows, set "stale_because" to the reason in words; null: it is not stale.
 */
enum err_code defined_reasons(struct view *v, const json_t *now, json_t *rows,
			      struct err *err) MUST_CHECK;

#endif
