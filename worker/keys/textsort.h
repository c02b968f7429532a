/*
 * textsort.h - texts of a dictionary in order of their bytes.
 */
#ifndef WORKER_KEYS_TEXTSORT_H
#define WORKER_KEYS_TEXTSORT_H

#include "worker/rows/dict.h"

/*
 * As dict_sort(), for many texts: eight bytes at a time are compared as a number, so that texts
 * are looked up once per eight bytes instead of once per comparison.
 */
void textsort(const struct dict *d, uint32_t *order);

#endif
