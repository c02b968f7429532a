/*
 * tree.h - a directory with all that is in it, removed.
 */
#ifndef CORE_STORAGE_TREE_H
#define CORE_STORAGE_TREE_H

#include "core/base/base.h"

/*
 * Remove what a path is, and all below it, without following a link or entering another mount.
 * What cannot be removed is left, all else goes; false: something was left.
 */
bool tree_remove(const char *path);

#endif
