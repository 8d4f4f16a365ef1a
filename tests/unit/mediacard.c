/* SPDX-License-Identifier: MIT */
/*
 * The media card's device without a machine: this program is the driver, and its memory the machine's. With an
 * argument, "rights" or "protected", the device lacks that check, and the attack on it must succeed. With "sandbox" it
 * is tested in there only.
 */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <libavutil/opt.h>

#include "card.h"
#include "picture.h"
#include "sandbox.h"

#define MEMORY_SIZE (16u << 20)
#define MEMORY_AT UINT64_C(0x40000000)
#define PAGE 4096u
#define SIDE 64 /* of a picture */
#define PICTURE_SIZE (SIDE * SIDE * 3 / 2)

static const char *without = "";

/* What decodes for as long as a test wants: what is sent in packets of this size, by the linker's --wrap. */
#define SLOW_SIZE 5555u

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool held;
	unsigned begun;
	int engines; /* where it says that it has begun, as engines do when they are done */
} slow = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

int __real_avcodec_send_packet(AVCodecContext *decoder, const AVPacket *packet);
int __wrap_avcodec_send_packet(AVCodecContext *decoder, const AVPacket *packet);

int __wrap_avcodec_send_packet(AVCodecContext *decoder, const AVPacket *packet)
{
	if (packet && packet->size == SLOW_SIZE) {
		pthread_mutex_lock(&slow.lock);
		slow.begun++;
		eventfd_write(slow.engines, 1);
		while (slow.held)
			pthread_cond_wait(&slow.wake, &slow.lock);
		pthread_mutex_unlock(&slow.lock);
	}
	return __real_avcodec_send_packet(decoder, packet);
}

static void hold_slow(bool held)
{
	pthread_mutex_lock(&slow.lock);
	slow.held = held;
	slow.begun = 0;
	pthread_cond_broadcast(&slow.wake);
	pthread_mutex_unlock(&slow.lock);
}

static unsigned slow_begun(void)
{
	unsigned begun;

	pthread_mutex_lock(&slow.lock);
	begun = slow.begun;
	pthread_mutex_unlock(&slow.lock);
	return begun;
}

struct machine {
	struct guest_memory memory;
	struct card card;
	int epoll; /* of its engines */
	uint32_t produced, consumed;
};

static struct mediacard_regs *regs(struct machine *m)
{
	return (void *)(uintptr_t)m->card.rings.bar;
}

/* Until there is nothing to do, or, with an engine at work, something to look at. */
static void step(struct machine *m)
{
	while (card_step(&m->card))
		;
}

static bool has_event(struct machine *m)
{
	step(m);
	return le32toh(regs(m)->event_produced) != m->consumed;
}

/* Whether any engine was heard of in that time. */
static bool wait_for_engine(struct machine *m, int ms)
{
	struct epoll_event done;

	return epoll_wait(m->epoll, &done, 1, ms) == 1;
}

/* Until there are fewer engines than that. */
static void wait_for_fewer_engines(struct machine *m, unsigned count)
{
	while (engines_count(&m->card.engines) >= count) {
		wait_for_engine(m, -1);
		step(m);
	}
}

/* Until so many decode what is slow. */
static void wait_for_slow(struct machine *m, unsigned count)
{
	for (step(m); slow_begun() < count; step(m))
		wait_for_engine(m, -1);
}

static void reset(struct machine *m)
{
	m->produced = m->consumed = 0;
	regs(m)->command_produced = regs(m)->event_consumed = 0;
	regs(m)->reset = htole32(le32toh(regs(m)->reset_done) + 1);
	step(m);
	assert_int_equal(regs(m)->reset_done, regs(m)->reset);
}

static int setup(void **state)
{
	struct epoll_event engine_is_done = {.events = EPOLLIN};
	struct machine *m = calloc(1, sizeof(*m));

	m->memory = (struct guest_memory){
		.data = calloc(1, MEMORY_SIZE), .size = MEMORY_SIZE, .range_count = 1,
		.ranges = {{.address = MEMORY_AT, .size = MEMORY_SIZE}},
	};
	m->card.windows.memory = &m->memory;
	engines_create(&m->card.engines);
	slow.engines = m->card.engines.done;
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(m->epoll, EPOLL_CTL_ADD, m->card.engines.done, &engine_is_done), 0);
	rings_create(&m->card.rings, engine_codecs());
	reset(m);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	hold_slow(false);
	card_reset(&m->card);
	wait_for_fewer_engines(m, 1);
	close(m->epoll);
	close(m->card.engines.done);
	free(m->memory.data);
	free(m);
	return 0;
}

