/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rings.h"

#define REGISTER(r, name) \
	((volatile uint32_t *)(volatile void *)((r)->bar + offsetof(struct mediacard_regs, name)))

_Static_assert(sizeof(struct mediacard_regs) == 512, "registers");
_Static_assert(sizeof(struct mediacard_command) == 64, "commands are 64 bytes");
_Static_assert(sizeof(struct mediacard_event) == 64, "events are 64 bytes");

static uint32_t get(volatile uint32_t *from)
{
	return le32toh(__atomic_load_n(from, __ATOMIC_ACQUIRE));
}

static void set(volatile uint32_t *to, uint32_t value)
{
	__atomic_store_n(to, htole32(value), __ATOMIC_RELEASE);
}

int rings_create(struct rings *r, uint32_t codecs)
{
	int fd = memfd_create("mediacard", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	*r = (struct rings){.interrupt = -1};
	if (fd < 0 || ftruncate(fd, MEDIACARD_BAR_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		err(1, "memory of the BAR");
	r->bar = mmap(NULL, MEDIACARD_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r->bar == MAP_FAILED)
		err(1, "memory of the BAR");
	set(REGISTER(r, version), MEDIACARD_VERSION);
	set(REGISTER(r, codecs), codecs);
	set(REGISTER(r, magic), MEDIACARD_MAGIC);
	return fd;
}

bool rings_reset_wanted(struct rings *r)
{
	uint32_t reset = get(REGISTER(r, reset));

	if (reset == r->reset)
		return false;
	r->reset = reset;
	return true;
}

void rings_reset_done(struct rings *r)
{
	r->consumed = r->produced = 0;
	r->failed = false;
	set(REGISTER(r, command_consumed), 0);
	set(REGISTER(r, event_produced), 0);
	set(REGISTER(r, failed), 0);
	set(REGISTER(r, wants_room), 0);
	set(REGISTER(r, reset_done), r->reset);
	r->told = UINT32_MAX;
}

static void fail(struct rings *r)
{
	r->failed = true;
	set(REGISTER(r, failed), 1);
	r->told = UINT32_MAX;
}

static unsigned room(struct rings *r)
{
	uint32_t waiting;

	if (r->failed)
		return 0;
	waiting = r->produced - get(REGISTER(r, event_consumed));
	if (waiting > MEDIACARD_EVENT_COUNT) {
		fail(r);
		return 0;
	}
	return MEDIACARD_EVENT_COUNT - waiting;
}

bool rings_have_room(struct rings *r, unsigned count)
{
	bool enough = room(r) >= count;

	if (!enough && !r->failed) {
		/* The driver makes room, and then looks whether we want it; we say so, and then look. */
		set(REGISTER(r, wants_room), 1);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		enough = room(r) >= count;
	}
	if (enough && get(REGISTER(r, wants_room)))
		set(REGISTER(r, wants_room), 0);
	return enough;
}

bool rings_take(struct rings *r, struct mediacard_command *command)
{
	const volatile uint8_t *from;
	uint32_t waiting;

	if (r->failed)
		return false;
	waiting = get(REGISTER(r, command_produced)) - r->consumed;
	if (!waiting)
		return false;
	if (waiting > MEDIACARD_COMMAND_COUNT) {
		fail(r);
		return false;
	}
	from = r->bar + MEDIACARD_COMMANDS + r->consumed % MEDIACARD_COMMAND_COUNT * sizeof(*command);
	for (size_t i = 0; i < sizeof(*command); i++)
		((uint8_t *)command)[i] = from[i];
	set(REGISTER(r, command_consumed), ++r->consumed);
	return true;
}

void rings_put(struct rings *r, const struct mediacard_event *event)
{
	volatile uint8_t *to = r->bar + MEDIACARD_EVENTS + r->produced % MEDIACARD_EVENT_COUNT * sizeof(*event);

	for (size_t i = 0; i < sizeof(*event); i++)
		to[i] = ((const uint8_t *)event)[i];
	set(REGISTER(r, event_produced), ++r->produced);
}

void rings_interrupt(struct rings *r)
{
	static const uint64_t one = 1;

	if (r->told == r->produced || r->interrupt < 0)
		return;
	r->told = r->produced;
	while (write(r->interrupt, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

const volatile struct mediacard_segment *rings_segments(const struct rings *r)
{
	return (const volatile void *)(r->bar + MEDIACARD_SEGMENTS);
}
