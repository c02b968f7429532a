/*
 * connection.h - a connection as Airflow spells it in a variable of the environment.  Pure.
 *
 *   postgres://login:password@host:5432/schema?sslmode=require
 *   {"conn_type": "postgres", "host": "...", "extra": {"sslmode": "require"}}
 */
#ifndef CORE_TEXT_CONNECTION_H
#define CORE_TEXT_CONNECTION_H

#include "core/base/json.h"
#include "core/base/mem.h"

/* Texts are in the arena, and NULL where nothing was said. */
struct conn_parts {
	const char *type, *host, *port, *login, *password, *schema;
	json_t *extra; /* an object, to be released; NULL: nothing was said */
};

/* Read one; false: it is neither a URI nor such JSON.  *out needs json_decref(extra). */
bool connection_read(struct arena *arena, const char *text, struct conn_parts *out);

/* Is it a name under which people keep secrets?  As Airflow has it. */
bool connection_is_secret(const char *name);

#endif
