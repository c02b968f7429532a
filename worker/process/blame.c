/* blame.c - the message of an exit record: what is to blame for an end, with numbers. */
#include "worker/process/blame.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/process/cause.h"
#include "worker/process/rein.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
blame_say(struct exit_record *r, const char *text)
{
	size_t bytes = strlen(text);
	char *message = mem_bytes(text, bytes > BLAME_CHARS_MAX ? BLAME_CHARS_MAX : bytes);

	free(r->message);
	r->message = message;
}

void
blame_add(struct exit_record *r, const char *text)
{
	struct buf message;

	buf_init(&message, SIZE_MAX);
	buf_format(&message, "%s; %s", r->message, text);
	blame_say(r, message.data);
	buf_release(&message);
}

void
blame_memory(struct exit_record *r, const struct held_to *held)
{
	bool ours = held->memory_of_all;
	int64_t limit_bytes = ours ? held->limits.memory_bytes : memory_limit_read("");
	char text[256], peak[SIZE_CHARS], limit[SIZE_CHARS] = "";

	if (limit_bytes > 0)
		size_format(limit_bytes, limit);
	size_format(r->used.peak_bytes, peak);
	(void)snprintf(text, sizeof(text),
		       "%s: ended by the kernel at %s%s%s; its peak memory was %s", r->message,
		       ours ? "its limit of memory (`limits: memory`)"
			    : "the memory limit of its cgroup",
		       *limit ? ", " : "", limit, peak);
	blame_say(r, text);
}

void
blame_log(struct exit_record *r, const char *log_path)
{
	struct buf text;

	buf_init(&text, BLAME_CHARS_MAX);
	buf_format(&text, "%s: ", r->message);
	if (cause_in_log(log_path, &text))
		blame_say(r, text.data);
	buf_release(&text);
}

void
blame_limit(struct exit_record *r, const struct held_to *held, const char *log_path)
{
	struct rein_end end = { r->exit_code, r->signal, NULL, r->used };
	struct buf said, message;

	if (!task_limits_any(&held->limits))
		return;
	buf_init(&said, SIZE_MAX);
	buf_format(&said, "%s\n", r->message);
	cause_log_end(log_path, &said);
	end.text = said.data;
	buf_init(&message, SIZE_MAX);
	buf_format(&message, "%s: ", r->message);
	if (rein_cause(held, &end, &message))
		blame_say(r, message.data);
	buf_release(&message);
	buf_release(&said);
}
