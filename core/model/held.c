/* held.c - what an attempt is held to, as the kernel enforces it. */
#include "core/model/held.h"

#include "core/base/size.h"

#include <inttypes.h>
#include <stdio.h>

int64_t *
task_limit(struct task_limits *limits, size_t at)
{
	return (int64_t *)(void *)((char *)limits + at);
}

bool
task_limits_any(const struct task_limits *limits)
{
#define X(member, key, record, resource, unit, what, from, to, before, behind) || limits->member
	return false TASK_LIMITS(X);
#undef X
}

void
limit_words(enum limit_amount what, int64_t amount, struct buf *out)
{
	char text[64];

	if (what == AMOUNT_BYTES)
		size_format(amount, text);
	else if (what == AMOUNT_DURATION)
		duration_format(amount, text, sizeof(text));
	else
		(void)snprintf(text, sizeof(text), "%" PRId64, amount);
	buf_text(out, text);
}

void
held_words(const struct held_to *held, struct buf *out)
{
	const struct task_limits *l = &held->limits;
	/* clang-format off */
#define X(member, key, record, resource, unit, what, from, to, before, behind) \
	{ AMOUNT_##what, &l->member, before, behind },
	/* clang-format on */
	const struct {
		enum limit_amount what;
		const int64_t *amount;
		const char *before, *behind;
	} rows[] = { TASK_LIMITS(X) };
#undef X
	const char *comma = "";

	for (size_t i = 0; i < countof(rows); i++) {
		if (!*rows[i].amount)
			continue;
		buf_format(out, "%s%s", comma, rows[i].before);
		limit_words(rows[i].what, *rows[i].amount, out);
		buf_text(out, rows[i].behind);
		if (rows[i].amount == &l->memory_bytes && !held->memory_of_all)
			buf_text(out, " a process");
		if (rows[i].amount == &l->processes && !held->processes_of_all)
			buf_text(out, " beside those that ran before");
		comma = ", ";
	}
}
