/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto.h"
#include "play.h"

struct picture {
	int fd;
	uint8_t *data; /* NULL if this program cannot read it */
	size_t size;
	struct protex_memory *memory; /* NULL if the TA cannot */
};

struct playing {
	struct play *play;
	struct film *film;
	struct decoder decoder;
	struct picture pictures[PLAY_BUFFERS];
	uint8_t *bitstream; /* mapped, if it is not protected */
	unsigned next;	    /* access unit */
	bool configured, drained;
};

static bool fail(struct playing *p, const char *stage, int error)
{
	if (!p->play->stage) {
		p->play->stage = stage;
		p->play->failed = error;
	}
	return false;
}

static bool send_unit(struct playing *p)
{
	struct film *f = p->film;
	struct protex_error error;
	uint64_t size = f->bitstream[p->next].size;
	int ret;

	if (p->play->protected_bitstream) {
		size = film_decrypt(f, p->next, &error);
		if (!size)
			return fail(p, "the TA decrypts", -EIO);
	} else {
		memcpy(p->bitstream, f->bitstream[p->next].data, size);
	}
	ret = decoder_queue(&p->decoder, BITSTREAM, 0, p->play->protected_bitstream ? f->player.fd : -1,
			    (unsigned)size, p->next);
	p->next++;
	return ret == 0 || fail(p, "bitstream is queued", ret);
}

static bool begin(struct playing *p)
{
	struct decoder *d = &p->decoder;
	size_t size;
	int ret = decoder_open(d, p->play->node);

	if (ret < 0)
		return fail(p, "the device is opened", ret);
	ret = decoder_set_codec(d, p->film->fourcc, 1 << 20);
	if (ret < 0)
		return fail(p, "the codec is set", ret);
	ret = decoder_request(d, BITSTREAM, p->play->protected_bitstream ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP, 1);
	if (ret < 1)
		return fail(p, "a buffer for bitstream", ret);
	if (!p->play->protected_bitstream) {
		p->bitstream = decoder_map(d, BITSTREAM, 0, &size);
		if (p->bitstream == MAP_FAILED)
			return fail(p, "bitstream is mapped", -errno);
	}
	ret = decoder_stream(d, BITSTREAM, true);
	return ret == 0 ? send_unit(p) : fail(p, "bitstream streams", ret);
}

/* Every way to its content that there is. */
static void look_at(struct playing *p, struct picture *picture, unsigned index)
{
	struct protex_error error;
	size_t size;

	picture->data = MAP_FAILED;
	picture->size = p->decoder.size;
	if (!p->play->import) {
		picture->data = decoder_map(&p->decoder, PICTURES, index, &size);
		picture->fd = decoder_export(&p->decoder, PICTURES, index);
	} else {
		picture->fd = dup(p->play->picture_fds[index]);
	}
	if (picture->data == MAP_FAILED && picture->fd >= 0)
		picture->data = mmap(NULL, picture->size, PROT_READ, MAP_SHARED, picture->fd, 0);
	if (picture->data == MAP_FAILED)
		picture->data = NULL;
	if (picture->fd < 0 ||
	    protex_memory_import(&picture->memory, p->film->player.tee, picture->fd, &error) < 0)
		picture->memory = NULL;
}

static bool queue_picture(struct playing *p, unsigned index)
{
	int ret = decoder_queue(&p->decoder, PICTURES, index,
				p->play->import ? p->play->picture_fds[index] : -1, 0, 0);

	return ret == 0 || fail(p, "a picture is queued", ret);
}

/* The stream is known. */
static bool configure(struct playing *p)
{
	struct decoder *d = &p->decoder;
	int ret;

	p->configured = true;
	ret = decoder_layout(d);
	if (ret < 0)
		return fail(p, "the layout", ret);
	ret = decoder_request(d, PICTURES, p->play->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP, PLAY_BUFFERS);
	if (ret != PLAY_BUFFERS)
		return fail(p, "buffers for pictures", ret);
	for (unsigned i = 0; i < PLAY_BUFFERS; i++) {
		look_at(p, &p->pictures[i], i);
		if (!queue_picture(p, i))
			return false;
	}
	ret = decoder_stream(d, PICTURES, true);
	return ret == 0 || fail(p, "pictures stream", ret);
}

