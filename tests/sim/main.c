/*
 * main.c - run scenarios with a crash at every boundary, and random histories.
 *
 *   sim                              everything
 *   sim scenarios                    a crash at every boundary of the written stories
 *   sim random [--seeds A..B]        random histories, on two processes
 *   sim seed N [--trace]             one of them again
 *   sim scenario N [--crash B] [--trace]
 *
 * Ends with 1 at the first violation, told with what it takes to see it again.
 */
#include "tests/sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 2, SAME_EVERY = 50, NOTES_SHOWN = 60, ENOUGH = 10000 };

/* What a worker tells its parent while it goes, in shared memory: an abort must leave a seed. */
struct board {
	char doing[100];
	uint64_t histories, crashes, commits, boundaries;
	uint64_t seen[SIGHT_COUNT];
};

/* What a history was. */
struct result {
	uint64_t boundaries, hash, end;
};

struct options {
	uint64_t first, last, crash;
	bool trace;
	const struct almanac *almanac;
};

/* ---- one history ---- */

static void
tell(const struct sim *s, const char *again)
{
	if (!s->trace)
		sim_dump(s, NOTES_SHOWN);
	fprintf(stderr, "\nVIOLATION of %s after %.3f s, commit %llu: %s\n", s->number,
		(double)s->mono_us / 1e6, (unsigned long long)s->commits, s->message);
	fprintf(stderr, "again: build/sim %s --trace      (%s)\n", again, s->story->name);
}

/* Run it; *result may be NULL.  False: a violation, and it was told. */
static bool
run(const struct story *story, const struct options *o, struct board *board, struct result *result)
{
	struct sim *s = mem_new(1, sizeof(*s));
	bool good = sim_run(s, story, o->crash, o->trace);

	if (!good)
		tell(s, board->doing);
	board->histories++;
	board->crashes += s->crashes;
	board->commits += s->commits;
	board->boundaries += s->boundaries;
	for (int i = 0; i < SIGHT_COUNT; i++)
		board->seen[i] += s->seen[i];
	if (result)
		*result = (struct result){ s->boundaries, s->hash, s->end };
	sim_release(s);
	free(s);
	return good;
}

static bool
run_seed(uint64_t seed, const struct options *o, struct board *board)
{
	struct story story;
	struct result first, again;

	history_story(seed, o->almanac, &story);
	snprintf(board->doing, sizeof(board->doing), "seed %llu", (unsigned long long)seed);
	if (!run(&story, o, board, &first))
		return false;
	if (seed % SAME_EVERY || o->trace)
		return true;
	if (!run(&story, o, board, &again))
		return false;
	if (first.hash == again.hash)
		return true;
	fprintf(stderr, "\nVIOLATION: seed %llu is not the same history twice\n",
		(unsigned long long)seed);
	return false;
}

static bool
run_scenario(int number, bool reboot, const struct almanac *almanac, struct board *board,
	     int worker)
{
	struct options o = { .almanac = almanac };
	struct story story;
	struct result whole, end;

	scenario_story(number, almanac, &story);
	snprintf(board->doing, sizeof(board->doing), "scenario %d", number);
	if (!run(&story, &o, board, &whole))
		return false;
	story.knobs.reboot_pm = reboot ? 1000 : 0;
	/* After each crash the recovery itself dies once, right after its commit. */
	story.knobs.again_pm = reboot ? 0 : 500;
	for (o.crash = 1 + (uint64_t)worker; o.crash <= whole.boundaries; o.crash += WORKERS) {
		snprintf(board->doing, sizeof(board->doing), "scenario %d --crash %llu%s", number,
			 (unsigned long long)o.crash, reboot ? " --reboot" : "");
		if (!run(&story, &o, board, &end))
			return false;
		if (story.same_end && end.end != whole.end) {
			fprintf(stderr, "\nVIOLATION of I33: %s ends in another way\n",
				board->doing);
			return false;
		}
	}
	return true;
}

/* ---- the trigger rules, all of them over all small multisets ---- */