static void command(struct machine *m, const struct mediacard_command *c)
{
	struct mediacard_command *ring = (void *)(uintptr_t)(m->card.rings.bar + MEDIACARD_COMMANDS);

	ring[m->produced++ % MEDIACARD_COMMAND_COUNT] = *c;
	regs(m)->command_produced = htole32(m->produced);
}

static bool engine_is_at_work(struct machine *m)
{
	for (unsigned i = 0; i < MEDIACARD_MAX_SESSIONS; i++)
		if (m->card.sessions[i] && session_is_at_work(m->card.sessions[i]))
			return true;
	return false;
}

static bool event(struct machine *m, struct mediacard_event *e)
{
	const struct mediacard_event *ring = (void *)(uintptr_t)(m->card.rings.bar + MEDIACARD_EVENTS);

	/* An engine that is at work says so when it is done; nothing here works longer than that. */
	while (!has_event(m))
		if (!engine_is_at_work(m) || !wait_for_engine(m, 60000))
			return false;
	*e = ring[m->consumed++ % MEDIACARD_EVENT_COUNT];
	regs(m)->event_consumed = htole32(m->consumed);
	return true;
}

/* The status that the next event of this type has. */
static uint32_t wait_for(struct machine *m, enum mediacard_event_type type)
{
	struct mediacard_event e;

	while (event(m, &e))
		if (le16toh(e.type) == type)
			return le32toh(e.status);
	return UINT32_MAX;
}

static uint32_t map(struct machine *m, uint32_t window, uint64_t address, uint64_t length, uint32_t rights)
{
	struct mediacard_segment *segments = (void *)(uintptr_t)(m->card.rings.bar + MEDIACARD_SEGMENTS);
	struct mediacard_command c = {
		.opcode = htole16(MEDIACARD_MAP),
		.map = {htole32(window), htole32(rights), htole32(1)},
	};

	segments[0] = (struct mediacard_segment){htole64(address), htole64(length)};
	command(m, &c);
	return wait_for(m, MEDIACARD_DONE);
}

static uint32_t open_session(struct machine *m, uint32_t flags)
{
	struct mediacard_command c = {
		.opcode = htole16(MEDIACARD_OPEN), .open = {htole32(MEDIACARD_CODEC_H264), htole32(flags)}};

	command(m, &c);
	return wait_for(m, MEDIACARD_DONE);
}

static uint32_t bitstream(struct machine *m, uint32_t window, uint32_t offset, uint32_t size)
{
	struct mediacard_command c = {.opcode = htole16(MEDIACARD_BITSTREAM),
				      .bitstream = {htole64(7), htole32(window), htole32(offset), htole32(size)}};

	command(m, &c);
	return wait_for(m, MEDIACARD_BITSTREAM_DONE);
}

static uint32_t picture(struct machine *m, uint32_t window)
{
	struct mediacard_command drain = {.opcode = htole16(MEDIACARD_DRAIN)},
				 room = {.opcode = htole16(MEDIACARD_PICTURE),
					 .picture = {htole32(window), 0, htole32(PICTURE_SIZE)}};

	command(m, &room);
	command(m, &drain);
	return wait_for(m, MEDIACARD_PICTURE_DONE);
}

static void draw_grey(AVFrame *frame)
{
	for (int i = 0; i < 3; i++)
		memset(frame->data[i], 0x60, (size_t)frame->linesize[i] * (size_t)(i ? frame->height / 2 : frame->height));
}

static void draw_noise(AVFrame *frame)
{
	srand(1);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < frame->linesize[i] * (i ? frame->height / 2 : frame->height); k++)
			frame->data[i][k] = (uint8_t)rand();
}

