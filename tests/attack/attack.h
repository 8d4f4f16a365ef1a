/* SPDX-License-Identifier: MIT */
/*
 * Attacks on protected content. Each tries to bring what is in a protected object to memory that the
 * CPU can read.
 *
 * What counts is content: the object holds a key that was chosen at random for the attempt, and
 * the attacker has won when the key is where the CPU can read it. What calls returned on the way
 * decides nothing.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gpu.h"

struct attempt;

struct attack {
	const char *rule;     /* of docs/threat-model.md */
	const char *weakened; /* the driver without this rule, of tests/attack/weaken */
	const char *name;
	const char *leak; /* in one line, what would be wrong */
	void (*run)(struct attempt *attempt, const struct attack *attack);
	/* For functions that make a family of attacks. */
	const void *what;
	unsigned long how;
	/* The driver does what it is asked for, and there must be nothing in it. */
	bool allowed;
};

/* Each table ends with an attack without a name. */
extern const struct attack map_attacks[], name_attacks[], write_attacks[], store_attacks[],
	target_attacks[], result_attacks[], transfer_attacks[], import_attacks[], reuse_attacks[],
	form_attacks[], heap_attacks[], number_attacks[];
extern const struct attack device_attacks[], race_attacks[];

/* ---- attempt.c: one attempt, in a process of its own ------------------------------------------- */

struct attempt {
	uint32_t key; /* what the protected object is filled with */

	/* Set by the functions below. */
	bool leaked;
	bool refused; /* the driver said EACCES or EINVAL to something */
	bool broken;
	char text[120];
};

/* Adds to what is said of the attempt, once. */
void noticed(struct attempt *attempt, const char *text);

/* Notes what the driver said to something that the attack hopes to get through with. */
int said(struct attempt *attempt, int result);

/* What the attack is made with, or looks with, could not be had: this is never a success of anybody. */
void broken(struct attempt *attempt, const char *what);

/* Looks for the key in memory: as it is, or with its bytes in an order that formats have. */
void look(struct attempt *attempt, const void *memory, size_t size, const char *where);

/* Looks for a run of a byte that no other content has by chance. */
void look_for_run(struct attempt *attempt, const void *memory, size_t size, uint8_t byte,
		  const char *where);

/* The same as look() in a mapping of a file, through a pipe: where touching it faults, there is an error. */
void look_at_mapping(struct attempt *attempt, int fd, off_t offset, size_t size, int flags,
		     const char *where);

/* ---- scene.c: objects to attack with raw ioctls ------------------------------------------------ */

struct scene {
	int fd; /* the card */
	struct object ordinary, secret;		  /* textures */
	struct object buffer, secret_buffer;	  /* buffers of a page */
	int dmabuf;				  /* the TEE's, with the key in it, or -1 */
	struct object memory, over_memory;	  /* objects of it */
};

/* Makes the objects, and fills the protected ones with the key. */
bool scene_open(struct scene *scene, struct attempt *attempt);
/* The same with an object over a TEE's memory; all of whose bytes are the key's lowest. */
bool scene_open_memory(struct scene *scene, struct attempt *attempt);

/* Submits with all four objects in bo_handles. */
int scene_submit(const struct scene *scene, uint32_t flags, const uint32_t *stream, size_t words);
#define SUBMIT(scene, flags, ...) \
	scene_submit((scene), (flags), (uint32_t[]){ __VA_ARGS__ }, \
		     sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

/* Commands that copy, by numbers of resources. */
#define COPY(to, from, width, height) \
	HEADER(COPY_REGION, 0, 13), (to), 0, 0, 0, 0, (from), 0, 0, 0, 0, (width), (height), 1
#define COPY_ALL(to, from) COPY(to, from, SIDE, SIDE)
#define BLIT_TO(to, x, y, w, h, from, filter) \
	HEADER(BLIT, 0, 21), 0xf | (filter) << 8, 0, 0, \
	(to), 0, BGRA8888, (x), (y), 0, (w), (h), 1, \
	(from), 0, BGRA8888, 0, 0, 0, SIDE, SIDE, 1
#define BLIT_ALL(to, from) BLIT_TO(to, 0, 0, SIDE, SIDE, from, 0)
/* From the memory to the object, or with FROM_HOST the other way. */
#define COPY_TRANSFER(object, memory, side, flags) \
	HEADER(COPY_TRANSFER3D, 0, 14), (object), 0, 0, SIDE * 4, 0, 0, 0, 0, (side), (side), 1, \
	(memory), 0, (flags)
enum { SYNCHRONIZED = 1, FROM_HOST = 2 };

/* Looks at what is in an ordinary texture or buffer, as the device has it. */
void look_at_texture(struct attempt *attempt, int fd, uint32_t handle);
void look_at_buffer(struct attempt *attempt, int fd, uint32_t handle);
/* The memory of an ordinary object, without asking the device for what it has. */
void look_at_memory(struct attempt *attempt, int fd, uint32_t handle, size_t size);
/* Everything ordinary in the scene. */
void scene_look(struct attempt *attempt, const struct scene *scene);

#endif
