/* size.c - an amount of bytes in words that people read. */
#include "core/base/size.h"

#include <stdio.h>

const char *
size_format(int64_t bytes, char out[SIZE_CHARS])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double amount = (double)bytes;
	size_t i = 0;
	int64_t tenths;

	/* 1023.6 KiB would be shown as 1024. */
	while (amount >= 1023.5 && i + 1 < countof(units)) {
		amount /= 1024;
		i++;
	}
	tenths = (int64_t)(amount * 10 + 0.5);
	(void)snprintf(out, SIZE_CHARS, "%.*f %s", tenths < 1000 && tenths % 10 ? 1 : 0, amount,
		       units[i]);
	return out;
}