/* A picture as H.264, there in the memory; its size. */
static uint32_t encode(struct machine *m, uint32_t at, int side, void (*draw)(AVFrame *frame))
{
	const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
	AVCodecContext *encoder = codec ? avcodec_alloc_context3(codec) : NULL;
	AVFrame *frame = av_frame_alloc();
	AVPacket *packet = av_packet_alloc();
	uint32_t size = 0;

	if (!encoder)
		return 0;
	encoder->width = encoder->height = frame->width = frame->height = side;
	encoder->pix_fmt = AV_PIX_FMT_YUV420P;
	frame->format = AV_PIX_FMT_YUV420P;
	encoder->time_base = (AVRational){1, 25};
	encoder->thread_count = 1;
	encoder->max_b_frames = 0;
	av_opt_set(encoder->priv_data, "preset", "ultrafast", 0);
	if (avcodec_open2(encoder, codec, NULL) == 0 && av_frame_get_buffer(frame, 0) == 0) {
		draw(frame);
		if (avcodec_send_frame(encoder, frame) == 0 && avcodec_send_frame(encoder, NULL) == 0 &&
		    avcodec_receive_packet(encoder, packet) == 0) {
			size = (uint32_t)packet->size;
			assert_true(at + size <= MEMORY_SIZE);
			memcpy(m->memory.data + at, packet->data, size);
		}
	}
	avcodec_free_context(&encoder);
	av_frame_free(&frame);
	av_packet_free(&packet);
	return size;
}

/* A grey one, at the begin of the memory. */
static uint32_t make_bitstream(struct machine *m)
{
	return encode(m, 0, SIDE, draw_grey);
}

#define PICTURE_AT (64 * PAGE)
#define READ MEDIACARD_WINDOW_READ
#define WRITE MEDIACARD_WINDOW_WRITE
#define PROTECTED MEDIACARD_WINDOW_PROTECTED

/* Whether the picture came to be there. */
static bool decoded(const struct machine *m)
{
	unsigned right = 0;

	for (unsigned i = 0; i < PICTURE_SIZE; i++)
		right += abs(m->memory.data[PICTURE_AT + i] - 0x60) < 4;
	return right == PICTURE_SIZE;
}

static uint32_t play(struct machine *m, uint32_t session, uint32_t source, uint32_t target, uint32_t *refused)
{
	struct mediacard_command resume = {.opcode = htole16(MEDIACARD_RESUME),
					   .resume = {htole32(SIDE), htole32(SIDE), htole32(8)}};
	uint32_t size = make_bitstream(m);

	if (!size)
		skip();
	assert_int_equal(map(m, 0, MEMORY_AT, 16 * PAGE, source), MEDIACARD_OK);
	assert_int_equal(map(m, 1, MEMORY_AT + PICTURE_AT, PICTURE_SIZE, target), MEDIACARD_OK);
	assert_int_equal(open_session(m, session), MEDIACARD_OK);
	command(m, &resume);
	*refused = bitstream(m, 0, 0, size);
	return *refused ? UINT32_MAX : picture(m, 1);
}

static void decodes(void **state)
{
	uint32_t refused;

	assert_int_equal(play(*state, 0, READ, WRITE, &refused), MEDIACARD_OK);
	assert_true(decoded(*state));
}

static void decodes_protected(void **state)
{
	uint32_t refused;

	assert_int_equal(play(*state, MEDIACARD_SESSION_PROTECTED, READ | PROTECTED, WRITE | PROTECTED, &refused),
			 MEDIACARD_OK);
	assert_true(decoded(*state));
}

/* The attack is refused, or, where the check is out, succeeds. */
static void judge(struct machine *m, uint32_t status, const char *check)
{
	if (!strcmp(without, check)) {
		assert_int_equal(status, MEDIACARD_OK);
		assert_true(decoded(m));
	} else {
		assert_int_equal(status, MEDIACARD_REFUSED);
		assert_false(decoded(m));
	}
}

static void protected_to_ordinary(void **state)
{
	uint32_t refused;

	judge(*state, play(*state, MEDIACARD_SESSION_PROTECTED, READ | PROTECTED, WRITE, &refused), "protected");
}

static void ordinary_from_protected(void **state)
{
	uint32_t refused, status = play(*state, 0, READ | PROTECTED, WRITE, &refused);

	judge(*state, refused ? refused : status, "protected");
}

