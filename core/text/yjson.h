/*
 * yjson.h - a tree of YAML as one line of JSON, which is read as the same tree.  Pure.
 */
#ifndef CORE_TEXT_YJSON_H
#define CORE_TEXT_YJSON_H

#include "core/text/ytree.h"

/* Append a text in quotes. */
void yjson_text(struct buf *out, const char *text);

/* Append a whole tree, which is at most YTREE_DEPTH_MAX deep. */
void yjson_tree(struct buf *out, const struct ynode *root);

#endif