static bool
same_rules(void)
{
	for (int rule = 0; rule < TRIGGER_RULE_COUNT; rule++) {
		for (uint32_t code = 0; code < 16384; code++) {
			struct tally t = { code & 3,      code >> 2 & 3, code >> 4 & 3,
					   code >> 6 & 3, code >> 8 & 3, code >> 10 & 3,
					   code >> 12 & 3 };
			struct upstreams plain = { .tasks = t }, made = { .setups = t };

			made.tasks.success = code % 2;
			made.tasks.pending = code % 3 == 0;
			if (rule_verdict((enum trigger_rule)rule, &made) ==
				oracle_rule((enum trigger_rule)rule, &made) &&
			    (!trigger_rule_is_chosen((enum trigger_rule)rule) ||
			     rule_verdict((enum trigger_rule)rule, &plain) ==
				 oracle_rule((enum trigger_rule)rule, &plain)))
				continue;
			fprintf(stderr,
				"VIOLATION of I07: rule %s judges tally %x in another way\n",
				trigger_rule_name((enum trigger_rule)rule), code);
			return false;
		}
	}
	return true;
}

/* ---- two workers ---- */

enum job { JOB_SCENARIOS, JOB_RANDOM };

static bool
work(enum job job, const struct options *o, struct board *board, int worker)
{
	if (job == JOB_RANDOM) {
		for (uint64_t seed = o->first + (uint64_t)worker; seed <= o->last;
		     seed += WORKERS) {
			if (!run_seed(seed, o, board))
				return false;
		}
		return true;
	}
	for (int i = 1; i <= SCENARIOS; i++) {
		if (!run_scenario(i, false, o->almanac, board, worker) ||
		    !run_scenario(i, true, o->almanac, board, worker))
			return false;
	}
	return true;
}

/* A child died: was it a violation that it told of, or an assertion? */
static bool
reap(struct board *boards, const pid_t *children)
{
	bool good = true;

	for (int left = WORKERS; left > 0; left--) {
		int status = 0, at = 0;
		pid_t pid = wait(&status);

		while (at < WORKERS - 1 && children[at] != pid)
			at++;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		if (good && WIFSIGNALED(status))
			fprintf(stderr, "\nVIOLATION: signal %d\nagain: build/sim %s --trace\n",
				WTERMSIG(status), boards[at].doing);
		for (int i = 0; i < WORKERS && good; i++) {
			if (children[i] != pid)
				(void)kill(children[i], SIGKILL);
		}
		good = false;
	}
	return good;
}

/* Print what was met; false: something never was, so the histories are too tame. */
static bool
show(enum job job, const struct board *boards, long long seconds)
{
#define X(id, text) [id] = text,
	static const char *const sights[] = { SIGHTS(X) };
#undef X
	struct board sum = { .histories = 0 };
	bool good = true;

	for (int i = 0; i < WORKERS; i++) {
		sum.histories += boards[i].histories;
		sum.crashes += boards[i].crashes;
		sum.commits += boards[i].commits;
		sum.boundaries += boards[i].boundaries;
		for (int k = 0; k < SIGHT_COUNT; k++)
			sum.seen[k] += boards[i].seen[k];
	}
	for (int k = 0; k < SIGHT_COUNT && job == JOB_RANDOM; k++) {
		printf("%12llu %s\n", (unsigned long long)sum.seen[k], sights[k]);
		good = good && (sum.seen[k] > 0 || sum.histories < ENOUGH);
	}
	printf("%s: %llu histories, %llu crashes at %llu boundaries, %llu commits, %lld s\n",
	       job == JOB_RANDOM ? "random" : "scenarios", (unsigned long long)sum.histories,
	       (unsigned long long)sum.crashes, (unsigned long long)sum.boundaries,
	       (unsigned long long)sum.commits, seconds);
	return good;
}

