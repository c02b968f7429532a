/* fn.c - functions and operators as rows: a name, what it takes and gives, and what it does. */
#include "core/expr/fn.h"

static const struct expr_fns *const families[] = {
#define FAMILY(name) &expr_fns_##name,
#include "core/expr/functions.inc"
#undef FAMILY
};

const struct expr_fn *
expr_function(size_t i)
{
	for (size_t f = 0; f < countof(families); f++) {
		if (i < families[f]->n)
			return &families[f]->rows[i];
		i -= families[f]->n;
	}
	return NULL;
}
