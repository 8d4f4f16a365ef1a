/* SPDX-License-Identifier: MIT */
/* Doors that the kernel has, to its memory or to another kernel. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kexec.h>

#include "sysfs.h"
#include "tap.h"
#include "way.h"

/* More of it is in kcore.c. */
static enum outcome kcore(int restricted)
{
	char magic[4];
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	bool read_it;

	(void)restricted;
	if (fd < 0)
		return refused();
	read_it = read(fd, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4);
	close(fd);
	return read_it ? GOT_IT : broken("it cannot be read");
}

/* A kernel that is started in place of this one has all of its memory. */
static enum outcome kexec(int restricted)
{
	static const char code[4096] = { 0xf4 - 256 };
	const struct kexec_segment segment = { code, sizeof(code), (void *)0x1000000, sizeof(code) };

	(void)restricted;
	if (syscall(SYS_kexec_load, 0x1000000, 1, &segment, KEXEC_ARCH_DEFAULT))
		return refused();
	syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_DEFAULT);
	return GOT_IT;
}

/* The panic screen's, for one: what drivers have there is for those who are trusted. */
static enum outcome debugfs(int restricted)
{
	glob_t found;
	int fd;

	(void)restricted;
	if (glob("/sys/kernel/debug/dri/*/drm_panic_plane_0", 0, NULL, &found))
		return broken("there is no file to write to");
	fd = open(found.gl_pathv[0], O_WRONLY | O_CLOEXEC);
	globfree(&found);
	if (fd < 0)
		return refused();
	close(fd);
	return GOT_IT;
}

#ifdef __x86_64__
/* Where system calls begin: to have that somewhere else is to be the kernel. */
static enum outcome msr(int restricted)
{
	const off_t lstar = 0xc0000082;
	int fd = open("/dev/cpu/0/msr", O_RDWR | O_CLOEXEC);
	uint64_t value;
	enum outcome outcome = GOT_IT;

	(void)restricted;
	if (fd < 0 || pread(fd, &value, sizeof(value), lstar) != sizeof(value))
		outcome = broken("it cannot be read");
	else if (pwrite(fd, &value, sizeof(value), lstar) != sizeof(value))
		outcome = refused();
	close(fd);
	return outcome;
}
#endif

const struct way kernel_ways[] = {
	{ "root reads the kernel's memory in /proc/kcore", EPERM, kcore },
	{ "root loads another kernel by kexec", EPERM, kexec },
	{ "root writes to a driver's file in debugfs", EPERM, debugfs },
#ifdef __x86_64__
	{ "root writes to a register of the processor that tells where system calls begin", EPERM, msr },
#endif
	{ 0 },
};

/* The image is a copy of all memory. The TEE does not let it be made, and virtio-gpu does not: so they go first. */
static enum outcome snapshot(int restricted)
{
	char name[256];
	int fd, tries = 0;

	(void)restricted;
	while (syscall(SYS_delete_module, "tee_emu", O_NONBLOCK) && errno == EAGAIN && tries++ < 1000)
		usleep(10000);
	if (!access("/sys/module/tee_emu/refcnt", F_OK) || !find_virtio_gpu(name) ||
	    write_file(virtio_gpu_file("unbind"), name))
		return broken("the TEE and the GPU do not go");
	fd = open("/dev/snapshot", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refused();
	close(fd);
	return GOT_IT;
}

const struct way last_ways[] = {
	{ "root has an image of all memory made, with no TEE to object", EPERM, snapshot },
	{ 0 },
};
