/*
 * bare.c - the least that running N commands can cost: fork, exec, and the file operations of an
 * attempt.
 *
 *   bare N JOBS DIR shallow   the loop forks, the child execs; the loop does the file operations
 *   bare N JOBS DIR deep      a keeper is forked in between and does them, as a shim has to
 *
 * File operations of an attempt: mkdir, create and lock a file, rename the directory; at the end
 * write a record, rename it; then read it and remove all.  Prints seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		_exit(70);
	}
}

static void
begin(int dir, long n)
{
	char name[64], final[64], lock[80];
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	(void)snprintf(name, sizeof(name), "t%ld", n);
	(void)snprintf(final, sizeof(final), "a%ld", n);
	(void)snprintf(lock, sizeof(lock), "%s/lock", name);
	must(!mkdirat(dir, name, 0700), "mkdir");
	fd = openat(dir, lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	must(fd >= 0 && !fcntl(fd, F_SETLK, &l), "lock");
	must(!renameat(dir, name, dir, final), "rename");
	/* A keeper holds the lock to its end; the shallow loop could not hold thousands. */
	(void)close(fd);
}

static void
end(int dir, long n)
{
	static const char record[] =
	    "{\"proto\":1,\"attempt\":1,\"token\":\"0123456789abcdef0123456789abcdef\","
	    "\"outcome\":\"ok\",\"exit_code\":0,\"signal\":0,\"message\":\"\"}\n";
	char tmp[64], final[64];
	int fd;

	(void)snprintf(tmp, sizeof(tmp), "a%ld/exit.tmp", n);
	(void)snprintf(final, sizeof(final), "a%ld/exit", n);
	fd = openat(dir, tmp, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, record, sizeof(record) - 1) > 0, "record");
	(void)close(fd);
	must(!renameat(dir, tmp, dir, final), "rename record");
}

static void
collect(int dir, long n)
{
	char name[64], data[4096];
	int fd;

	(void)snprintf(name, sizeof(name), "a%ld/exit", n);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && read(fd, data, sizeof(data)) > 0, "read record");
	(void)close(fd);
	(void)unlinkat(dir, name, 0);
	(void)snprintf(name, sizeof(name), "a%ld/lock", n);
	(void)unlinkat(dir, name, 0);
	(void)snprintf(name, sizeof(name), "a%ld", n);
	must(!unlinkat(dir, name, AT_REMOVEDIR), "rmdir");
}

static pid_t
start(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		char *argv[] = { (char[]){ "/bin/true" }, NULL };

		(void)execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static pid_t
start_keeper(int dir, long n)
{
	pid_t pid = fork();
	int status;

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	begin(dir, n);
	must(waitpid(start(), &status, 0) > 0, "wait");
	end(dir, n);
	_exit(status != 0);
}

int
main(int argc, char **argv)
{
	long total = argc > 1 ? strtol(argv[1], NULL, 10) : 0, jobs, started = 0, ended = 0;
	struct {
		pid_t pid;
		long n;
	} slots[64] = { 0 };
	struct timespec a, b;
	int dir, deep;

	if (argc != 5)
		return 2;
	jobs = strtol(argv[2], NULL, 10);
	deep = !strcmp(argv[4], "deep");
	dir = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir >= 0 && jobs > 0 && jobs <= 64, argv[3]);
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	while (ended < total) {
		int status;
		pid_t pid;

		for (long s = 0; s < jobs && started < total; s++) {
			if (slots[s].pid)
				continue;
			slots[s].n = ++started;
			if (!deep)
				begin(dir, slots[s].n);
			slots[s].pid = deep ? start_keeper(dir, slots[s].n) : start();
		}
		pid = waitpid(-1, &status, 0);
		must(pid > 0 && status == 0, "wait");
		for (long s = 0; s < jobs; s++) {
			if (slots[s].pid != pid)
				continue;
			if (!deep)
				end(dir, slots[s].n);
			collect(dir, slots[s].n);
			slots[s].pid = 0;
			ended++;
		}
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	(void)printf("%.3f\n",
		     (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
