/* mark.c - a process carries the token of its attempt where the kernel shows it. */
#include "core/wire/mark.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/wire/sweep.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	ENTRY_BYTES = sizeof(ATTEMPT_VARIABLE "=") + TOKEN_CHARS,
	STAT_BYTES_MAX = 4096,
	STATE_FIELD = 3, /* of /proc/PID/stat, proc(5); the first behind the name */
	ENV_START_FIELD = 50,
};

/* Where the kernel looks for the environment of this process; NULL: not known. */
static char *
find_block(size_t *bytes)
{
	uintptr_t start = 0, end = 0;
	struct buf text;
	char *at;

	buf_init(&text, STAT_BYTES_MAX);
	if (buf_read_file(&text, AT_FDCWD, "/proc/self/stat", NULL)) {
		buf_release(&text);
		return NULL;
	}
	at = strrchr(text.data, ')');
	for (int field = STATE_FIELD; at && field <= ENV_START_FIELD; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%" SCNuPTR " %" SCNuPTR, &start, &end) != 2 || end < start)
		start = end = 0;
	buf_release(&text);
	*bytes = end - start;
	return (char *)start;
}

bool
mark_room(void)
{
	size_t bytes;

	return find_block(&bytes) && bytes >= ENTRY_BYTES;
}

void
mark_prepare(void)
{
	for (char **at = environ; at && *at; at++)
		*at = mem_str(*at);
}

bool
mark_process(const char *token)
{
	char entry[ENTRY_BYTES] = "";
	size_t bytes;
	char *block = find_block(&bytes);

	if (!block || bytes < sizeof(entry))
		return false;
	(void)snprintf(entry, sizeof(entry), ATTEMPT_VARIABLE "=%s", token);
	memcpy(block, entry, sizeof(entry));
	return true;
}
