/* approve.h - what operator approve asks a person. */
#ifndef CORE_OP_APPROVE_H
#define CORE_OP_APPROVE_H

#include "core/op/draft.h"

struct op_approve {
	template_text subject;
	const char *const *options;
	size_t n_options;
	const struct ynode *reject; /* key, or NULL; while it is read */
	bool skip;                  /* on_timeout: skip */
	bool skip_refused;          /* on_reject: skip */
};

#endif
