/*
 * artifact.h - files that a task leaves with its attempt, for people: bounds of them.  Pure.
 *
 * A program leaves them in the directory that $TIDEMILL_ARTIFACTS names; what `artifacts:` of its
 * task names stays there, what is too much goes.  The record of the attempt lists them:
 *   [{"name":"report.html","bytes":1234}, {"name":"core","bytes":5,"dropped":"larger than 4 B"}]
 * A file is there for nobody unless it is listed without `dropped`.
 */
#ifndef CORE_MODEL_ARTIFACT_H
#define CORE_MODEL_ARTIFACT_H

#include "core/base/base.h"

enum {
	ARTIFACT_GLOBS_MAX = 20,
	ARTIFACT_NAME_BYTES_MAX = 200,
	ARTIFACTS_MAX = 400,            /* of an attempt, whatever a project allows */
	ARTIFACTS_TEXT_MAX = 256 << 10, /* the list as JSON */
};

/* What a project allows of one attempt. */
struct artifact_limits {
	int count;
	int64_t bytes_each, bytes_all;
};

/* What it allows that says nothing. */
#define ARTIFACT_LIMITS_DEFAULT ((struct artifact_limits){ 100, 16 << 20, 64 << 20 })

#endif