static void to_what_is_read_only(void **state)
{
	uint32_t refused;

	judge(*state, play(*state, 0, READ, READ, &refused), "rights");
}

static void outside_of_windows(void **state)
{
	struct machine *m = *state;
	struct mediacard_command unmap = {.opcode = htole16(MEDIACARD_UNMAP), .unmap = {htole32(3)}};

	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	assert_int_equal(map(m, 3, MEMORY_AT, PAGE, READ), MEDIACARD_OK);
	assert_int_equal(bitstream(m, 3, 0, PAGE), MEDIACARD_CORRUPT); /* control: it is read */
	assert_int_equal(bitstream(m, 3, 0, PAGE + 1), MEDIACARD_REFUSED);
	assert_int_equal(bitstream(m, 3, PAGE, 1), MEDIACARD_REFUSED);
	assert_int_equal(bitstream(m, 3, UINT32_MAX, 2), MEDIACARD_REFUSED);
	assert_int_equal(bitstream(m, 4, 0, 1), MEDIACARD_REFUSED);
	assert_int_equal(bitstream(m, UINT32_MAX, 0, 1), MEDIACARD_REFUSED);
	command(m, &unmap);
	assert_int_equal(wait_for(m, MEDIACARD_DONE), MEDIACARD_OK);
	assert_int_equal(bitstream(m, 3, 0, PAGE), MEDIACARD_REFUSED);
}

static void outside_of_memory(void **state)
{
	struct machine *m = *state;

	assert_int_equal(map(m, 0, MEMORY_AT + MEMORY_SIZE - PAGE, PAGE, READ), MEDIACARD_OK); /* control */
	assert_int_equal(map(m, 1, MEMORY_AT + MEMORY_SIZE - PAGE, PAGE + 1, READ), MEDIACARD_REFUSED);
	assert_int_equal(map(m, 1, MEMORY_AT - 1, 1, READ), MEDIACARD_REFUSED);
	assert_int_equal(map(m, 1, MEMORY_AT + 1, UINT64_MAX, READ), MEDIACARD_REFUSED);
	assert_int_equal(map(m, 1, MEMORY_AT, 0, READ), MEDIACARD_REFUSED);
	assert_int_equal(map(m, 0, MEMORY_AT, PAGE, READ), MEDIACARD_INVALID); /* there is one */
	assert_int_equal(map(m, MEDIACARD_MAX_WINDOWS, MEMORY_AT, PAGE, READ), MEDIACARD_INVALID);
}

static void nothing_after_a_reset(void **state)
{
	struct machine *m = *state;

	assert_int_equal(map(m, 0, MEMORY_AT, PAGE, READ), MEDIACARD_OK);
	reset(m);
	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	assert_int_equal(bitstream(m, 0, 0, 1), MEDIACARD_REFUSED);
}

static void rings_that_cannot_be(void **state)
{
	struct machine *m = *state;
	struct mediacard_event e;

	regs(m)->command_produced = htole32(m->produced + MEDIACARD_COMMAND_COUNT + 1);
	assert_false(event(m, &e));
	assert_int_equal(regs(m)->failed, htole32(1));
	reset(m);
	assert_int_equal(regs(m)->failed, 0);
	regs(m)->event_consumed = htole32(1);
	assert_false(event(m, &e));
	assert_int_equal(regs(m)->failed, htole32(1));
	reset(m);
	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
}

static void put_bitstream(struct machine *m, uint16_t session, uint32_t window, uint32_t size)
{
	const struct mediacard_command c = {.opcode = htole16(MEDIACARD_BITSTREAM), .session = htole16(session),
					    .bitstream = {htole64(7), htole32(window), 0, htole32(size)}};

	command(m, &c);
}

static void put(struct machine *m, enum mediacard_opcode opcode, uint16_t session)
{
	const struct mediacard_command c = {.opcode = htole16(opcode), .session = htole16(session)};

	command(m, &c);
}

static void put_room(struct machine *m, uint16_t session, uint32_t window)
{
	const struct mediacard_command c = {.opcode = htole16(MEDIACARD_PICTURE), .session = htole16(session),
					    .picture = {htole32(window), 0, htole32(PICTURE_SIZE)}};

	command(m, &c);
}

