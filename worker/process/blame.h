/* blame.h - the message of an exit record: what is to blame for an end, with numbers. */
#ifndef WORKER_PROCESS_BLAME_H
#define WORKER_PROCESS_BLAME_H

#include "core/model/held.h"
#include "core/wire/attempt.h"

enum { BLAME_CHARS_MAX = 4000 };

/* Make it the message, cut at BLAME_CHARS_MAX. */
void blame_say(struct exit_record *r, const char *text);

/* Add a sentence to the message there is. */
void blame_add(struct exit_record *r, const char *text);

/* The message there is, made into that of a process that the kernel ended for want of memory. */
void blame_memory(struct exit_record *r, const struct held_to *held);

/* Add what was missing to status 126 or 127, which are a shell's and the loader's: the log says. */
void blame_log(struct exit_record *r, const char *log_path);

/* Add the limit of its own that the attempt ran into, if there is one. */
void blame_limit(struct exit_record *r, const struct held_to *held, const char *log_path);

#endif
