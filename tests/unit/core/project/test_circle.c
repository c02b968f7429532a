/* test_circle.c - dags that wait for each other are refused, and those that only read each other
 * are not. */
#include "tests/fixture/project.h"

#define DATASET(name) name ": {path: " name ", format: csv, columns: {n: int64}}"
#define DAG(id, wake, declared, tasks)                                                \
	"dag: " id "\nschedule: {partition: day" wake "}\ndatasets: {" declared "}\n" \
	"tasks:\n" tasks
#define COMMAND(id, more) "  " id ": {operator: command, run: [x]" more "}\n"
#define RUN(id, dag, more) "  " id ": {operator: dag, dag: " dag more "}\n"

/* One task that reads one dataset and writes another; one that writes what wakes others. */
#define READER(id, in, out) \
	DAG(id, "", DATASET(out), COMMAND("t", ", inputs: [" in "], output: " out))
#define WOKEN(id, by, out) \
	DAG(id, ", datasets: [" by "]", DATASET(out), COMMAND("t", ", output: " out))
#define CHECKED(out) ", checks: [not_null: {columns: n, on_fail: quarantine}], output: " out

enum { FILES_MAX = 4, SAID_MAX = 3 };

struct circle_case {
	const char *what;
	const char *files[FILES_MAX]; /* dags/a.yaml and so on */
	const char *good;             /* the ids of those that can run */
	const char *said[SAID_MAX];
};

