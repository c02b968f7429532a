/*
 * ykeys.h - a YAML map into a struct, by a table of its keys.
 *
 * A row says what a key is called, what its value has to be and where it goes;
 * unknown keys (with the nearest known one), missing ones and wrong values are
 * reported, each once, and reading goes on.  A misspelt key is read as the one
 * that it nearly is: one slip is one message.  Rows are read in table order, not
 * in file order, so that a row may rely on those above it.
 */
#ifndef CORE_TEXT_YKEYS_H
#define CORE_TEXT_YKEYS_H

#include "core/text/constant.h"
#include "core/text/ytree.h"

struct param;

/* Who reads what; everything is borrowed. */
/* A name in a template whose value the run has to give (template.h). */
struct ymention {
	const struct ynode *value; /* the text that it stands in ... */
	size_t at, bytes;          /* ... and where */
	const char *key;           /* what messages call the text */
	size_t owner;              /* for whoever looks at them when all of the file is read */
};

struct yreader {
	struct source source;
	struct diags *diags;
	struct arena *arena;        /* what is kept is copied in here */
	struct arena *scratch;      /* what dies with the reading; NULL if no table needs one */
	const struct param *params; /* what templates may name */
	size_t n_params;
	bool run_ends;             /* what is read runs when a run has ended */
	struct ymention *mentions; /* of the texts that were read, in their order */
	size_t n_mentions, room_mentions;
	const struct constants *constants; /* what else templates may name; NULL: nothing */
	const struct constant **named;     /* those that were, perhaps twice */
	size_t n_named, room_named;
	void *owner;   /* for `read` functions: the file, as its reader knows it */
	void *subject; /* for `read` functions: the part of it whose keys are read */
};

enum want {
	WANT_TEXT,      /* const char *: any scalar */
	WANT_NAME,      /* const char *: letters, digits, '_', '-', '.' */
	WANT_TEMPLATE,  /* template_text: a scalar that may hold {{ template }} parts */
	WANT_INT,       /* int, from min to max */
	WANT_INT64,     /* int64_t, from min to max */
	WANT_NUMBER,    /* double, from min to max */
	WANT_SHARE,     /* struct share: 20% or 0.2 */
	WANT_CHANCE,    /* double: a share by which something is left to chance */
	WANT_BOOL,      /* bool: true or false */
	WANT_DURATION,  /* int64_t microseconds, from min to max (also microseconds) */
	WANT_BYTES,     /* int64_t: 512MiB; from min to max */
	WANT_WORD,      /* int or enum: the index of the value in `words` */
	WANT_FLAG,      /* bool: is it the second of two `words`? */
	WANT_TEXTS,     /* const char *const * and, at count_at, size_t: one text or a list */
	WANT_CUSTOM,    /* `read` does it */
	WANT_ELSEWHERE, /* known, but read by somebody else */
};

struct key {
	const char *name;
	enum want want;
	bool required;
	size_t at;       /* offset of the field */
	size_t count_at; /* WANT_TEXTS: offset of the count */
	size_t given_at; /* offset of a bool that says whether the key was there; 0: nobody asks */
	double min, max;
	const char *const *words; /* ends with NULL */
	/* WANT_CUSTOM: read the value at `key`, which is there, into the struct at `base`. */
	void (*read)(struct yreader *r, const struct key *row, const struct ynode *key, void *base);
};

#define KEY_ELSEWHERE(word)                            \
	{                                              \
		.name = (word), .want = WANT_ELSEWHERE \
	}

/* A table and the struct that its offsets are meant for. */
struct keyset {
	const struct key *rows;
	size_t n_rows;
	void *base;
};

#define KEYSET(table, struct_base)                     \
	{                                              \
		(table), countof(table), (struct_base) \
	}

/*
 * Read `map`, whose owner messages call `what` ("task 'load'"), by up to n sets
 * of rows.  `owner` is the node to blame when a key is missing.  False: it is
 * not a map (reported).
 */
bool ykeys_read(struct yreader *r, const struct ynode *owner, const struct ynode *map,
		const char *what, const struct keyset *sets, size_t n);

/*
 * The key of a map that is called `name`, else one that is nearly so or so by
 * habit, which ykeys_read() reports; NULL: none.
 */
const struct ynode *ykeys_find(const struct ynode *map, const char *name);

enum { YKEYS_FOUND_CHARS = 48 };

/* What stands there, for "not ...": a text in quotes, perhaps its beginning, or "a list"; gives
 * room. */
const char *ykeys_found(const struct ynode *node, char room[YKEYS_FOUND_CHARS]);

/* Is it a map?  Else it is reported; `what` says what has to be one. */
bool ykeys_is_map(struct yreader *r, const struct ynode *node, const char *what);

/* Report a mistake of a kind at a node; help may be NULL. */
void ykeys_say(struct yreader *r, const struct ynode *at, enum code code, const char *help,
	       const char *fmt, ...) PRINTF_LIKE(5, 6);

/*
 * The value of one key as text; NULL when it is no scalar or null (reported).
 * Borrowed from the tree.
 */
const char *ykeys_scalar(struct yreader *r, const struct ynode *key);

/* A value as WANT_INT64 from min to max; false was reported.  `name` is for messages. */
bool ykeys_int(struct yreader *r, const struct ynode *value, const char *name, int64_t min,
	       int64_t max, int64_t *out);

/* A value as WANT_NUMBER from min to max; false was reported.  `name` is for messages. */
bool ykeys_number(struct yreader *r, const struct ynode *value, const char *name, double min,
		  double max, double *out);

/* The index of the value at a key in `words`, which end with NULL; false was reported. */
bool ykeys_word(struct yreader *r, const struct ynode *key, const char *const *words, int *out);

/* Is the text of a node a name as WANT_NAME has it?  Else it is reported; `what` it would name. */
bool ykeys_is_name(struct yreader *r, const struct ynode *node, const char *what);

/* The values at a key as WANT_TEXTS, in the reader's arena; false was reported. */
bool ykeys_texts(struct yreader *r, const struct ynode *key, const char *const **out,
		 size_t *count);

/*
 * The place in the file of `bytes` bytes of a value, at byte `at` of it, whether
 * it is folded, indented or quoted; the whole value where escapes hide it.
 */
struct place ykeys_part(const struct source *source, const struct ynode *value, size_t at,
			size_t bytes);

/*
 * Check a template text at `value`, which messages call `name`, against the
 * reader's params: a copy in the reader's arena, in which constants have given way to
 * their values, or NULL (reported).
 */
const char *ykeys_template(struct yreader *r, const struct ynode *value, const char *name);

/*
 * The reference, as in struct constant, if the text at `value` names a secret and says
 * nothing else; NULL: it does not.
 */
const char *ykeys_secret(struct yreader *r, const struct ynode *value);

/* The first half of that; false was reported. */
bool ykeys_check_template(struct yreader *r, const struct ynode *value, const char *name);

/* And the second, of a text that is right; `shell`: it is a line of one. */
const char *ykeys_settle(struct yreader *r, const struct ynode *value, const char *name,
			 bool shell);

/*
 * Help for a value that is none of n words: what a habit means (habit.h), else "did you
 * mean 'x'?" for the nearest, in the reader's arena; NULL: none is near.
 */
const char *ykeys_nearest(struct yreader *r, const char *word, const char *const *words, size_t n);

/* What was read names a constant: it is a part of the definition. */
void ykeys_name_constant(struct yreader *r, const struct constant *constant);

#endif
