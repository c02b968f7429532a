/*
 * json.h - the one place that includes Jansson, and the few readers we add.
 *
 * Values follow Jansson's rules: json_t is counted, "steal" functions are
 * those named *_new.  Output is compact with keys in insertion order, so the
 * same value gives the same bytes.
 */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include "core/base/buf.h"

#include <jansson.h>

/*
 * Parse exactly one value from `bytes` bytes: duplicate keys are refused,
 * nothing may follow.  `what` names the source in the message.
 */
enum err_code json_read(json_t **out, const char *data, size_t bytes, const char *what,
			struct err *err) MUST_CHECK;

/*
 * Append the text of an object without what stands in those of its own members that `names` names,
 * the last of which is NULL: of an object or a list the brackets stay alone.  For json_read(), to
 * which the rest is spared: in what is left out only brackets and strings were looked at.  A text
 * that is no object is appended as it is.
 */
void json_without(const char *data, size_t bytes, const char *const *names, struct buf *out);

/*
 * First thing in main(): where Jansson finds no memory the process ends as mem_new() does, and
 * right text is not called wrong.
 */
void json_memory(void);

/*
 * Do now what Jansson and the dynamic linker do at first use, so that the
 * children of this process need not each do it again.
 */
void json_warm(void);

/* Append the value in its compact form. */
void json_write(const json_t *value, struct buf *out);

/* Its compact form, for free(). */
char *json_compact(const json_t *value) MUST_CHECK;

/* A string member, borrowed; `otherwise` when it is absent or of another type. */
const char *json_get_text(const json_t *object, const char *key, const char *otherwise);

/* A whole number; `otherwise` when it is absent or of another type. */
int64_t json_get_int(const json_t *object, const char *key, int64_t otherwise);

/* A truth value; `otherwise` when it is absent or of another type. */
bool json_get_bool(const json_t *object, const char *key, bool otherwise);

/* A string value; NULL gives null.  Jansson takes valid UTF-8 only: what is not becomes U+FFFD. */
json_t *json_text_new(const char *text) MUST_CHECK;

/* The same of `bytes` bytes, among which a NUL is a character as others are. */
json_t *json_bytes_new(const char *text, size_t bytes) MUST_CHECK;

#endif
