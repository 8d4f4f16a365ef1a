/* SPDX-License-Identifier: MIT */
/*
 * protex-mediacard: the hardware of the media card, for a virtual machine. QEMU's device ivshmem-doorbell is its
 * slot; it decodes with libavcodec, and reaches the machine's memory by DMA addresses.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "card.h"
#include "ivshmem.h"
#include "sandbox.h"

/* For all decoders: sixteen sessions of the largest pictures do not fit, and are told so. */
#define DECODERS_MEMORY (UINT64_C(3) << 30)

static const char usage[] =
	"Usage: protex-mediacard --socket SOCKET --memory FILE --memory-layout ADDRESS:SIZE[,ADDRESS:SIZE…]\n"
	"A video decoder for one virtual machine, until that ends.\n"
	"\n"
	"  --socket SOCKET      is made, for QEMU's\n"
	"                       -chardev socket,id=ID,path=SOCKET -device ivshmem-doorbell,vectors=1,chardev=ID\n"
	"  --memory FILE        is made, for QEMU's\n"
	"                       -object memory-backend-file,id=ID,size=…,mem-path=FILE,share=on\n"
	"  --memory-layout L    at which physical addresses the machine has the bytes of FILE, in its order\n"
	"  -h, --help           this\n"
	"\n"
	"It listens before it goes to the background of what started it: a line \"ready\" on standard output says so.\n"
	"Exit status: 0 when the machine has ended, 1 when something failed, 2 when it was called wrongly.\n";

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll");
}

/* Until QEMU closes its socket. */
static void run(struct card *card, const struct ivshmem *v, int epoll)
{
	bool progress = true;

	for (;;) {
		struct epoll_event events[3];
		int n = epoll_wait(epoll, events, 3, progress ? 0 : -1);

		if (n < 0 && errno != EINTR)
			return;
		for (int i = 0; i < n; i++) {
			uint64_t rung;

			if (events[i].data.fd == v->socket)
				return; /* it has nothing to say, but may be gone */
			if (events[i].data.fd == card->engines.done)
				continue; /* which the card reads */
			if (read(v->doorbell, &rung, sizeof(rung)) < 0 && errno != EAGAIN && errno != EINTR)
				return;
		}
		progress = card_step(card);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},	 {"memory", required_argument, NULL, 'm'},
		{"memory-layout", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *path = NULL, *file = NULL, *layout = NULL;
	static struct guest_memory memory;
	static struct card card;
	struct ivshmem v;
	int option, listening, bar, epoll;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 's': path = optarg; break;
		case 'm': file = optarg; break;
		case 'l': layout = optarg; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (!path || !file || !layout || optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	/* What a stream has in it is nobody's business. */
	av_log_set_level(AV_LOG_QUIET);

	guest_memory_create(&memory, file, layout);
	card.windows.memory = &memory;
	engines_create(&card.engines);
	bar = rings_create(&card.rings, engine_codecs());
	listening = ivshmem_listen(path);
	if (puts("ready") < 0 || fflush(stdout))
		err(1, "standard output");
	ivshmem_accept(&v, listening, bar);
	close(listening);
	close(bar);
	card.rings.interrupt = v.interrupt;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		err(1, "epoll");
	watch(epoll, v.socket);
	watch(epoll, v.doorbell);
	watch(epoll, card.engines.done);

	sandbox_enter(DECODERS_MEMORY);
	run(&card, &v, epoll);
	card_reset(&card);
	return 0;
}