static void put_resume(struct machine *m, uint16_t session, uint32_t side)
{
	const struct mediacard_command c = {.opcode = htole16(MEDIACARD_RESUME), .session = htole16(session),
					    .resume = {htole32(side), htole32(side), htole32(8)}};

	command(m, &c);
}

/* Windows 0 and 1: a small picture's bitstream, whose size it is, and room for it. */
static uint32_t prepare_small(struct machine *m)
{
	uint32_t size = make_bitstream(m);

	if (!size)
		skip();
	assert_int_equal(map(m, 0, MEMORY_AT, 16 * PAGE, READ), MEDIACARD_OK);
	assert_int_equal(map(m, 1, MEMORY_AT + PICTURE_AT, PICTURE_SIZE, WRITE), MEDIACARD_OK);
	return size;
}

/* While one session has what takes long to decode, another one's picture comes; and the first one can be flushed, and
 * all of it reset, at once. */
static void slow_bitstream_holds_nobody(void **state)
{
	struct machine *m = *state;
	const struct mediacard_command open = {.opcode = htole16(MEDIACARD_OPEN), .session = htole16(1)};
	uint32_t small = prepare_small(m);
	struct mediacard_event e;

	hold_slow(true);
	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	command(m, &open);
	assert_int_equal(wait_for(m, MEDIACARD_DONE), MEDIACARD_OK);

	put_bitstream(m, 0, 0, SLOW_SIZE);
	wait_for_slow(m, 1);
	put_resume(m, 1, SIDE);
	put_bitstream(m, 1, 0, small);
	put_room(m, 1, 1);
	put(m, MEDIACARD_DRAIN, 1);
	do {
		assert_true(event(m, &e));
		assert_int_equal(le16toh(e.session), 1);
	} while (le16toh(e.type) != MEDIACARD_PICTURE_DONE);
	assert_true(decoded(m));
	assert_true(session_is_at_work(m->card.sessions[0]));

	/* What it had is given back, and its next decoder is another. */
	put(m, MEDIACARD_FLUSH, 0);
	assert_true(has_event(m));
	while (event(m, &e) && le16toh(e.type) != MEDIACARD_BITSTREAM_DONE)
		;
	assert_int_equal(le32toh(e.status), MEDIACARD_CANCELLED);
	assert_int_equal(wait_for(m, MEDIACARD_DONE), MEDIACARD_OK);
	put_bitstream(m, 0, 0, small);
	step(m);
	assert_int_equal(engines_count(&m->card.engines), 3);
	reset(m);
}

/* There is no room for more than so many that are not done, and then there is again. */
static void engines_are_bounded(void **state)
{
	struct machine *m = *state;
	uint32_t small = prepare_small(m);

	hold_slow(true);
	for (unsigned i = 0; i < MOST_ENGINES; i++) {
		assert_int_equal(open_session(m, 0), MEDIACARD_OK);
		put_bitstream(m, 0, 0, SLOW_SIZE);
		wait_for_slow(m, i + 1);
		put(m, MEDIACARD_CLOSE, 0);
		assert_int_equal(wait_for(m, MEDIACARD_DONE), MEDIACARD_OK);
	}
	assert_int_equal(engines_count(&m->card.engines), MOST_ENGINES);
	assert_int_equal(open_session(m, 0), MEDIACARD_NO_MEMORY);
	hold_slow(false);
	wait_for_fewer_engines(m, MOST_ENGINES);
	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	put_resume(m, 0, SIDE);
	assert_int_equal(bitstream(m, 0, 0, small), MEDIACARD_OK);
}

/* Who resumes with pictures of another layout is told again. */
static void another_layout_is_told_again(void **state)
{
	struct machine *m = *state;
	uint32_t size = prepare_small(m);
	struct mediacard_event e;

	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	put_resume(m, 0, 2 * SIDE);
	put_bitstream(m, 0, 0, size);
	for (unsigned i = 0; i < 3; i++) {
		put_room(m, 0, 1);
		do
			assert_true(event(m, &e));
		while (le16toh(e.type) != MEDIACARD_PICTURE_DONE);
		assert_int_equal(le32toh(e.picture.flags), MEDIACARD_PICTURE_LAST);
		put_resume(m, 0, i < 2 ? 2 * SIDE : SIDE);
	}
	assert_int_equal(picture(m, 1), MEDIACARD_OK);
	assert_true(decoded(m));
}

