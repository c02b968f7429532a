/*
 * ingest.h - what operator ingest is asked to do.
 */
#ifndef CORE_OP_INGEST_H
#define CORE_OP_INGEST_H

#include "core/base/exact.h"
#include "core/model/dag.h"
#include "core/model/dialect.h"

enum bad_row { BAD_ROW_QUARANTINE, BAD_ROW_FAIL, BAD_ROW_DROP };

struct op_ingest {
	template_text from_path; /* may hold * and ?; .gz is seen by its name */
	enum format from_format;
	int64_t wait_us;         /* so long it waits for files that are complete; 0: it does not */
	struct dialect dialect;  /* how the files differ from the plain form */
	const char *event_time;  /* column that places a row in its partition */
	const char *received_at; /* input key or column for _received_at; NULL: data_interval_end */
	enum bad_row on_bad_row;
	struct share max_bad;   /* of the rows; above it the attempt fails */
	bool unknown_keys_fail; /* unknown keys make a row bad; else they are counted */
};

#endif
