/* approval.h - what a person said who was asked: who, when, which option, with which values.  Pure.
 */
#ifndef CORE_MODEL_APPROVAL_H
#define CORE_MODEL_APPROVAL_H

#include "core/base/json.h"
#include "core/model/task.h"

/* An answer, taken apart; what is NULL was not said. */
struct answered {
	json_t *stored; /* owner of the texts but outputs */
	const char *answer, *by, *at;
	char *outputs; /* JSON object, of an answer that is no refusal; freed by the release */
};

/* Does an option of a question say no?  What is no option of it does not. */
bool approval_refuses(const struct approval *asks, const char *option);

/* The option with a name, or -1. */
int approval_option(const struct approval *asks, const char *name);

/* The option that is meant where none is named: the first that refuses, or does not; or NULL. */
const char *approval_default(const struct approval *asks, bool refuses);

/*
 * Append the object that is kept of an answer.  `outputs` is that of its values, checked, or NULL.
 */
void answered_write(const char *answer, const char *by, int64_t at_us, const char *outputs,
		    struct buf *out);

/* Take apart what was kept; answered_release() follows. */
void answered_read(struct answered *out, const char *stored);

/* Let go of it. */
void answered_release(struct answered *a);

/* Append who said what, and when, for a person. */
void answered_say(const struct answered *a, struct buf *out);

#endif
