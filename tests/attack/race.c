/* SPDX-License-Identifier: MIT */
/*
 * Two threads, and many tries: one asks, the other changes meanwhile what the question is about.
 *
 * Those on the driver called race are about what is between a check and its use, which that driver does
 * twice, or late. The others are attacks on a rule whose objects come and go.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm_mode.h>
#include <xf86drm.h>

#include "attack.h"

#define PROTECTED VIRTGPU_EXECBUF_PROTECTED

enum { TRIES = 1000, ROUNDS = 100 };

/* What the other thread does until it is told to stop. */
struct other {
	pthread_t thread;
	atomic_bool stop;
	atomic_uint turns;
	void (*turn)(struct other *other);

	int fd, dmabuf;
	uint32_t memory, handle;
	_Atomic uint32_t *word;
	uint32_t values[2];
};

static void *run_other(void *data)
{
	struct other *other = data;

	while (!atomic_load(&other->stop)) {
		other->turn(other);
		atomic_fetch_add(&other->turns, 1);
	}
	return NULL;
}

static bool start(struct other *other, struct attempt *attempt)
{
	if (pthread_create(&other->thread, NULL, run_other, other) == 0)
		return true;
	broken(attempt, "no thread");
	return false;
}

static void stop(struct other *other)
{
	atomic_store(&other->stop, true);
	pthread_join(other->thread, NULL);
}

/* ---- the stream is rewritten while it is checked ------------------------------------------------- */

static void rewrite_word(struct other *other)
{
	/* As long the one as the other. */
	for (unsigned i = 0; i < 100; i++)
		atomic_store(other->word, other->values[i & 1]);
}

enum word { DESTINATION, COMMAND, LENGTH };

static void rewrite(struct attempt *attempt, const struct attack *attack)
{
	struct other other = { .turn = rewrite_word };
	struct object allowed;
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	if (create(s.fd, &allowed, PROTECTED_OBJECT)) {
		broken(attempt, "no second protected texture");
		return;
	}

	uint32_t stream[] = { HEADER(NOP, 0, 0), COPY_ALL(s.ordinary.res, s.secret.res) };
	const uint32_t handles[] = { s.ordinary.handle, s.secret.handle, allowed.handle };

	switch ((enum word)attack->how) {
	case DESTINATION:
		other.word = (_Atomic uint32_t *)&stream[2];
		other.values[0] = allowed.res;
		break;
	case COMMAND:
		other.word = (_Atomic uint32_t *)&stream[1];
		other.values[0] = HEADER(NOP, 0, 13);
		break;
	case LENGTH:
		other.word = (_Atomic uint32_t *)&stream[0];
		other.values[0] = HEADER(NOP, 0, ARRAY_LENGTH(stream) - 1);
		break;
	}
	other.values[1] = *other.word;
	if (!start(&other, attempt))
		return;
	for (unsigned i = 0; i < TRIES && !attempt->leaked; i++) {
		said(attempt, submit_list(s.fd, PROTECTED, stream, sizeof(stream), handles,
					  ARRAY_LENGTH(handles)));
		if (i % (TRIES / 10) == 0)
			look_at_texture(attempt, s.fd, s.ordinary.handle);
	}
	stop(&other);
	look_at_texture(attempt, s.fd, s.ordinary.handle);
}

/* ---- a handle becomes that of another object ----------------------------------------------------- */

/* The same number is an ordinary texture, and one over protected memory, in turns. */
static void recreate(struct other *other)
{
	struct object object;

	create(other->fd, &object, 0);
	usleep(1000);
	close_handle(other->fd, object.handle);
	create_on(other->fd, &object, PROTECTED_OBJECT, other->memory, TEXTURE_2D,
		  BGRA8888, SAMPLER, SIDE, SIDE, 0);
	usleep(5000);
	close_handle(other->fd, object.handle);
}

enum use { MAP, MAP_AS_DUMB, EXPORT };

static void use_recreated(struct attempt *attempt, const struct attack *attack)
{
	struct other other = { .turn = recreate };
	struct object object;
	struct scene s;

	if (!scene_open_memory(&s, attempt) || create(s.fd, &object, 0))
		return;
	other.fd = s.fd;
	other.memory = s.memory.handle;
	/* It is the next that is given out. */
	close_handle(s.fd, object.handle);
	if (!start(&other, attempt))
		return;
	while (atomic_load(&other.turns) < ROUNDS && !attempt->leaked) {
		uint64_t offset;
		int ret = 0;

		switch ((enum use)attack->how) {
		case MAP:
		case MAP_AS_DUMB:
			ret = attack->how == MAP ? map_offset(s.fd, object.handle, &offset)
						 : dumb_map(s.fd, object.handle, &offset);
			if (ret == 0)
				look_at_mapping(attempt, s.fd, (off_t)offset, 4096, MAP_SHARED,
						"a mapping of the device file");
			break;
		case EXPORT:
			ret = export(s.fd, object.handle);
			if (ret >= 0) {
				look_at_mapping(attempt, ret, 0, 4096, MAP_SHARED, "a mapping of the dma-buf");
				close(ret);
			}
			break;
		}
		if (ret != -ENOENT)
			said(attempt, ret);
	}
	stop(&other);
}