static bool
run_all(enum job job, const struct options *o)
{
	struct board *boards = mmap(NULL, sizeof(*boards) * WORKERS, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	time_t began = time(NULL);
	pid_t children[WORKERS];
	bool good;

	if (boards == MAP_FAILED)
		return false;
	fflush(NULL);
	for (int i = 0; i < WORKERS; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(work(job, o, &boards[i], i) ? 0 : 1);
	}
	good = reap(boards, children);
	if (good && !show(job, boards, (long long)(time(NULL) - began))) {
		fprintf(stderr, "the histories never met something of the list above\n");
		good = false;
	}
	(void)munmap(boards, sizeof(*boards) * WORKERS);
	return good;
}

/* ---- the command line ---- */

static int
one(const struct story *story, const struct options *o, const char *doing)
{
	struct board board = { .histories = 0 };

	snprintf(board.doing, sizeof(board.doing), "%s", doing);
	if (!run(story, o, &board, NULL))
		return 1;
	printf("%s: no violation, %llu crashes, %llu commits\n", doing,
	       (unsigned long long)board.crashes, (unsigned long long)board.commits);
	return 0;
}

static int
one_seed(uint64_t seed, const struct options *o)
{
	struct story story;
	char doing[40];

	history_story(seed, o->almanac, &story);
	snprintf(doing, sizeof(doing), "seed %llu", (unsigned long long)seed);
	return one(&story, o, doing);
}

static int
one_scenario(uint64_t number, const struct options *o, bool reboot)
{
	struct story story;
	char doing[80];

	if (number < 1 || number > SCENARIOS)
		return 2;
	scenario_story((int)number, o->almanac, &story);
	if (o->crash) {
		story.knobs.reboot_pm = reboot ? 1000 : 0;
		story.knobs.again_pm = reboot ? 0 : 500;
	}
	snprintf(doing, sizeof(doing), "scenario %d --crash %llu%s", (int)number,
		 (unsigned long long)o->crash, reboot ? " --reboot" : "");
	return one(&story, o, doing);
}

static int
usage(void)
{
	fprintf(stderr, "usage: sim [scenarios | random [--seeds A..B] | seed N | scenario N "
			"[--crash B] [--reboot]] [--trace]\n");
	return 2;
}

/* One of them, or all of a kind. */
static int
run_what(const char *what, uint64_t number, const struct options *o, bool reboot)
{
	bool good = true;

	if (strcmp(what, "seed") == 0)
		return one_seed(number, o);
	if (strcmp(what, "scenario") == 0)
		return one_scenario(number, o, reboot);
	if (strcmp(what, "all") != 0 && strcmp(what, "scenarios") != 0 &&
	    strcmp(what, "random") != 0)
		return usage();
	if (!same_rules())
		return 1;
	if (strcmp(what, "random") != 0)
		good = run_all(JOB_SCENARIOS, o);
	if (good && strcmp(what, "scenarios") != 0)
		good = run_all(JOB_RANDOM, o);
	printf("simulator: %s\n", good ? "no violation" : "VIOLATION");
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct options o = { .first = 1, .last = 10000 };
	const char *what = argc > 1 && argv[1][0] != '-' ? argv[1] : "all";
	struct almanac *almanac;
	uint64_t number = 0;
	bool reboot = false;
	int status;
	char *end;

	for (int i = what == argv[1] ? 2 : 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0) {
			o.trace = true;
		} else if (strcmp(argv[i], "--reboot") == 0) {
			reboot = true;
		} else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
			o.first = strtoull(argv[++i], &end, 10);
			o.last = strncmp(end, "..", 2) == 0 ? strtoull(end + 2, &end, 10) : o.first;
		} else if (strcmp(argv[i], "--crash") == 0 && i + 1 < argc) {
			o.crash = strtoull(argv[++i], &end, 10);
		} else {
			number = strtoull(argv[i], &end, 10);
			if (*end || end == argv[i])
				return usage();
		}
	}
	almanac = almanac_new();
	if (!almanac)
		return 2;
	o.almanac = almanac;
	status = run_what(what, number, &o, reboot);
	almanac_free(almanac);
	return status;
}
