/* held.c - what an attempt is held to, as the kernel enforces it. */
#include "core/model/held.h"

#include "core/base/size.h"
#include "core/time/civil.h"

#include <inttypes.h>

bool
task_limits_any(const struct task_limits *limits)
{
	return limits->memory_bytes || limits->cpu_us || limits->open_files || limits->file_bytes ||
	       limits->processes;
}

static void
add_comma(struct buf *out, size_t from)
{
	if (out->bytes > from)
		buf_text(out, ", ");
}

void
held_words(const struct held_to *held, struct buf *out)
{
	const struct task_limits *l = &held->limits;
	char size[SIZE_CHARS], span[64];
	size_t from = out->bytes;

	if (l->memory_bytes) {
		size_format(l->memory_bytes, size);
		buf_format(out, "%s of memory%s", size, held->memory_of_all ? "" : " a process");
	}
	if (l->cpu_us) {
		add_comma(out, from);
		duration_format(l->cpu_us, span, sizeof(span));
		buf_format(out, "%s of processor time a process", span);
	}
	if (l->open_files) {
		add_comma(out, from);
		buf_format(out, "%" PRId64 " open files a process", l->open_files);
	}
	if (l->file_bytes) {
		add_comma(out, from);
		size_format(l->file_bytes, size);
		buf_format(out, "files of %s", size);
	}
	if (l->processes) {
		add_comma(out, from);
		buf_format(out, "%" PRId64 " processes%s", l->processes,
			   held->processes_of_all ? "" : " beside those that ran before");
	}
}
