/* SPDX-License-Identifier: MIT */
/*
 * Ways by which root would get at the kernel, or have a device get, at what is protected. Each is tried on a
 * kernel that is locked down, which refuses it, and on one that is not, where it gets there.
 */
#ifndef WAY_H
#define WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Protected memory that is full of SECRET, physically in one piece, and aligned as large pages are. */
enum { SECRET = 0x93, OVERWRITTEN = 0x39 };
#define SECRET_SIZE (8u << 20)

enum outcome {
	GOT_IT,
	REFUSED, /* errno says by what */
	BROKEN,	 /* that was not what it is about */
};

struct way {
	const char *name;
	int refusal; /* what errno is to be; 0: that, or there is no such file */
	enum outcome (*run)(int restricted);
};

/* Each table ends with a way without a name. */
extern const struct way device_ways[], kernel_ways[], probe_ways[], module_ways[], last_ways[];
/* What no kernel lets anybody do. */
extern const struct way altered_ways[];

/* REFUSED, for a call that returned a negative number. */
enum outcome refused(void);
/* BROKEN, and why. */
__attribute__((format(printf, 1, 2))) enum outcome broken(const char *format, ...);

bool is_full_of(const void *page, uint8_t byte);
/* Sets the physical address range of the next piece of memory of the machine; false: there is none. */
bool next_memory(unsigned index, uint64_t *start, uint64_t *end);
/* In a process of its own, fills the memory again and again, so that the trusted application has it mapped. */
int begin_filling(int restricted);
void end_filling(int child);

/* Where modules are that are not of this kernel's build. */
extern const char *modules;

#endif
