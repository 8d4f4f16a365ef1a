/* SPDX-License-Identifier: MIT */
/*
 * ways locked|open FOLDER: tries all ways (way.h), on a kernel that is locked down or on one that is not;
 * FOLDER has modules that were not signed. Prints TAP.
 *
 * Needs a machine to itself, and a folder that the host shares as "write0", of which nothing else is in use.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu.h"
#include "restricted.h"
#include "sysfs.h"
#include "tap.h"
#include "way.h"

#define LEVEL "/sys/kernel/security/lockdown"

const char *modules;

enum outcome refused(void)
{
	note("%s", strerror(errno));
	return REFUSED;
}

enum outcome broken(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	note("%s (%s)", text, strerror(errno));
	return BROKEN;
}

bool is_full_of(const void *page, uint8_t byte)
{
	const uint8_t *bytes = page;

	return bytes[0] == byte && !memcmp(bytes, bytes + 1, 4095);
}

bool next_memory(unsigned index, uint64_t *start, uint64_t *end)
{
	FILE *file = fopen("/proc/iomem", "re");
	char line[256], what[64];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		unsigned long long from, to;

		found = line[0] != ' ' && sscanf(line, "%llx-%llx : %63[^\n]", &from, &to, what) == 3 &&
			!strcmp(what, "System RAM") && !index--;
		*start = from;
		*end = to + 1;
	}
	if (file)
		fclose(file);
	return found;
}

int begin_filling(int restricted)
{
	int child = fork();

	if (child == 0) {
		while (fill_protected(restricted, SECRET_SIZE, SECRET))
			;
		_exit(1);
	}
	return child;
}

void end_filling(int child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void try_all(const struct way *ways, bool locked, int restricted)
{
	for (const struct way *way = ways; way->name; way++) {
		enum outcome outcome;
		int error;

		errno = 0;
		outcome = way->run(restricted);
		error = errno;
		if (locked)
			ok(outcome == REFUSED && (error == way->refusal ||
						  (!way->refusal && (error == EPERM || error == ENOENT))),
			   "%s: refused", way->name);
		else
			ok(outcome == GOT_IT, "control: %s", way->name);
	}
}

static bool is_level(const char *level)
{
	char text[128] = "";
	FILE *file = fopen(LEVEL, "re");
	bool is = file && fgets(text, sizeof(text), file) && strstr(text, level);

	if (file)
		fclose(file);
	return is;
}

int main(int argc, char **argv)
{
	const bool locked = argc == 3 && !strcmp(argv[1], "locked");
	int restricted = alloc_protected(SECRET_SIZE);

	if (argc != 3 || (!locked && strcmp(argv[1], "open"))) {
		fprintf(stderr, "Usage: ways locked|open FOLDER\n");
		return 64;
	}
	modules = argv[2];
	mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	/* So that root is told true addresses. */
	write_file("/proc/sys/kernel/kptr_restrict", "1");
	if (!ok(restricted >= 0 && fill_protected(restricted, SECRET_SIZE, SECRET), "restricted memory is filled"))
		return tap_end();
	if (locked) {
		ok(is_level("[confidentiality]"), "the kernel is locked down");
		ok(write_file(LEVEL, "none") == -EPERM && write_file(LEVEL, "integrity") == -EPERM &&
			   is_level("[confidentiality]"),
		   "and stays so");
	} else {
		ok(is_level("[none]"), "control: the kernel is not locked down");
	}
	try_all(probe_ways, locked, restricted);
	try_all(kernel_ways, locked, restricted);
	try_all(module_ways, locked, restricted);
	try_all(altered_ways, true, restricted);
	try_all(device_ways, locked, restricted);
	close(restricted);
	try_all(last_ways, locked, -1);
	return tap_end();
}
