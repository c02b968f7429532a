/*
 * ytree.h - YAML text to a tree of nodes that know where they stood.
 *
 * Only what a configuration file needs: one document of maps, lists and
 * scalars.  Aliases, anchors, tags, merge keys, several documents, text that is
 * not UTF-8 and a key given twice are mistakes.  The tree lives in an arena of
 * the caller and copies everything it needs of the text.
 *
 *   map   -> first is a key; its value is ->value; the next key is ->next
 *   list  -> first is an item; the next item is ->next
 */
#ifndef CORE_TEXT_YTREE_H
#define CORE_TEXT_YTREE_H

#include "core/text/diag.h"
#include "core/base/library.h"
#include "core/base/mem.h"

/* Bounds on a text; one past them is a mistake. */
enum {
	YTREE_BYTES_MAX = 64 << 20,
	YTREE_DEPTH_MAX = 32,
	YTREE_NODES_MAX = 3000000,
	YTREE_SCALAR_BYTES_MAX = 64 << 10,
};

enum ynode_kind { YNODE_SCALAR, YNODE_LIST, YNODE_MAP };

struct ynode {
	enum ynode_kind kind;
	bool plain;                   /* a scalar without quotes and not a block: may be a number, a
					 truth value or null */
	bool broken;                  /* reported already: readers pass it in silence */
	uint32_t line, column, width; /* from 1, in code points; width is at least 1 */
	const char *text;             /* a scalar's value; has no NUL inside */
	size_t bytes;                 /* of text */
	struct ynode *value;          /* of a key */
	struct ynode *first, *last;   /* children */
	struct ynode *next;           /* the next child of the same parent */
	size_t count;                 /* of children */
	const struct ynode *origin;   /* it stands for this one of another file; or NULL */
};

/* The text that is read, as messages name it. */
struct source {
	const char *name, *text;
	size_t bytes;
	const char *origin; /* the file of nodes that others stand for; NULL: nobody is told */
};

/*
 * Read a text.  Every mistake that the grammar allows to pass is reported and
 * read on; a syntax error is reported alone.  NULL when there is no tree: a
 * syntax error or a bound passed.  An empty text is null, in line 0.
 */
struct ynode *ytree_read(struct arena *arena, const struct source *source,
			 struct diags *diags) MUST_CHECK;

/* Make a node the last child of a map (a key) or of a list. */
void ynode_append(struct ynode *parent, struct ynode *child);

/* The value of a key; NULL where there is none, and of what should be a map and is not. */
struct ynode *ynode_get(const struct ynode *node, const char *key);

/* Null as YAML 1.2 has it: nothing, ~, null, Null or NULL without quotes. */
bool ynode_is_null(const struct ynode *node);

/* Where a node stands, for diags_say(). */
struct place ynode_place(const struct source *source, const struct ynode *node);

/* Add libyaml to the list. */
void ytree_library(struct library_list *list);

#endif
