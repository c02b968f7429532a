/*
 * sensor.h - what operator sensor waits for.
 */
#ifndef CORE_OP_SENSOR_H
#define CORE_OP_SENSOR_H

#include "core/op/command.h"
#include "core/op/http.h"

struct op_sensor {
	struct op_command command; /* `run:`, `shell:`: it is there when that ends with 0 */
	int retry_exit_code;       /* the one status that says "not yet"; 0: all but 0 do */
	template_text file;        /* may hold * and ? */
	int64_t rest_us;           /* unchanged for so long; 0: from one look to the next */
	template_text done_file;   /* or when this one is there */
	struct op_http http;       /* or what a server answers */
	int64_t every_us, look_timeout_us;
	bool skip; /* on_timeout: skip */
};

#endif
