/*
 * jkeys.h - a struct into a JSON object and back, by one table of its keys.
 *
 * A row says what a member is called, what its value has to be and where it
 * lies in the struct.  Members are written in table order, so the same struct
 * gives the same bytes.  Reading stops at the first member that is not as its
 * row says; members that no row names are passed over.
 */
#ifndef CORE_BASE_JKEYS_H
#define CORE_BASE_JKEYS_H

#include "core/base/json.h"
#include "core/base/mem.h"

enum jtype {
	JKEY_TEXT,     /* char *: a string; NULL is written as "" */
	JKEY_OPTIONAL, /* char *: a string, or null for NULL */
	JKEY_HEX,      /* char[max + 1]: `max` lower-case hexadecimal digits */
	JKEY_INT,      /* int, from min to max */
	JKEY_INT64,    /* int64_t, from min to max */
	JKEY_BOOL,     /* bool */
	JKEY_WORD,     /* an enum, by its names */
	JKEY_ALWAYS,   /* nothing in the struct: the number `min` */
	JKEY_MAP,      /* json_t *, counted: any object, kept as it is; NULL is written as {} */
	JKEY_ITEMS,    /* json_t *, counted: any list of at most `max`; NULL is written as [] */
	JKEY_OBJECT,   /* an object: the rows of `table`, with `at` as their base */
	JKEY_LIST,     /* pointer and, at count_at, size_t: objects by the rows of `table` */
	JKEY_CUSTOM,   /* put() and take() do it */
};

struct jkey;
struct jreader;

/* The rows of one struct. */
struct jtable {
	const struct jkey *rows;
	size_t n_rows;
	size_t item_bytes; /* JKEY_LIST: of the struct */
	size_t items_max;  /* JKEY_LIST: more are ERR_LIMIT */
	/* JKEY_LIST: what rows cannot say of one item that was read; may be NULL. */
	void (*check)(struct jreader *r, const void *item);
};

struct jkey {
	const char *name;
	enum jtype type;
	bool sparse; /* zero, NULL, "" or false: not written; may be absent */
	/* JKEY_HEX: may be "", in the struct and in JSON.  JKEY_INT64: may be -1, which is not
	 * written, and which an absent member becomes. */
	bool or_none;
	size_t at; /* offset of the field */
	size_t count_at;
	int64_t min, max;   /* numbers: the range; texts: max bytes, 0: any */
	const char *prefix; /* JKEY_HEX: stands before the digits in JSON; NULL: nothing */
	const char *wanted; /* what it has to be, for messages; NULL: as the type says */
	const struct jtable *table;

	/* JKEY_TEXT: is this text what is `wanted`?  NULL: any text is. */
	bool (*good)(const char *text);
	/* JKEY_WORD: the name of a value. */
	const char *(*word)(int value);
	/* JKEY_WORD: the value of a name, or -1. */
	int (*value)(const char *word);
	/* JKEY_CUSTOM: the member's value, new; NULL: it is not written. */
	json_t *(*put)(const void *base);
	/* JKEY_CUSTOM: take the member (NULL: absent), or jkeys_refuse() it. */
	void (*take)(struct jreader *r, const struct jkey *row, const json_t *value, void *base);
};

#define JTABLE(row_array, item_struct, most)                           \
	{                                                              \
		.rows = (row_array), .n_rows = countof(row_array),     \
		.item_bytes = sizeof(item_struct), .items_max = (most) \
	}

/* A reading; begins as { .arena = ..., .err = ... }. */
struct jreader {
	struct arena *arena; /* texts and lists go here; NULL: each is for free() */
	struct err *err;     /* of the first mistake; may be NULL */
	enum err_code code;  /* of the first mistake; what comes after it is passed over */
	char in[96];         /* what is read now, before a member's name: "files[3]." */
};

/*
 * Read the members of `object` into `base`, which is zeroed where nothing is
 * read.  A mistake is r->code and "'files[3].rows' has to be a whole number from
 * 0"; the caller wraps it with what was read.  What was allocated so far is the
 * caller's also then.
 */
void jkeys_read(struct jreader *r, const json_t *object, const struct jtable *table, void *base);

/* Append the members of `base` to `object`. */
void jkeys_write(json_t *object, const struct jtable *table, const void *base);

/* Report that a member is not what it has to be, unless a mistake was reported before. */
void jkeys_refuse(struct jreader *r, const char *name, const char *wanted);

#endif
