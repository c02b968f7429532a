/*
 * connections.h - what `connections:` of tidemill.yaml and the environment say.
 *
 *   connections: {db: {type: postgres, host: db.example.org, port: 5432, login: app,
 *                      password: {from_env: DB_PASSWORD}, schema: sales, extra: {sslmode:
 * require}}} TIDEMILL_CONN_DB=postgres://...   in place of all of it (core/text/connection.h)
 *
 * Each part is a constant: conn.db.host; the password is a reference to a secret.
 */
#ifndef CORE_PROJECT_CONNECTIONS_H
#define CORE_PROJECT_CONNECTIONS_H

#include "core/project/variables.h"

/* Add what `connections:` says; what is wrong is reported and left out. */
void connections_read(struct yreader *r, const struct ynode *key, struct variables *out);

/* Let TIDEMILL_CONN_NAME of the environment (environ(7)) speak; mistakes go to diags. */
void connections_override(struct variables *v, char *const *environment, struct diags *diags);

#endif
