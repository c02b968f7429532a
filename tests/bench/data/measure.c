/*
 * measure.c - run a command a few times and tell what it cost, all of its processes.
 *   measure [-d DIR] [-a] RUNS COMMAND...   prints "BEST MEDIAN CPU KIB FAULTS": seconds of wall
 *                                           clock, processor seconds of the best run, the most
 *                                           memory, page faults of the last run
 * -d: before each run what lies in DIR goes to its disk and leaves the page cache.
 * -a: memory of all processes together, looked at every 20 ms: what each has to itself, and once
 * the most that one has of what can be shared (files, shared memory); else that of the largest.
 * Its own output goes to standard output, the command's to standard error.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 100, PROCESSES_MAX = 4096 };

static atomic_bool watching;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
forget_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int fd = type == FTW_F && st->st_size > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	(void)ftw;
	if (fd < 0)
		return 0;
	(void)fsync(fd);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	(void)close(fd);
	return 0;
}

/* The parent of a process and its pages, all and those that may be shared; parent 0: it is gone. */
static void
look_at(long pid, long *parent, long *all, long *shared)
{
	char path[64];
	FILE *f;

	*parent = *all = *shared = 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	(void)fscanf(f, "%*d (%*[^)]) %*c %ld", parent);
	(void)fclose(f);
	(void)snprintf(path, sizeof(path), "/proc/%ld/statm", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	(void)fscanf(f, "%*d %ld %ld", all, shared);
	(void)fclose(f);
}

/* Pages of everything that descends from this process, which adopts what is left by its parent. */
static long
pages_of_all(void)
{
	static long pids[PROCESSES_MAX], parents[PROCESSES_MAX], all[PROCESSES_MAX],
	    shared[PROCESSES_MAX];
	static bool ours[PROCESSES_MAX];
	long own = 0, once = 0;
	DIR *proc = opendir("/proc");
	size_t n = 0;

	for (struct dirent *e; proc && n < PROCESSES_MAX && (e = readdir(proc));) {
		pids[n] = strtol(e->d_name, NULL, 10);
		if (pids[n] <= 0)
			continue;
		look_at(pids[n], &parents[n], &all[n], &shared[n]);
		ours[n] = parents[n] == getpid();
		n++;
	}
	if (proc)
		(void)closedir(proc);
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n && !ours[i]; k++)
				if (ours[k] && pids[k] == parents[i])
					more = ours[i] = true;
	}
	for (size_t i = 0; i < n; i++) {
		own += ours[i] ? all[i] - shared[i] : 0;
		once = ours[i] && shared[i] > once ? shared[i] : once;
	}
	return own + once;
}

static void *
watch(void *most)
{
	while (atomic_load(&watching)) {
		long pages = pages_of_all();

		if (pages > *(long *)most)
			*(long *)most = pages;
		(void)usleep(20000);
	}
	return NULL;
}

/* Run the command, and wait for it and for all that it leaves behind; seconds until it ended. */
static double
run(char **command)
{
	double started = now(), took = 0;
	int status = 0;
	pid_t pid = fork(), ended;

	if (pid == 0) {
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execvp(command[0], command);
		_exit(127);
	}
	while ((ended = wait(&status)) > 0) {
		if (ended != pid)
			continue;
		took = now() - started;
		if (status != 0) {
			(void)fprintf(stderr, "measure: '%s' failed\n", command[0]);
			exit(1);
		}
	}
	return took;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
cpu_of(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	double took[RUNS_MAX], cpu = 0, best = 1e9;
	const char *drop = NULL;
	struct rusage before = { 0 }, after = { 0 };
	long most = 0;
	bool all = false;
	pthread_t watcher;
	int option, runs;

	while ((option = getopt(argc, argv, "+d:a")) > 0) {
		drop = option == 'd' ? optarg : drop;
		all |= option == 'a';
	}
	runs = optind + 1 < argc ? (int)strtol(argv[optind], NULL, 10) : 0;
	if (runs < 1 || runs > RUNS_MAX)
		return 2;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	atomic_store(&watching, all);
	if (all && pthread_create(&watcher, NULL, watch, &most))
		return 1;
	for (int i = 0; i < runs; i++) {
		if (drop)
			(void)nftw(drop, forget_file, 16, FTW_PHYS);
		took[i] = run(argv + optind + 1);
		before = after;
		(void)getrusage(RUSAGE_CHILDREN, &after);
		if (took[i] < best) {
			best = took[i];
			cpu = cpu_of(&after) - cpu_of(&before);
		}
	}
	atomic_store(&watching, false);
	if (all)
		(void)pthread_join(watcher, NULL);
	qsort(took, (size_t)runs, sizeof(*took), by_size);
	(void)printf("%.3f %.3f %.3f %ld %ld\n", best, took[runs / 2], cpu,
		     all ? most * (sysconf(_SC_PAGESIZE) / 1024) : after.ru_maxrss,
		     after.ru_minflt - before.ru_minflt);
	return 0;
}
