/*
 * replay.c - a fuzz target over the files of its corpus, without a fuzzer: the short form.
 *   fuzz_NAME FILE-OR-DIRECTORY...       prints how many inputs it has been through
 */
#include "core/base/buf.h"
#include "core/base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Give one file to the target, in memory of exactly its size, so that a sanitizer sees every step
 * too far. */
static bool
replay_file(const char *path)
{
	struct err err = { 0 };
	struct buf text;
	uint8_t *exact;

	buf_init(&text, 64 << 20);
	if (buf_read_file(&text, AT_FDCWD, path, &err)) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return false;
	}
	exact = mem_new(text.bytes, 1);
	if (text.bytes)
		memcpy(exact, text.data, text.bytes);
	(void)LLVMFuzzerTestOneInput(exact, text.bytes);
	free(exact);
	buf_release(&text);
	return true;
}

static bool
replay(const char *path, size_t *count)
{
	struct dirent **list = NULL;
	bool ok = true;
	struct stat st;
	int n;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		++*count;
		return replay_file(path);
	}
	n = scandir(path, &list, NULL, alphasort);
	if (n < 0) {
		perror(path);
		return false;
	}
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			char *name = mem_format("%s/%s", path, list[i]->d_name);

			++*count;
			ok = replay_file(name) && ok;
			free(name);
		}
		free(list[i]);
	}
	free(list);
	return ok;
}

int
main(int argc, char **argv)
{
	size_t count = 0;
	bool ok = argc > 1;

	for (int i = 1; i < argc; i++)
		ok = replay(argv[i], &count) && ok;
	(void)printf("%zu inputs\n", count);
	return ok && count ? 0 : 1;
}