static const struct circle_case cases[] = {
	{ "two that read each other",
	  { READER("a", "y", "x"), READER("b", "x", "y") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: a.t -> b.t -> a.t" } },
	{ "three, one behind them, and two beside them",
	  { READER("a", "z", "x"), READER("b", "x", "y"), READER("c", "y", "z"),
	    READER("d", "y", "w") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: a.t -> b.t -> c.t -> a.t",
	    "dags/d.yaml:5: task 't' reads 'y' of dag 'b', which has mistakes" } },
	{ "through tasks that need each other",
	  { DAG("a", "", DATASET("x"),
		COMMAND("r", ", inputs: [y]") COMMAND("m", ", needs: [r]")
		    COMMAND("w", ", needs: [m], output: x")),
	    READER("b", "x", "y") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: "
	    "a.r -> a.m -> a.w -> b.t -> a.r" } },
	{ "back and forth without a circle",
	  { DAG("a", "", DATASET("x"),
		COMMAND("w", ", output: x") COMMAND("r", ", needs: [w], inputs: [y]")),
	    READER("b", "x", "y") },
	  "a b",
	  { NULL } },
	{ "through a quarantine",
	  { DAG("a", "", DATASET("x"), COMMAND("t", ", inputs: [y]" CHECKED("x"))),
	    READER("b", "x_quarantine", "y") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: a.t -> b.t -> a.t" } },
	{ "through the second of several outputs",
	  { DAG("a", "", DATASET("x") ", " DATASET("z"),
		COMMAND("t", ", inputs: [y], output: [x, z]")),
	    READER("b", "z", "y") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: a.t -> b.t -> a.t" } },
	{ "through the quarantine of the second of several outputs",
	  { DAG("a", "", DATASET("x") ", " DATASET("z"),
		COMMAND("t", ", inputs: [y], output: [x, z], checks: [not_null: "
			     "{columns: n, output: z, on_fail: quarantine}]")),
	    READER("b", "z_quarantine", "y") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: a.t -> b.t -> a.t" } },
	{ "two that wake each other",
	  { WOKEN("a", "y", "x"), WOKEN("b", "x", "y") },
	  "",
	  { "dags/a.yaml:2: the dags wake each other with their datasets: a.t -> b.t -> a.t" } },
	{ "one that is woken, and two that read",
	  { READER("a", "z", "x"), READER("b", "x", "y"), WOKEN("c", "y", "z") },
	  "",
	  { "dags/c.yaml:2: the dags wake each other with their datasets: "
	    "a.t -> b.t -> c.t -> a.t" } },
	{ "one that any of two wakes",
	  { WOKEN("a", "w, y", "x"), READER("b", "x", "y"),
	    DAG("c", "", DATASET("w"), COMMAND("t", ", output: w")) },
	  "c",
	  { "dags/a.yaml:2: the dags wake each other with their datasets: a.t -> b.t -> a.t" } },
	{ "woken by a quarantine",
	  { DAG("a", ", datasets: [y]", DATASET("x"), COMMAND("t", CHECKED("x"))),
	    WOKEN("b", "x_quarantine", "y") },
	  "",
	  { "dags/a.yaml:2: the dags wake each other with their datasets: a.t -> b.t -> a.t" } },
	{ "woken by what another task of the dag needs",
	  { DAG("a", "", DATASET("x"), COMMAND("w", ", output: x") COMMAND("r", ", inputs: [y]")),
	    WOKEN("b", "x", "y") },
	  "a b",
	  { NULL } },
	{ "two that run each other",
	  { DAG("a", "", "", RUN("c", "b", "")), DAG("b", "", "", RUN("d", "a", "")) },
	  "",
	  { "dags/a.yaml:5: dags run each other, or wait for each other: "
	    "a.c -> a -> b.d -> b -> a.c" } },
	{ "one that runs itself",
	  { DAG("a", "", "", RUN("c", "a", "")) },
	  "",
	  { "dags/a.yaml:5: dags run each other, or wait for each other: a.c -> a -> a.c" } },
	{ "three that run each other, and one that runs one of them",
	  { DAG("a", "", "", RUN("t", "b", "")), DAG("b", "", "", RUN("t", "c", "")),
	    DAG("c", "", "", RUN("t", "a", "")), DAG("d", "", "", RUN("t", "a", "")) },
	  "",
	  { "dags/a.yaml:5: dags run each other, or wait for each other: "
	    "a.t -> a -> c.t -> c -> b.t -> b -> a.t",
	    "dags/d.yaml:5: task 't' runs dag 'a', which has mistakes" } },
	{ "a child that reads what its parent writes behind it",
	  { DAG("a", "", DATASET("x"), RUN("c", "b", "") COMMAND("t", ", needs: [c], output: x")),
	    READER("b", "x", "y") },
	  "",
	  { "dags/a.yaml:5: dags run each other, or wait for each other: "
	    "a.c -> a.t -> b.t -> b -> a.c" } },
	{ "a child that reads what its parent writes before it, and is read behind it",
	  { DAG("a", "", DATASET("x"),
		COMMAND("t", ", output: x") RUN("c", "b", ", needs: [t]")
		    COMMAND("r", ", needs: [c], inputs: [y]")),
	    READER("b", "x", "y") },
	  "a b",
	  { NULL } },
	{ "a child that reads the quarantine of what its parent writes behind it",
	  { DAG("a", "", DATASET("x"), RUN("c", "b", "") COMMAND("t", ", needs: [c]" CHECKED("x"))),
	    READER("b", "x_quarantine", "y") },
	  "",
	  { "dags/a.yaml:5: dags run each other, or wait for each other: "
	    "a.c -> a.t -> b.t -> b -> a.c" } },
	{ "a child that waits for a third which waits for the parent",
	  { DAG("a", "", DATASET("x"), RUN("c", "b", "") COMMAND("t", ", needs: [c], output: x")),
	    READER("b", "y", "z"), WOKEN("c", "x", "y") },
	  "",
	  { "dags/a.yaml:5: dags run each other, or wait for each other: "
	    "a.c -> a.t -> c.t -> b.t -> b -> a.c" } },
	{ "two circles, each told",
	  { READER("a", "y", "x"), READER("b", "x", "y"), WOKEN("c", "w", "z"),
	    WOKEN("d", "z", "w") },
	  "",
	  { "dags/a.yaml:5: the dags wait for each other's datasets: a.t -> b.t -> a.t",
	    "dags/c.yaml:2: the dags wake each other with their datasets: "
	    "c.t -> d.t -> c.t" } },
	{ "one of two has another mistake",
	  { READER("a", "y", "x"),
	    DAG("b", "", DATASET("y"), COMMAND("t", ", inputs: [x], pool: gone, output: y")) },
	  "",
	  { "dags/a.yaml:5: task 't' reads 'y' of dag 'b', which has mistakes",
	    "dags/b.yaml:5: task 't' is in pool 'gone', which there is not" } },
	{ "the file of one of two cannot be read",
	  { READER("a", "y", "x"), "dag: b\nnonsense: 1\n"
				   "tasks:\n" COMMAND("t", "") },
	  "",
	  { "dags/a.yaml:5: task 't' reads 'y', which no dag declares",
	    "dags/b.yaml:2: a DAG file has no key 'nonsense'" } },
};

static void
write_files(const struct project_fixture *f, const struct circle_case *c)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		char name[] = "dags/a.yaml", path[100];

		name[strlen("dags/")] = (char)('a' + i);
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
		if (c->files[i])
			project_put(f, name, c->files[i]);
		else
			(void)remove(path);
	}
}

static void
a_circle_is_told_with_all_that_is_in_it(void **state)
{
	struct project_fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		const struct circle_case *c = &cases[i];
		size_t n = 0;

		print_message("%s\n", c->what);
		while (n < SAID_MAX && c->said[n])
			n++;
		write_files(f, c);
		assert_load(f, c->good, c->said, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PROJECT(a_circle_is_told_with_all_that_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
