/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes.h"

static struct attempt *shared_attempt(const struct attempt *attempt)
{
	struct attempt *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return NULL;
	*shared = *attempt;
	return shared;
}

static bool wait_and_take(pid_t child, struct attempt *attempt, struct attempt *shared)
{
	int status = -1;

	waitpid(child, &status, 0);
	*attempt = *shared;
	munmap(shared, sizeof(*shared));
	return status == 0;
}

bool in_child(struct attempt *attempt, int fd, received_function function, void *data)
{
	struct attempt *shared = shared_attempt(attempt);
	pid_t child = shared ? fork() : -1;

	if (child < 0)
		return false;
	if (child == 0) {
		function(shared, fd, data);
		_exit(0);
	}
	return wait_and_take(child, attempt, shared);
}

static bool send_file(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct iovec byte = { .iov_base = (char[1]){ 0 }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1;
}

static int receive_file(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec byte = { .iov_base = (char[1]){ 0 }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

bool in_receiver(struct attempt *attempt, int fd, received_function function, void *data)
{
	struct attempt *shared = shared_attempt(attempt);
	int ends[2];
	pid_t child;

	if (!shared || socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return false;
	child = fork();
	if (child < 0)
		return false;
	if (child == 0) {
		int received;

		/* As if it had never had the file. */
		close(fd);
		close(ends[0]);
		received = receive_file(ends[1]);
		if (received >= 0)
			function(shared, received, data);
		_exit(received < 0);
	}
	close(ends[1]);
	return send_file(ends[0], fd) & wait_and_take(child, attempt, shared);
}

uint32_t name_of(struct attempt *attempt, int fd, uint32_t handle)
{
	struct drm_gem_flink flink = { .handle = handle };

	said(attempt, try_ioctl(fd, DRM_IOCTL_GEM_FLINK, &flink));
	return flink.name;
}

int open_name(struct attempt *attempt, int fd, uint32_t name, uint32_t *handle)
{
	struct drm_gem_open open = { .name = name };
	int ret = said(attempt, try_ioctl(fd, DRM_IOCTL_GEM_OPEN, &open));

	*handle = open.handle;
	return ret;
}
