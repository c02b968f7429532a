/* exchange.c - a request for a page, and the answer under way. */
#include "scheduler/page/exchange.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_DIGITS_MAX = 18 }; /* what surely fits into an int64_t */

bool
exchange_names(const char *names, const char *name, size_t bytes)
{
	while (*names) {
		size_t n = strcspn(names, " ");

		if (n == bytes && !memcmp(names, name, n))
			return true;
		names += n;
		names += *names == ' ';
	}
	return false;
}

bool
exchange_number(const char *text, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > NUMBER_DIGITS_MAX || text[digits] || text[0] == '0')
		return false;
	*out = strtoll(text, NULL, 10);
	return true;
}
