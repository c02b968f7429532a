/* result.c - what a worker says of itself, into the record of its attempt. */
#include "worker/process/result.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "worker/process/artifact.h"
#include "worker/process/blame.h"
#include "worker/process/left.h"

/* What a look leaves for the next, if it is not too much. */
static char *
read_seen(const json_t *result)
{
	const json_t *seen = json_object_get(result, "seen");
	char *text = NULL;
	struct buf out;

	buf_init(&out, SEEN_BYTES_MAX);
	if (seen)
		json_write(seen, &out);
	if (seen && !out.full)
		text = buf_give(&out);
	buf_release(&out);
	return text;
}

int
result_take(const struct buf *text, struct exit_record *record)
{
	json_t *value;
	int outcome;

	if (text->bytes == 0 || text->full ||
	    json_read(&value, text->data, text->bytes, "the result", NULL))
		return -1;
	outcome = outcome_of(json_get_text(value, "outcome", ""));
	switch (outcome) {
	case OUTCOME_OK:
	case OUTCOME_ERROR:
	case OUTCOME_GATE_FAILED:
	case OUTCOME_ALL_BAD:
	case OUTCOME_MAX_BAD:
	case OUTCOME_MISSING:
	case OUTCOME_INPUT_CHANGED:
	case OUTCOME_NO_SPACE:
	case OUTCOME_FATAL:
		blame_say(record, json_get_text(value, "message", ""));
		record->result = mem_str(text->data);
		break;
	case OUTCOME_NOT_YET:
		blame_say(record, json_get_text(value, "message", ""));
		record->seen = read_seen(value);
		record->again_us = json_get_int(value, "again_us", 0);
		break;
	default:
		outcome = -1;
	}
	json_decref(value);
	return outcome;
}

void
result_left(const struct spec *spec, struct mask *mask, struct exit_record *record)
{
	struct buf left;
	struct err err;

	if (!spec->n_leaves)
		return;
	buf_init(&left, OUTPUTS_BYTES_MAX);
	if (left_read(spec, mask, &left, &err)) {
		blame_say(record, err.msg);
		record->outcome = OUTCOME_ERROR;
	} else {
		record->outputs = buf_give(&left);
	}
	buf_release(&left);
}

void
result_state(const struct spec *spec, struct mask *mask, struct exit_record *record)
{
	struct buf kept;
	struct err err;

	buf_init(&kept, STATE_BYTES_MAX);
	if (!state_read(spec, mask, &kept, &err)) {
		record->kept = kept.bytes ? buf_give(&kept) : NULL;
	} else if (record->outcome == OUTCOME_OK) {
		blame_say(record, err.msg);
		record->outcome = OUTCOME_ERROR;
	} else {
		blame_add(record, err.msg);
	}
	buf_release(&kept);
}

void
result_artifacts(const struct spec *spec, struct exit_record *record)
{
	struct buf text;

	buf_init(&text, ARTIFACTS_TEXT_MAX);
	artifacts_take(spec, &text);
	if (text.bytes && !text.full)
		record->artifacts = buf_give(&text);
	buf_release(&text);
}
