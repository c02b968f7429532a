/*
 * attempt.h - the protocol between scheduler and shim, on disk.
 *
 * One directory per attempt in the runtime directory, named "a" and the
 * attempt's key.  Who makes that name owns the attempt:
 *
 *   shim       mkdir "t<key>-<pid>", lock its file `lock` (fcntl F_SETLK, held for
 *              life, not inherited by fork), rename NOREPLACE to "a<key>"  <- the fence
 *              ... at the end write `exit` under another name and rename it
 *   scheduler  reads `exit`; or makes "a<key>" itself with a file `tombstone`, and
 *              then a late shim can never start
 *
 * What the scheduler can find, and what it means (attempt_inspect):
 *   record     `exit` is there and valid: apply it
 *   alive      no record, the lock is held: adopt
 *   vanished   no record, the lock is free: LOST once every descendant is gone
 *   absent     no such directory: not started yet, or lost with a reboot
 *   tombstone  it can never start
 */
#ifndef CORE_WIRE_ATTEMPT_H
#define CORE_WIRE_ATTEMPT_H

#include "core/base/buf.h"
#include "core/model/artifact.h"
#include "core/model/output.h"
#include "core/model/state.h"
#include "core/model/used.h"

enum { EXIT_RECORD_BYTES_MAX = 2 << 20, RESULT_BYTES_MAX = 256 << 10 };

struct exit_record {
	int64_t attempt;
	char token[TOKEN_CHARS + 1];
	enum outcome outcome;
	int exit_code, signal;
	int64_t started_us, ended_us; /* wall clock */
	struct used used;
	int64_t log_bytes;         /* written to the log file */
	int64_t log_dropped_bytes; /* over the cap or lost to a full disk */
	int error;                 /* errno, where that is why it ended badly; else 0 */
	int leftovers;             /* descendants that had to be ended after the worker */
	char *message;             /* why, for a person; "" when ok */
	char *result;              /* the worker's result as JSON text, or NULL */
	char *outputs;   /* with OUTCOME_OK: what it left (core/model/output.h), or NULL */
	char *kept;      /* what it left for the next try, if that is another than it was given */
	char *artifacts; /* files that it left (core/model/artifact.h), or NULL: none */
	char *limits;    /* what it was held to, held_json.h; NULL: nothing */
	char *seen; /* OUTCOME_NOT_YET: what it leaves for the next look, JSON; NULL: nothing */
	int64_t again_us; /* ... and when that is worth making; 0: it does not say */
};

enum { SEEN_BYTES_MAX = 4 << 10 };

/* Free what it owns; zeroed is fine. */
void exit_record_release(struct exit_record *r);

/* The record as one JSON line. */
void exit_record_write(const struct exit_record *r, struct buf *out);

/* Read one back; every field is checked. */
enum err_code exit_record_read(struct exit_record *out, const char *data, size_t bytes,
			       struct err *err) MUST_CHECK;

enum evidence {
	EVIDENCE_RECORD,
	EVIDENCE_ALIVE,
	EVIDENCE_VANISHED,
	EVIDENCE_ABSENT,
	EVIDENCE_TOMBSTONE,
};

enum { ATTEMPT_NAME_CHARS = 24 };

/* In a runtime directory: a link to its project, for those who find it without one. */
#define RUNTIME_PROJECT_LINK "project"

/* In an attempt directory: where the program of a task leaves its outputs. */
#define RESULT_FILE "outputs"
#define STATE_FILE "state" /* ... and what it keeps for the next try */

/* The name of an attempt directory: "a17". */
void attempt_name(int64_t attempt, char out[ATTEMPT_NAME_CHARS]);

/*
 * The runtime directory of a project, made if need be (0700), as a descriptor
 * (close-on-exec) and a path that the caller frees.  The first of these that
 * can be made and that only this user can enter: $XDG_RUNTIME_DIR/tidemill/NAME;
 * where they are in memory, /run/tidemill/NAME and /dev/shm/tidemill-UID/NAME;
 * DIR/.tidemill/attempts/NAME.  The choice is kept in the link
 * DIR/.tidemill/runtime (DIR/.tidemill has to exist), so that a later scheduler
 * with another environment finds the same one; after a reboot it is made anew.
 */
enum err_code attempt_runtime_dir(const char *project_dir, int *fd, char **path,
				  struct err *err) MUST_CHECK;

/*
 * What is known of an attempt.  With EVIDENCE_RECORD *record is filled (release
 * it) and its token equals `token`; a record with another token is an error.
 * With EVIDENCE_ALIVE *pid is the shim's, as the kernel names the lock's owner.
 */
enum err_code attempt_inspect(int runtime_dir, int64_t attempt, const char *token,
			      enum evidence *out, struct exit_record *record, int *pid,
			      struct err *err) MUST_CHECK;

/* Make the tombstone.  ERR_CONFLICT: the directory exists, inspect again. */
enum err_code attempt_bury(int runtime_dir, int64_t attempt, struct err *err) MUST_CHECK;

/* Remove the directory and what is in it; absent is fine.  Only after the terminal commit. */
enum err_code attempt_remove(int runtime_dir, int64_t attempt, struct err *err) MUST_CHECK;

/*
 * The fence, on the shim's side: returns the attempt directory as a descriptor and the lock's
 * descriptor, both close-on-exec.  ERR_CONFLICT: somebody was first, do not start.  With
 * ERR_SYSTEM errno says why.
 */
enum err_code attempt_claim(int runtime_dir, int64_t attempt, int *dir_fd, int *lock_fd,
			    struct err *err) MUST_CHECK;

/* Leave the exit record in the attempt directory: temporary name, then rename. */
enum err_code attempt_finish(int dir_fd, const struct exit_record *r, struct err *err) MUST_CHECK;

/* DIR/.tidemill/logs/<dag>/<run_id>/<task>/<try>.log; the caller frees it. */
char *attempt_log_path(const char *project_dir, const char *dag, const char *run_id,
		       const char *task, int try_number);

/* DIR/.tidemill/artifacts/<dag>/<run_id>/<task>/<try>; the caller frees it. */
char *attempt_artifacts_path(const char *project_dir, const char *dag, const char *run_id,
			     const char *task, int try_number);

/* The machine's boot id, as text; "" if it cannot be read. */
void boot_id(char out[64]);

#endif
