/* rest.c - have files stayed as they are for a while? */
#include "worker/attempt/rest.h"

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/time/civil.h"
#include "core/wire/attempt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PRINT_CHARS = 16, SPAN_ROOM = 64, BOOT_ROOM = 64 };

/* What a look leaves for the next: which files there were, and since when they are as they are. */
struct rest {
	char print[PRINT_CHARS + 1]; /* of their names, sizes and times */
	char boot[BOOT_ROOM];
	int64_t since_us; /* by the clock of that boot */
};

/* Take the files as they are now. */
static enum err_code
take_print(const struct landing *files, char print[PRINT_CHARS + 1], struct err *err)
{
	enum err_code code = ERR_NONE;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; !code && i < files->count; i++) {
		struct stat st;

		if (stat(files->paths[i], &st) < 0)
			code = err_errno(err, "look at '%s'", files->names[i]);
		else
			buf_format(&text, "%s %lld %lld.%09ld %llu\n", files->names[i],
				   (long long)st.st_size, (long long)st.st_mtim.tv_sec,
				   st.st_mtim.tv_nsec, (unsigned long long)st.st_ino);
	}
	(void)snprintf(print, PRINT_CHARS + 1, "%016" PRIx64, hash_bytes(text.data, text.bytes, 0));
	buf_release(&text);
	return code;
}

/* What the look before left, if that was of these files and of this boot. */
static bool
same_as_before(const struct spec *spec, struct rest *now)
{
	const char *seen = spec->seen ? spec->seen : "";
	int64_t since_us;
	json_t *before;
	bool same;

	if (!*seen || json_read(&before, seen, strlen(seen), "what the last look saw", NULL))
		return false;
	since_us = json_get_int(before, "since_us", INT64_MAX);
	same = !strcmp(json_get_text(before, "files", ""), now->print) &&
	       !strcmp(json_get_text(before, "boot", ""), now->boot) && since_us <= now->since_us;
	if (same)
		now->since_us = since_us;
	json_decref(before);
	return same;
}

enum err_code
rest_await(struct op_ctx *ctx, const struct landing *files, int64_t rest_us, struct err *err)
{
	struct rest rest = { .since_us = clock_boot_us() };
	int64_t now_us = rest.since_us;
	char span[SPAN_ROOM] = "two looks";
	bool same;

	if (take_print(files, rest.print, err))
		return ERR_SYSTEM; /* one went while it was looked at */
	boot_id(rest.boot);
	same = same_as_before(ctx->spec, &rest);
	if (same && now_us - rest.since_us >= rest_us)
		return ERR_NONE;
	ctx->seen = json_pack("{s:s, s:s, s:I}", "files", rest.print, "boot", rest.boot, "since_us",
			      (json_int_t)rest.since_us);
	if (rest_us) {
		duration_format(rest_us, span, sizeof(span));
		ctx->again_us = rest_us - (now_us - rest.since_us);
	}
	(void)err_set(err, ERR_NOT_FOUND, "%zu file%s there, which ha%s to stay as %s for %s",
		      files->count, files->count == 1 ? " is" : "s are",
		      files->count == 1 ? "s" : "ve", files->count == 1 ? "it is" : "they are",
		      span);
	return op_not_yet(ctx);
}