/* ---- objects come and go ------------------------------------------------------------------------- */

static void import_and_close(struct other *other)
{
	uint32_t handle;

	if (import(other->fd, other->dmabuf, &handle) == 0)
		close_handle(other->fd, handle);
}

/* By a file that gets the secret by its dma-buf, and again and again; as another thread does, in the
 * same file where submissions are protected: an ordinary context that lost an object is of no use. */
static void copy_imported(struct attempt *attempt, const struct attack *attack)
{
	struct other other = { .turn = import_and_close };
	struct object ordinary;
	struct scene s;
	int fd;

	if (!scene_open(&s, attempt))
		return;
	fd = open_driver("virtio_gpu");
	other.dmabuf = export(s.fd, s.secret.handle);
	other.fd = attack->how == PROTECTED ? fd : open_driver("virtio_gpu");
	if (create(fd, &ordinary, 0) || !start(&other, attempt))
		return;

	const uint32_t stream[] = { COPY_ALL(ordinary.res, s.secret.res) };

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t handles[2] = { ordinary.handle, 0 };
		int ret;

		if (import(fd, other.dmabuf, &handles[1]))
			continue;
		ret = submit_list(fd, (uint32_t)attack->how, stream, sizeof(stream), handles, 2);
		/* The other thread has closed it. */
		if (ret != -ENOENT)
			said(attempt, ret);
		close_handle(fd, handles[1]);
	}
	stop(&other);
	look_at_texture(attempt, fd, ordinary.handle);
}

static void submit_harmlessly(struct other *other)
{
	const uint32_t stream[] = { HEADER(NOP, 0, 0) };

	submit_list(other->fd, PROTECTED, stream, sizeof(stream), &other->handle, 1);
}

/* An ordinary submission among protected ones of the same file. */
static void copy_among_protected(struct attempt *attempt, const struct attack *attack)
{
	struct other other = { .turn = submit_harmlessly };
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	other.fd = s.fd;
	other.handle = s.secret.handle;
	if (!start(&other, attempt))
		return;
	for (unsigned i = 0; i < ROUNDS; i++)
		said(attempt, SUBMIT(&s, 0, COPY_ALL(s.ordinary.res, s.secret.res)));
	stop(&other);
	look_at_texture(attempt, s.fd, s.ordinary.handle);
}

static void change_master(struct other *other)
{
	drmDropMaster(other->fd);
	drmSetMaster(other->fd);
}

/* GETFB gives a handle to the master: while that changes. */
static void get_fb(struct attempt *attempt, const struct attack *attack)
{
	struct other other = { .turn = change_master };
	struct scene s;
	uint32_t fb;

	(void)attack;
	if (!scene_open_memory(&s, attempt) ||
	    add_fb(s.fd, s.over_memory.handle, SIDE, SIDE, 0, SIDE * 4, &fb))
		return;
	other.fd = s.fd;
	if (!start(&other, attempt))
		return;
	for (unsigned i = 0; i < ROUNDS && !attempt->leaked; i++) {
		struct drm_mode_fb_cmd get = { .fb_id = fb };
		uint64_t offset;

		if (try_ioctl(s.fd, DRM_IOCTL_MODE_GETFB, &get) || !get.handle)
			continue;
		if (said(attempt, map_offset(s.fd, get.handle, &offset)) == 0)
			look_at_mapping(attempt, s.fd, (off_t)offset, 4096, MAP_SHARED,
					"a mapping of the device file");
	}
	stop(&other);
}

#define RACE "race"

const struct attack race_attacks[] = {
	{ "R1", RACE, "race: map against re-create", "a handle is mapped that was ordinary when it was checked",
	  use_recreated, NULL, MAP },
	{ "R1", RACE, "race: map dumb against re-create", "a handle is mapped as dumb that was ordinary when it "
	  "was checked", use_recreated, NULL, MAP_AS_DUMB },
	{ "R1", "r1", "race: export against re-create", "a handle is exported while it becomes another object's",
	  use_recreated, NULL, EXPORT },
	{ "R1", "r1", "race: GETFB against master", "GETFB gives a handle that can be mapped while the master changes",
	  get_fb },
	{ "R2", "r2", "race: ordinary among protected", "an ordinary submission runs as a protected one of its file",
	  copy_among_protected },
	{ "R3", RACE, "race: destination", "the destination becomes ordinary when it was checked",
	  rewrite, NULL, DESTINATION },
	{ "R3", RACE, "race: command", "padding becomes a command when it was checked", rewrite, NULL, COMMAND },
	{ "R3", RACE, "race: length", "padding becomes shorter when it was checked, and a command comes out of it",
	  rewrite, NULL, LENGTH },
	{ "R3", "r3", "race: submit against close", "what is copied is closed and imported meanwhile",
	  copy_imported, NULL, PROTECTED },
	{ "R5", "r5", "race: import against free", "what is imported is closed by another file meanwhile",
	  copy_imported, NULL, 0 },
	{ 0 },
};
