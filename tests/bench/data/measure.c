/*
 * measure.c - run a command a few times: the best wall clock, the most memory any process of it
 * had, and the page faults of all of them in the last run.
 *   measure RUNS COMMAND...   prints "SECONDS KIB FAULTS"; the command's output is dropped
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct rusage use = { 0 };
	double best = 1e9;
	long before = 0;

	for (int i = 0; argc > 2 && i < (int)strtol(argv[1], NULL, 10); i++) {
		double started = now();
		int status;
		pid_t pid = fork();

		before = use.ru_minflt;
		if (pid == 0) {
			int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

			(void)dup2(null, STDOUT_FILENO);
			(void)execvp(argv[2], argv + 2);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
			(void)fprintf(stderr, "measure: '%s' failed\n", argv[2]);
			return 1;
		}
		if (now() - started < best)
			best = now() - started;
		(void)getrusage(RUSAGE_CHILDREN, &use);
	}
	(void)printf("%.3f %ld %ld\n", best, use.ru_maxrss, use.ru_minflt - before);
	return argc > 2 ? 0 : 2;
}
