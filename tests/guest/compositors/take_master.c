/* SPDX-License-Identifier: MIT */
/*
 * take-master PID: what a session manager does when it switches away from a compositor and back, without a word
 * to it: takes the DRM master from the compositor's file, shows a picture of one colour as its own master, says
 * "held", gives the display back when a line comes, says "given back", and ends when another does.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#define COLOUR 0x804080

static int fail(const char *what)
{
	fprintf(stderr, "take-master: %s: %s\n", what, strerror(errno));
	return 1;
}

/* The compositor's file that was the master, which it no longer is. */
static int take_from(pid_t pid, char *card, size_t size)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	char folder[64];
	struct dirent *entry;
	DIR *files;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", pid);
	files = opendir(folder);
	while (process >= 0 && files && (entry = readdir(files))) {
		ssize_t length = readlinkat(dirfd(files), entry->d_name, card, size - 1);
		int file;

		card[length > 0 ? length : 0] = '\0';
		if (strncmp(card, "/dev/dri/card", 13))
			continue;
		file = (int)syscall(SYS_pidfd_getfd, process, atoi(entry->d_name), 0);
		if (file >= 0 && !drmDropMaster(file))
			return file;
	}
	return -1;
}

static int show(int device)
{
	drmModeRes *resources = drmModeGetResources(device);
	uint32_t handle, pitch, fb;
	drmModeCrtc *crtc;
	uint32_t *pixels;
	uint64_t size, offset;

	if (!resources || !resources->count_crtcs || !resources->count_connectors)
		return -1;
	crtc = drmModeGetCrtc(device, resources->crtcs[0]);
	if (!crtc || !crtc->mode_valid ||
	    drmModeCreateDumbBuffer(device, crtc->width, crtc->height, 32, 0, &handle, &pitch, &size) ||
	    drmModeMapDumbBuffer(device, handle, &offset))
		return -1;
	pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)offset);
	if (pixels == MAP_FAILED)
		return -1;
	for (uint64_t i = 0; i < size / 4; i++)
		pixels[i] = COLOUR;
	if (drmModeAddFB(device, crtc->width, crtc->height, 24, 32, pitch, handle, &fb))
		return -1;
	return drmModeSetCrtc(device, crtc->crtc_id, fb, 0, 0, resources->connectors, 1, &crtc->mode);
}

int main(int argc, char *argv[])
{
	char card[64], line[16];
	int theirs, ours;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 2)
		return 64;
	theirs = take_from(atoi(argv[1]), card, sizeof(card));
	if (theirs < 0)
		return fail("the process has no master to give");
	ours = open(card, O_RDWR | O_CLOEXEC);
	if (ours < 0 || (!drmIsMaster(ours) && drmSetMaster(ours)))
		return fail(card);
	if (show(ours))
		return fail("cannot show a picture");
	puts("held");
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	if (drmDropMaster(ours) || drmSetMaster(theirs))
		return fail("cannot give it back");
	puts("given back");
	/* Until something else is shown, so that the display does not go off in between. */
	return !fgets(line, sizeof(line), stdin);
}
