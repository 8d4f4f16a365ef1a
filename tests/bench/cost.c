/* SPDX-License-Identifier: MIT */
/*
 * Runs a program, and appends to a file what it and what it waited for had of the processors, in nanoseconds:
 *
 *	bench-cost FILE NAME PROGRAM [ARGUMENT...]
 *
 * In a guest whose clock counts instructions (scripts/vm --instructions), each is one instruction, of the program or of the
 * kernel for it. The exit status is the program's.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
	struct rusage usage;
	int status = 0;
	FILE *file;
	pid_t pid;

	if (argc < 4)
		return bench_fail("takes a file, a name and a program");
	file = fopen(argv[1], "a");
	if (!file)
		return bench_fail("%s cannot be written", argv[1]);
	pid = fork();
	if (pid < 0)
		return bench_fail("no program can be started");
	if (pid == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return bench_fail("the program is lost");
	fprintf(file, "%s %lld\n", argv[2],
		((long long)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
			((long long)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