static void compare(struct playing *p, const struct picture *picture)
{
	const struct bytes *wanted = &p->film->pictures[p->play->pictures];
	uint8_t is[32], should[32];
	struct protex_error error;
	struct protex_range range = {picture->memory, 0, wanted->size};

	if (p->play->pictures >= p->film->picture_count)
		return;
	if (picture->data && picture->size >= wanted->size)
		p->play->seen_by_cpu += !memcmp(picture->data, wanted->data, wanted->size);
	if (picture->memory && crypto_sha256(wanted->data, wanted->size, NULL, 0, should, &error) == 0 &&
	    protex_ta_digest(p->film->player.session, &range, is, &error) == 0)
		p->play->seen_by_ta += !memcmp(is, should, sizeof(is));
}

static bool take_picture(struct playing *p)
{
	struct v4l2_buffer buffer;
	struct v4l2_plane plane;
	int index = decoder_dequeue(&p->decoder, PICTURES, &buffer, &plane);

	if (index == -EAGAIN)
		return true;
	if (index < 0)
		return fail(p, "a picture comes", index);
	if (buffer.flags & V4L2_BUF_FLAG_LAST) {
		p->drained = true;
		return true;
	}
	if (buffer.flags & V4L2_BUF_FLAG_ERROR)
		return fail(p, "a picture is good", -EIO);
	compare(p, &p->pictures[index]);
	if (!p->play->pictures++ && p->play->held)
		p->play->held(p->play, &p->decoder, p->play->data);
	return queue_picture(p, (unsigned)index);
}

static bool take_bitstream(struct playing *p)
{
	struct v4l2_buffer buffer;
	struct v4l2_plane plane;
	int index = decoder_dequeue(&p->decoder, BITSTREAM, &buffer, &plane), ret;

	if (index == -EAGAIN)
		return true;
	if (index < 0)
		return fail(p, "bitstream comes back", index);
	if (p->next < p->film->length)
		return send_unit(p);
	ret = decoder_stop(&p->decoder);
	return ret == 0 || fail(p, "draining begins", ret);
}

static bool take_event(struct playing *p)
{
	int type;

	while ((type = decoder_event(&p->decoder)) >= 0)
		if (type == V4L2_EVENT_SOURCE_CHANGE && !p->configured && !configure(p))
			return false;
	return true;
}

static bool go_on(struct playing *p)
{
	int events = decoder_wait(&p->decoder, POLLPRI | (p->configured ? POLLIN | POLLOUT : 0));

	if (events < 0)
		return fail(p, "something happens", events);
	if (events & POLLPRI)
		return take_event(p);
	/* POLLERR is also of a queue that has nothing queued, which the calls below tell apart. */
	if (events & (POLLIN | POLLERR) && !take_picture(p))
		return false;
	return !(events & (POLLOUT | POLLERR)) || p->drained || take_bitstream(p);
}

void play_film(struct play *play, struct film *film)
{
	struct playing p = {.play = play, .film = film, .decoder.fd = -1};

	for (unsigned i = 0; i < PLAY_BUFFERS; i++)
		p.pictures[i].fd = -1;
	play->stage = NULL;
	play->failed = 0;
	play->pictures = play->seen_by_cpu = play->seen_by_ta = 0;

	if (begin(&p))
		while (!p.drained && go_on(&p))
			;

	for (unsigned i = 0; i < PLAY_BUFFERS; i++) {
		if (p.pictures[i].data)
			munmap(p.pictures[i].data, p.pictures[i].size);
		if (p.pictures[i].memory)
			protex_memory_close(p.pictures[i].memory);
		if (p.pictures[i].fd >= 0)
			close(p.pictures[i].fd);
	}
	decoder_close(&p.decoder);
}