/* A driver that had no room for the last picture of a layout, and flushes, still waits for it. */
static void a_flush_takes_no_last_picture(void **state)
{
	struct machine *m = *state;
	uint32_t size = prepare_small(m);
	struct mediacard_event e;

	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	put_resume(m, 0, 2 * SIDE);
	put_bitstream(m, 0, 0, size);
	assert_int_equal(wait_for(m, MEDIACARD_LAYOUT), MEDIACARD_OK);
	put(m, MEDIACARD_FLUSH, 0);
	assert_int_equal(wait_for(m, MEDIACARD_DONE), MEDIACARD_OK);
	put_bitstream(m, 0, 0, size);
	put_room(m, 0, 1);
	do
		assert_true(event(m, &e));
	while (le16toh(e.type) != MEDIACARD_PICTURE_DONE);
	assert_int_equal(le32toh(e.picture.flags), MEDIACARD_PICTURE_LAST);
	put_resume(m, 0, SIDE);
	assert_int_equal(picture(m, 1), MEDIACARD_OK);
	assert_true(decoded(m));
}

/* On a seek away from what the card has no format for, what comes next is decoded again. */
static void a_flush_ends_a_failure(void **state)
{
	struct machine *m = *state;
	uint32_t size = prepare_small(m), tiny = encode(m, 8 * PAGE, MEDIACARD_MIN_SIZE / 2, draw_grey);

	assert_in_range(tiny, 1, 8 * PAGE);
	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	put_resume(m, 0, SIDE);
	assert_int_equal(bitstream(m, 0, 8 * PAGE, tiny), MEDIACARD_OK);
	put(m, MEDIACARD_DRAIN, 0);
	assert_int_equal(wait_for(m, MEDIACARD_SESSION_FAILED), MEDIACARD_UNSUPPORTED);
	put(m, MEDIACARD_FLUSH, 0);
	assert_int_equal(wait_for(m, MEDIACARD_DONE), MEDIACARD_OK);
	assert_int_equal(bitstream(m, 0, 0, size), MEDIACARD_OK);
	assert_int_equal(picture(m, 1), MEDIACARD_OK);
	assert_true(decoded(m));
}

/* One before each bitstream, and one after the last. */
static void no_drain_is_lost(void **state)
{
	struct machine *m = *state;
	uint32_t size = prepare_small(m);
	struct mediacard_event e;
	unsigned drained = 0;

	assert_int_equal(open_session(m, 0), MEDIACARD_OK);
	put_resume(m, 0, SIDE);
	for (unsigned i = 0; i < MEDIACARD_MAX_BUFFERS; i++) {
		put(m, MEDIACARD_DRAIN, 0);
		put_bitstream(m, 0, 0, size);
	}
	put(m, MEDIACARD_DRAIN, 0);
	put_room(m, 0, 1);
	while (event(m, &e)) {
		if (le16toh(e.type) == MEDIACARD_PICTURE_DONE)
			put_room(m, 0, 1);
		if (le16toh(e.type) == MEDIACARD_DRAINED) {
			drained++;
			put_resume(m, 0, SIDE);
		}
	}
	assert_int_equal(drained, MEDIACARD_MAX_BUFFERS + 1);
}

/* As decoders do, of larger streams: malloc() gives memory back, for which it may want to know more. */
static void *allocate_and_free(void *data)
{
	void *volatile blocks[200];

	for (unsigned i = 0; i < 200; i++)
		blocks[i] = malloc(100000);
	for (unsigned i = 200; i--;)
		free(blocks[i]);
	return data;
}

