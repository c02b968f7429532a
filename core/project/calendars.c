/* calendars.c - the calendars of a project: days, in files, that schedules name. */
#include "core/project/calendars.h"

#include "core/time/days.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALENDAR_BYTES_MAX = 1 << 20, ENTRIES_MAX = 100000 };

static const char folder[] = "calendars", end[] = ".txt";

/* The ranges of a file. */
struct calendar_text {
	struct day_range *ranges;
	size_t n, room;
	size_t bad_bytes; /* of the first mistake */
};

/* One line without its comment and the blanks around; false: it is neither empty nor a day. */
static bool
add_line(struct calendar_text *c, const char *line, size_t bytes, const char **bad)
{
	struct day_range range;

	while (bytes && strchr(" \t\r", line[bytes - 1]))
		bytes--;
	while (bytes && strchr(" \t", *line)) {
		line++;
		bytes--;
	}
	if (!bytes)
		return true;
	*bad = line;
	c->bad_bytes = bytes;
	if (c->n == DAY_RANGES_MAX || !day_range_parse(line, bytes, &range))
		return false;
	c->ranges = mem_grow(c->ranges, c->n, &c->room, sizeof(*c->ranges));
	c->ranges[c->n++] = range;
	return true;
}

static void
say_bad(struct diags *diags, struct place *at, const char *line, const char *bad, size_t bytes)
{
	const char *fault = day_range_fault(bad, bytes);

	at->column = (uint32_t)(bad - line) + 1;
	at->width = (uint32_t)bytes;
	diags_say(diags, E0516, at,
		  fault ? NULL
			: "a line is a day, 2026-12-24, or a range, "
			  "2026-12-24..2027-01-01; # begins a comment",
		  "%s", fault ? fault : "this is no day");
}

/* Every line that is wrong is reported. */
static bool
read_lines(struct calendar_text *c, const char *path, const char *text, struct diags *diags)
{
	struct place at = { .file = path, .text = text, .text_bytes = strlen(text) };
	bool good = true;

	for (at.line = 1; *text; at.line++) {
		size_t whole = strcspn(text, "\n");
		const char *bad = NULL;

		if (!add_line(c, text, strcspn(text, "#\n"), &bad)) {
			good = false;
			if (c->n == DAY_RANGES_MAX) {
				diags_say(diags, E0516, &at, NULL,
					  "a calendar has no more than 10,000 lines");
				break;
			}
			say_bad(diags, &at, text, bad, c->bad_bytes);
		}
		text += whole + (text[whole] == '\n');
	}
	return good;
}

static void
read_calendar(int project, const char *file, struct variables *out, struct diags *diags)
{
	size_t bytes = strlen(file) - strlen(end);
	char *path = mem_format("%s/%s", folder, file);
	struct place whole = { .file = path };
	struct calendar_text c = { 0 };
	struct buf text, value;
	struct err err;
	struct days set;
	char *name;

	buf_init(&text, CALENDAR_BYTES_MAX);
	buf_init(&value, SIZE_MAX / 2);
	if (buf_read_file(&text, project, path, &err)) {
		diags_say(diags, E0516, &whole, NULL, "%s", err.msg);
	} else if (read_lines(&c, path, text.data, diags)) {
		set = (struct days){ .ranges = c.ranges, .n = days_join(c.ranges, c.n) };
		days_write(&set, &value);
		name = mem_format("%s%.*s", CALENDAR_PREFIX, (int)bytes, file);
		/* It begins with a blank, unless it is empty. */
		variables_add(out, name, value.data + (value.bytes > 0), NULL);
		free(name);
	}
	buf_release(&text);
	buf_release(&value);
	free(c.ranges);
	free(path);
}

void
calendars_read(int project, struct variables *out, struct diags *diags)
{
	int fd = openat(project, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t n = 0;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	for (int i = 0; i < ENTRIES_MAX && n < CONSTANTS_MAX && (entry = readdir(dir)); i++) {
		size_t bytes = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || bytes <= strlen(end) ||
		    strcmp(entry->d_name + bytes - strlen(end), end) != 0)
			continue;
		read_calendar(project, entry->d_name, out, diags);
		n++;
	}
	(void)closedir(dir);
}
