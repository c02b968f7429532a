/* approval.c - what a person said who was asked: who, when, which option, with which values. */
#include "core/model/approval.h"

#include "core/time/civil.h"

#include <stdlib.h>
#include <string.h>

int
approval_option(const struct approval *asks, const char *name)
{
	for (size_t i = 0; i < asks->n_options; i++)
		if (strcmp(asks->options[i], name) == 0)
			return (int)i;
	return -1;
}

bool
approval_refuses(const struct approval *asks, const char *option)
{
	int at = approval_option(asks, option);

	return at >= 0 && asks->refuses[at];
}

const char *
approval_default(const struct approval *asks, bool refuses)
{
	for (size_t i = 0; i < asks->n_options; i++)
		if (asks->refuses[i] == refuses)
			return asks->options[i];
	return NULL;
}

void
answered_write(const char *answer, const char *by, int64_t at_us, const char *outputs,
	       struct buf *out)
{
	json_t *object = json_object(), *values = NULL;
	char at[TIMESTAMP_CHARS + 1];

	timestamp_format(at_us, at);
	(void)json_object_set_new(object, "answer", json_text_new(answer));
	(void)json_object_set_new(object, "by", json_text_new(by));
	(void)json_object_set_new(object, "at", json_text_new(at));
	if (outputs && !json_read(&values, outputs, strlen(outputs), "outputs", NULL))
		(void)json_object_set_new(object, "outputs", values);
	json_write(object, out);
	json_decref(object);
}

void
answered_read(struct answered *out, const char *stored)
{
	const json_t *values;

	*out = (struct answered){ .answer = "", .by = "", .at = "" };
	if (json_read(&out->stored, stored, strlen(stored), "answered", NULL))
		return;
	out->answer = json_get_text(out->stored, "answer", "");
	out->by = json_get_text(out->stored, "by", "");
	out->at = json_get_text(out->stored, "at", "");
	values = json_object_get(out->stored, "outputs");
	if (values)
		out->outputs = json_compact(values);
}

void
answered_release(struct answered *a)
{
	json_decref(a->stored);
	free(a->outputs);
	*a = (struct answered){ 0 };
}

void
answered_say(const struct answered *a, struct buf *out)
{
	buf_format(out, "'%s' by %s at %s", a->answer, a->by, a->at);
}
