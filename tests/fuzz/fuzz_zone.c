/* fuzz_zone.c - the reader of TZif files and its answers. */
#include "core/base/base.h"
#include "core/time/zone.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t seconds[] = {
		-5000000000, -1, 0, 1780000000, 4102444800, 90000000000
	};
	struct zone *zone = NULL;

	if (zone_read(&zone, "Fuzzed", (const char *)data, size, NULL))
		return 0;
	for (size_t i = 0; i < countof(seconds); i++) {
		int64_t us = seconds[i] * SECOND_US, earlier, later;
		struct zone_stretch t = zone_stretch(zone, us);

		if (us < t.start || us >= t.end || t.offset != zone_offset(zone, us) * SECOND_US)
			abort();
		if (zone_instants(zone, us + t.offset, &earlier, &later) == ZONE_GAP ||
		    (earlier > us && later > us))
			abort();
	}
	zone_unref(zone);
	return 0;
}