/* In a process of its own, which has to end by itself: what the decoders call, they may. */
static void decodes_in_the_sandbox(void **state)
{
	struct machine *m = *state;
	uint32_t large = encode(m, 0, 512, draw_noise);
	pthread_t thread;
	int status;
	pid_t child;

	if (!large)
		skip();
	child = fork();
	if (!child) {
		sandbox_enter(UINT64_C(3) << 30);
		for (unsigned i = 0; i < 3; i++) {
			if (map(m, i, MEMORY_AT, large, READ) || open_session(m, 0))
				_exit(1);
			put_resume(m, 0, SIDE);
			put_bitstream(m, 0, i, large);
			/* It waits for a layout that does not come. */
			while (engine_is_at_work(m) || has_event(m)) {
				struct mediacard_event e;

				event(m, &e);
			}
			put(m, MEDIACARD_CLOSE, 0);
			if (wait_for(m, MEDIACARD_DONE))
				_exit(2);
			wait_for_fewer_engines(m, 1);
		}
		if (pthread_create(&thread, NULL, allocate_and_free, NULL) || pthread_join(thread, NULL))
			_exit(3);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* What nobody mapped keeps what it has, whatever the driver says. */
static void random_commands(void **state)
{
	const char *rounds = getenv("PROTEX_FUZZ_ROUNDS");
	unsigned long n = rounds ? strtoul(rounds, NULL, 10) : 20000;
	struct machine *m = *state;
	struct mediacard_event e;

	srand(1);
	memset(m->memory.data + MEMORY_SIZE / 2, 0xa5, MEMORY_SIZE / 2);
	for (unsigned long i = 0; i < n; i++) {
		struct mediacard_command c;
		uint8_t *bytes = (void *)&c;

		for (size_t k = 0; k < sizeof(c); k++)
			bytes[k] = (uint8_t)(rand() % 4 ? 0 : rand());
		c.opcode = htole16((uint16_t)(rand() % 12));
		c.session = htole16((uint16_t)(rand() % 3));
		if (c.opcode == htole16(MEDIACARD_MAP)) {
			map(m, (uint32_t)(rand() % 4),
			    MEMORY_AT + (uint64_t)(rand() % (MEMORY_SIZE / 2)), (uint64_t)(rand() % 65536),
			    (uint32_t)(rand() % 8));
			/* Of what goes beyond the first half there is no window. */
			for (uint32_t k = 0; k < 4; k++)
				if (windows_allow(&m->card.windows, k, 0, 0, 0, false) ||
				    windows_allow(&m->card.windows, k, 0, 0, 0, true))
					if (rand() % 3 == 0)
						windows_unmap(&m->card.windows, k);
			continue;
		}
		if (c.opcode == htole16(MEDIACARD_BITSTREAM) || c.opcode == htole16(MEDIACARD_PICTURE)) {
			c.bitstream.window = htole32((uint32_t)(rand() % 5));
			c.bitstream.offset = htole32((uint32_t)(rand() % 70000));
			c.bitstream.size = htole32((uint32_t)(rand() % 70000));
		}
		command(m, &c);
		while (event(m, &e))
			;
		if (regs(m)->failed)
			reset(m);
	}
	for (unsigned i = MEMORY_SIZE / 2 + 65536; i < MEMORY_SIZE; i++)
		assert_int_equal(m->memory.data[i], 0xa5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(decodes),
		TEST(decodes_protected),
		TEST(protected_to_ordinary),
		TEST(ordinary_from_protected),
		TEST(to_what_is_read_only),
		TEST(outside_of_windows),
		TEST(outside_of_memory),
		TEST(nothing_after_a_reset),
		TEST(rings_that_cannot_be),
		TEST(slow_bitstream_holds_nobody),
		TEST(engines_are_bounded),
		TEST(another_layout_is_told_again),
		TEST(a_flush_takes_no_last_picture),
		TEST(a_flush_ends_a_failure),
		TEST(no_drain_is_lost),
		TEST(random_commands),
	};
	const struct CMUnitTest attacks[] = {
		TEST(protected_to_ordinary),
		TEST(ordinary_from_protected),
	};
	const struct CMUnitTest rights[] = {
		TEST(to_what_is_read_only),
	};
	const struct CMUnitTest sandbox[] = {
		TEST(decodes_in_the_sandbox),
	};

	av_log_set_level(AV_LOG_QUIET);
	if (argc > 1)
		without = argv[1];
	if (!strcmp(without, "protected"))
		return cmocka_run_group_tests_name("mediacard without: protected", attacks, NULL, NULL);
	if (!strcmp(without, "rights"))
		return cmocka_run_group_tests_name("mediacard without: rights", rights, NULL, NULL);
	if (!strcmp(without, "sandbox"))
		return cmocka_run_group_tests_name("mediacard in the sandbox", sandbox, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
