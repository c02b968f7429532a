/*
 * holder.h - who holds the state of a project: the lock DIR/.tidemill/lock, and what it says.
 *
 * The kernel knows whether somebody does; the file says who, as "PID KIND".  The
 * lock belongs to an open file description, so a look from inside the process
 * that holds it neither misses it nor gives it back.
 */
#ifndef CORE_WIRE_HOLDER_H
#define CORE_WIRE_HOLDER_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* id, word in the file, what a person is told. */
#define HOLDERS(X)                                            \
	X(HOLDER_NONE, "", "nobody")                          \
	X(HOLDER_SCHEDULER, "scheduler", "another scheduler") \
	X(HOLDER_WAIT, "wait", "a command with --wait")       \
	X(HOLDER_COMMAND, "command", "another command")

#define X(id, word, name) id,
enum holder_kind { HOLDERS(X) HOLDER_COUNT };
#undef X

struct holder {
	enum holder_kind kind;
	long pid; /* as the holder's own pid namespace counts; 0: not known */
};

/*
 * Who holds the lock of a project now; NONE also where there is no lock file or it cannot be read.
 * A file that says only a number is of a version before this one, and its holder a SCHEDULER; one
 * that says nothing was locked this instant, by a COMMAND for all that is known.
 */
struct holder holder_look(const char *project_dir);

/*
 * Take the lock that an open file is.  ERR_BUSY: somebody has it.  It is given back with the last
 * descriptor of this open file, and by death.
 */
enum err_code holder_take(int fd, enum holder_kind kind, struct err *err) MUST_CHECK;

/* Append it for a person: "another scheduler (pid 12)". */
void holder_say(const struct holder *h, struct buf *out);

#endif
