/*
 * dyn.h - a library that only some of the work needs, mapped when that work begins.
 *
 * For libraries whose loading costs more than what every other command of the
 * program does (a C++ run time, TLS); the rest is linked as usual.  The file that
 * owns the library keeps its functions in a struct of pointers, whose types come
 * from the library's own header:
 *
 *	struct snappy { __typeof__(&snappy_uncompress) uncompress; };
 */
#ifndef CORE_BASE_DYN_H
#define CORE_BASE_DYN_H

#include "core/base/err.h"

/* A function of the library, and where its pointer stands in the owner's struct. */
struct dyn_symbol {
	const char *name;
	size_t at;
};

/* One library. */
struct dyn {
	const char *library; /* as the loader looks for it: "libsnappy.so.1" */
	const char *package; /* the Debian package that has it */
	const struct dyn_symbol *symbols;
	size_t n_symbols;
};

/*
 * Map the library, if it is not mapped yet, and fill in the pointers of
 * `functions`.  It stays mapped until the process ends, and a child that is
 * forked has it; a second call costs a microsecond or two.  ERR_SYSTEM names
 * the library, what the loader says and the package to install; the pointers
 * are then not touched.
 */
enum err_code dyn_load(const struct dyn *dyn, void *functions, struct err *err) MUST_CHECK;

#endif
