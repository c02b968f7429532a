/* dyn.c - a library that only some of the work needs, mapped when that work begins. */
#include "core/base/dyn.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>

enum { SYMBOLS_MAX = 64 };

static enum err_code
missing(const struct dyn *dyn, struct err *err)
{
	const char *why = dlerror();

	return err_set(err, ERR_SYSTEM, "load library %s: %s; install the Debian package %s",
		       dyn->library, why ? why : "no reason is given", dyn->package);
}

enum err_code
dyn_load(const struct dyn *dyn, void *functions, struct err *err)
{
	void *found[SYMBOLS_MAX];
	enum err_code code = ERR_NONE;
	/* It is never unmapped, so nobody has to keep the handle. */
	void *handle = dlopen(dyn->library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	assert(dyn->n_symbols <= SYMBOLS_MAX);
	if (!handle)
		return missing(dyn, err);
	for (size_t i = 0; i < dyn->n_symbols && !code; i++) {
		found[i] = dlsym(handle, dyn->symbols[i].name);
		if (!found[i])
			code = missing(dyn, err);
	}
	for (size_t i = 0; i < dyn->n_symbols && !code; i++)
		memcpy((char *)functions + dyn->symbols[i].at, &found[i], sizeof(found[i]));
	(void)dlclose(handle);
	return code;
}
