/* test_dag.c - names and the topological sort. */
#include "core/model/dag.h"
#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
severities_have_their_names(void **state)
{
	(void)state;
	assert_string_equal("warn", severity_name(SEVERITY_WARN));
}

enum { NODES_MAX = 12 };

/* A graph by its edges, "ab" for a -> b. */
struct graph {
	uint32_t up[NODES_MAX][NODES_MAX];
	const uint32_t *ups[NODES_MAX];
	size_t n_up[NODES_MAX];
};

static void
add_edge(struct graph *g, uint32_t from, uint32_t to)
{
	g->up[to][g->n_up[to]++] = from;
}

static void
graph_init(struct graph *g)
{
	memset(g, 0, sizeof(*g));
	for (size_t i = 0; i < NODES_MAX; i++)
		g->ups[i] = g->up[i];
}

static void
tasks_are_ordered_or_a_cycle_is_named(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		const char *edges;
		const char *want; /* the order, or with '!' the cycle */
	} cases[] = {
		{ "nothing", 0, "", "" },
		{ "one", 1, "", "a" },
		{ "no edges: by index", 4, "", "abcd" },
		{ "a chain backwards", 3, "cb ba", "cba" },
		{ "a diamond", 4, "ab ac bd cd", "abcd" },
		{ "ties by index", 4, "da", "bcda" },
		{ "a late release comes at its index", 5, "ea bc", "bcdea" },
		{ "double edges", 2, "ba ba", "ba" },
		{ "a pair", 2, "ab ba", "!ab" },
		{ "a loop", 2, "bb", "!b" },
		{ "a ring, named from its smallest", 5, "de eb bd ac", "!bde" },
		{ "behind a ring", 4, "ab ba bc cd", "!ab" },
		{ "before a ring", 4, "ab bc cb da", "!bc" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		uint32_t order[NODES_MAX], cycle[NODES_MAX];
		char got[NODES_MAX + 2] = "";
		struct graph g;
		size_t n_cycle = 0, at = 0;
		bool sorted;

		graph_init(&g);
		for (const char *e = cases[i].edges; *e; e += e[2] ? 3 : 2)
			add_edge(&g, (uint32_t)(e[0] - 'a'), (uint32_t)(e[1] - 'a'));
		sorted = dag_sort(cases[i].n, g.ups, g.n_up, order, cycle, &n_cycle);
		if (!sorted)
			got[at++] = '!';
		for (size_t k = 0; k < (sorted ? cases[i].n : n_cycle); k++)
			got[at++] = (char)('a' + (sorted ? order : cycle)[k]);
		if (strcmp(cases[i].want, got) != 0)
			fail_msg("%s: %s", cases[i].name, got);
	}
}

static bool
has_edge(const struct graph *g, uint32_t from, uint32_t to)
{
	for (size_t k = 0; k < g->n_up[to]; k++) {
		if (g->up[to][k] == from)
			return true;
	}
	return false;
}

/* Random graphs: an order respects every edge, a cycle consists of edges. */
static void
random_graphs_are_ordered_or_have_a_real_cycle(void **state)
{
	uint64_t seed = 7;
	int cycles = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		uint32_t order[NODES_MAX], cycle[NODES_MAX], place[NODES_MAX] = { 0 };
		size_t n = 1 + random_next(&seed) % NODES_MAX, edges = random_next(&seed) % 11;
		size_t n_cycle = 0;
		struct graph g;

		graph_init(&g);
		for (size_t e = 0; e < edges; e++)
			add_edge(&g, (uint32_t)(random_next(&seed) % n),
				 (uint32_t)(random_next(&seed) % n));
		if (!dag_sort(n, g.ups, g.n_up, order, cycle, &n_cycle)) {
			cycles++;
			assert_true(n_cycle >= 1 && n_cycle <= n);
			for (size_t k = 0; k < n_cycle; k++)
				assert_true(has_edge(&g, cycle[k], cycle[(k + 1) % n_cycle]));
			continue;
		}
		for (uint32_t k = 0; k < n; k++)
			place[order[k]] = k;
		for (size_t to = 0; to < n; to++) {
			for (size_t k = 0; k < g.n_up[to]; k++)
				assert_true(place[g.up[to][k]] < place[to]);
		}
	}
	assert_true(cycles > 500 && cycles < 2900);
}

/* As large as a DAG file may be: one chain of every task, backwards. */
static void
the_largest_chain_and_ring_need_no_recursion(void **state)
{
	enum { N = DAG_TASKS_MAX };
	uint32_t *after = mem_new(N, sizeof(*after)), *order = mem_new(N, sizeof(*order));
	uint32_t *cycle = mem_new(N, sizeof(*cycle));
	const uint32_t **up = mem_new(N, sizeof(*up));
	size_t *n_up = mem_new(N, sizeof(*n_up)), n_cycle = 0;

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		after[i] = (i + 1) % N;
		up[i] = &after[i];
		n_up[i] = i + 1 < N;
	}
	assert_true(dag_sort(N, up, n_up, order, cycle, &n_cycle));
	assert_int_equal(N - 1, order[0]);
	assert_int_equal(0, order[N - 1]);
	n_up[N - 1] = 1;
	assert_false(dag_sort(N, up, n_up, order, cycle, &n_cycle));
	assert_int_equal(N, n_cycle);
	assert_int_equal(0, cycle[0]);
	free(n_up);
	free(up);
	free(cycle);
	free(order);
	free(after);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(severities_have_their_names),
		cmocka_unit_test(tasks_are_ordered_or_a_cycle_is_named),
		cmocka_unit_test(random_graphs_are_ordered_or_have_a_real_cycle),
		cmocka_unit_test(the_largest_chain_and_ring_need_no_recursion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
