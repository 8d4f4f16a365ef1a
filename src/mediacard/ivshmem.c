/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ivshmem.h"

#define PROTOCOL_VERSION 0
#define CARD 0
#define MACHINE 1

int ivshmem_listen(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask;

	if (strlen(path) >= sizeof(address.sun_path))
		errx(2, "--socket: %s is longer than the name of a socket can be", path);
	strcpy(address.sun_path, path);
	mask = umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		err(1, "%s", path);
	umask(mask);
	return fd;
}

static void send_number(int to, int64_t number, int fd)
{
	uint64_t data = htole64((uint64_t)number);
	struct iovec part = {&data, sizeof(data)};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t sent;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	do {
		sent = sendmsg(to, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent != sizeof(data))
		err(1, "QEMU's socket");
}

void ivshmem_accept(struct ivshmem *v, int listening, int bar)
{
	v->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	v->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->doorbell < 0 || v->interrupt < 0)
		err(1, "eventfd");
	do {
		v->socket = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	} while (v->socket < 0 && errno == EINTR);
	if (v->socket < 0)
		err(1, "accept");
	send_number(v->socket, PROTOCOL_VERSION, -1);
	send_number(v->socket, MACHINE, -1);
	send_number(v->socket, -1, bar);
	send_number(v->socket, CARD, v->doorbell);
	send_number(v->socket, MACHINE, v->interrupt);
}
