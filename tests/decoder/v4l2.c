/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "v4l2.h"

static int call(int fd, unsigned long request, void *argument)
{
	int ret;

	do {
		ret = ioctl(fd, request, argument);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static bool has_name(const char *node, const char *name)
{
	char path[PATH_MAX], found[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/video4linux/%s/name", node);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(found, sizeof(found), file))
		found[strcspn(found, "\n")] = '\0';
	fclose(file);
	return !strcmp(found, name);
}

int decoder_open(struct decoder *d, const char *name)
{
	DIR *dir = opendir("/sys/class/video4linux");
	struct dirent *entry;
	char path[PATH_MAX] = "";

	*d = (struct decoder){.fd = -1};
	while (dir && (entry = readdir(dir)))
		if (has_name(entry->d_name, name))
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
	if (dir)
		closedir(dir);
	if (!*path)
		return -ENODEV;
	d->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (d->fd < 0)
		return -errno;
	for (unsigned i = 0; i < 2; i++) {
		struct v4l2_event_subscription subscription = {
			.type = i ? V4L2_EVENT_EOS : V4L2_EVENT_SOURCE_CHANGE};

		call(d->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
	}
	return 0;
}

void decoder_close(struct decoder *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

int decoder_set_codec(struct decoder *d, uint32_t fourcc, unsigned bitstream_size)
{
	struct v4l2_format format = {.type = BITSTREAM};
	int ret;

	format.fmt.pix_mp.pixelformat = fourcc;
	format.fmt.pix_mp.num_planes = 1;
	format.fmt.pix_mp.plane_fmt[0].sizeimage = bitstream_size;
	ret = call(d->fd, VIDIOC_S_FMT, &format);
	return ret < 0 ? ret : format.fmt.pix_mp.pixelformat == fourcc ? 0 : -EINVAL;
}

int decoder_layout(struct decoder *d)
{
	struct v4l2_format format = {.type = PICTURES};
	int ret = call(d->fd, VIDIOC_G_FMT, &format);

	if (ret < 0)
		return ret;
	d->width = format.fmt.pix_mp.width;
	d->height = format.fmt.pix_mp.height;
	d->pixel_format = format.fmt.pix_mp.pixelformat;
	d->row = format.fmt.pix_mp.plane_fmt[0].bytesperline;
	d->size = format.fmt.pix_mp.plane_fmt[0].sizeimage;
	return 0;
}

int decoder_request(struct decoder *d, uint32_t queue, uint32_t memory, unsigned count)
{
	struct v4l2_requestbuffers request = {.type = queue, .memory = memory, .count = count};
	int ret = call(d->fd, VIDIOC_REQBUFS, &request);

	return ret < 0 ? ret : (int)request.count;
}

int decoder_export(struct decoder *d, uint32_t queue, unsigned index)
{
	struct v4l2_exportbuffer export = {.type = queue, .index = index, .flags = O_RDWR | O_CLOEXEC};
	int ret = call(d->fd, VIDIOC_EXPBUF, &export);

	return ret < 0 ? ret : export.fd;
}

void *decoder_map(struct decoder *d, uint32_t queue, unsigned index, size_t *size)
{
	struct v4l2_plane plane = {0};
	struct v4l2_buffer buffer = {
		.type = queue, .memory = V4L2_MEMORY_MMAP, .index = index, .length = 1, .m.planes = &plane};
	int ret = call(d->fd, VIDIOC_QUERYBUF, &buffer);

	if (ret < 0) {
		errno = -ret;
		return MAP_FAILED;
	}
	*size = plane.length;
	return mmap(NULL, plane.length, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, plane.m.mem_offset);
}

int decoder_queue(struct decoder *d, uint32_t queue, unsigned index, int fd, unsigned used, uint64_t timestamp)
{
	struct v4l2_plane plane = {.bytesused = used};
	struct v4l2_buffer buffer = {
		.type = queue,
		.memory = fd < 0 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF,
		.index = index,
		.length = 1,
		.m.planes = &plane,
		.timestamp = {(time_t)(timestamp / 1000000), (suseconds_t)(timestamp % 1000000)},
	};

	if (fd >= 0) {
		off_t size = lseek(fd, 0, SEEK_END);

		plane.m.fd = fd;
		plane.length = size < 0 ? 0 : (uint32_t)size;
	}
	return call(d->fd, VIDIOC_QBUF, &buffer);
}

int decoder_dequeue(struct decoder *d, uint32_t queue, struct v4l2_buffer *buffer, struct v4l2_plane *plane)
{
	int ret;

	*plane = (struct v4l2_plane){0};
	*buffer = (struct v4l2_buffer){
		.type = queue, .memory = V4L2_MEMORY_MMAP, .length = 1, .m.planes = plane};
	ret = call(d->fd, VIDIOC_DQBUF, buffer);
	if (ret == -EINVAL) {
		buffer->memory = V4L2_MEMORY_DMABUF;
		ret = call(d->fd, VIDIOC_DQBUF, buffer);
	}
	return ret < 0 ? ret : (int)buffer->index;
}

int decoder_stream(struct decoder *d, uint32_t queue, bool on)
{
	int type = (int)queue;

	return call(d->fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

int decoder_stop(struct decoder *d)
{
	struct v4l2_decoder_cmd command = {.cmd = V4L2_DEC_CMD_STOP};

	return call(d->fd, VIDIOC_DECODER_CMD, &command);
}

int decoder_start(struct decoder *d)
{
	struct v4l2_decoder_cmd command = {.cmd = V4L2_DEC_CMD_START};

	return call(d->fd, VIDIOC_DECODER_CMD, &command);
}

int decoder_wait(struct decoder *d, int events)
{
	struct pollfd p = {.fd = d->fd, .events = (short)events};
	int ret;

	do {
		ret = poll(&p, 1, 60000);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret ? p.revents : -ETIMEDOUT;
}

int decoder_event(struct decoder *d)
{
	struct v4l2_event event = {0};
	int ret = call(d->fd, VIDIOC_DQEVENT, &event);

	return ret < 0 ? ret : (int)event.type;
}
