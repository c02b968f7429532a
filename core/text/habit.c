/* habit.c - words that people bring along from other tools, and what is meant here. */
#include "core/text/habit.h"

#include <string.h>
#include <strings.h>

#define HABIT(place, word, ours, help) { HABIT_##place, word, ours, help },
static const struct habit habits[] = {
#include "core/text/habits.inc"
};
#undef HABIT

/* Most rows differ in the first letter from most words, and every key of a file is looked up. */
static bool
is_word(const struct habit *habit, const char *word)
{
	size_t bytes;

	if (habit->place == HABIT_KEY)
		return word[0] == habit->word[0] && strcmp(word, habit->word) == 0;
	bytes = strlen(habit->word);
	if (habit->place == HABIT_TEMPLATE)
		return strncmp(word, habit->word, bytes) == 0;
	return strncasecmp(word, habit->word, bytes) == 0 &&
	       (word[bytes] == '\0' || word[bytes] == '(' || word[bytes] == ' ');
}

static bool
is_known(const char *ours, const char *const *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(ours, known[i]) == 0)
			return true;
	}
	return false;
}

const struct habit *
habit_find(enum habit_place place, const char *word, const char *const *known, size_t n)
{
	for (size_t i = 0; i < countof(habits); i++) {
		const struct habit *h = &habits[i];

		if (h->place == place && is_word(h, word) &&
		    (!h->ours || is_known(h->ours, known, n)))
			return h;
	}
	return NULL;
}
