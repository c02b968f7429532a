/* schedule.h - the keys of a DAG file that say when: schedule, start_date, end_date. */
#ifndef CORE_PARTS_SCHEDULE_H
#define CORE_PARTS_SCHEDULE_H

#include "core/parts/reader.h"

/* Row of the key `schedule`: a cron, or a map. */
void dagfile_read_schedule(struct yreader *r, const struct key *row, const struct ynode *key,
			   void *base);

/* Row of the keys `start_date` and `end_date`, a date or an instant; its `at` is the offset in
 * struct dag. */
void dagfile_read_date(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/* What the schedule asks of the rest of the file. */
void dagfile_check_schedule(struct dagfile *f);

/*
 * The unit that a node names; false: it is none, which was reported.  That of a dag may also be
 * `none`, which its reader knows.
 */
bool dagfile_read_partition(struct dagfile *f, const struct ynode *at, bool of_dag,
			    enum grid_unit *unit);

/* The zone that a node names, a reference; NULL: UTC, or it is none, which was reported. */
struct zone *dagfile_read_zone(struct dagfile *f, const struct ynode *at);

#endif
