/* effects.c - what a step asked for, collected in one arena. */
#include "scheduler/rows/effects.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for so many changes stays from step to step: the first step after a start has thousands. */
enum { CHANGES_KEPT = 512 };

void
effects_init(struct effects *fx)
{
	*fx = (struct effects){ .arena = arena_new(), .wake_us = INT64_MAX };
}

void
effects_reset(struct effects *fx)
{
	arena_free(fx->arena);
	fx->arena = arena_new();
	if (fx->room_changes > CHANGES_KEPT) {
		free(fx->changes);
		fx->changes = NULL;
		fx->room_changes = 0;
	}
	fx->n_changes = 0;
	fx->n_actions = 0;
	fx->urgent = false;
}

void
effects_release(struct effects *fx)
{
	arena_free(fx->arena);
	free(fx->changes);
	free(fx->actions);
	*fx = (struct effects){ .wake_us = INT64_MAX };
}

struct change *
effects_change(struct effects *fx, enum change_kind kind)
{
	struct change *c;

	fx->changes = mem_grow(fx->changes, fx->n_changes, &fx->room_changes, sizeof(*c));
	c = &fx->changes[fx->n_changes++];
	*c = (struct change){ .kind = kind };
	return c;
}

struct action *
effects_action(struct effects *fx, enum action_kind kind, int64_t attempt)
{
	struct action *a;

	fx->actions = mem_grow(fx->actions, fx->n_actions, &fx->room_actions, sizeof(*a));
	a = &fx->actions[fx->n_actions++];
	*a = (struct action){ .kind = kind, .attempt = attempt };
	/* Whatever justifies an action has to be committed now. */
	fx->urgent = true;
	return a;
}

const char *
effects_format(struct effects *fx, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	text = arena_get(fx->arena, n < 0 ? 1 : (size_t)n + 1);
	if (n >= 0)
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}
