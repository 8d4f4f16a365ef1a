/* SPDX-License-Identifier: MIT */
/*
 * A crypto device that is taken away from its driver while ciphers are open: who has one is refused, and waits for
 * nothing; keys and ciphers end; and when the device is back, so are they, beside those of before.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "klog.h"
#include "sysfs.h"
#include "tap.h"
#include "wrapped.h"

#define DRIVER "/sys/bus/virtio/drivers/virtio_crypto/"
#define TIMES  20

static const uint8_t key[16] = "sixteen bytes...";
static const uint8_t iv[BLOCK];
static char name[64];

static bool find_device(void)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "virtio", 6) == 0)
			snprintf(name, sizeof(name), "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return name[0];
}

static int take_away(void)
{
	return write_file(DRIVER "unbind", name);
}

static int bring_back(void)
{
	return write_file(DRIVER "bind", name);
}

static int ask(struct device *device, size_t size)
{
	static _Thread_local uint8_t in[4096], out[4096];

	return device_crypt(device, true, iv, in, out, size);
}

static bool works(struct device *device)
{
	uint8_t block[BLOCK] = "0123456789abcde", out[BLOCK], back[BLOCK];

	return device_crypt(device, true, iv, block, out, BLOCK) == 0 &&
	       device_crypt(device, false, iv, out, back, BLOCK) == 0 && memcmp(block, back, BLOCK) == 0;
}

static bool open_with_key(struct device *device, int fd)
{
	if (device_open(device, PROTECTED_CIPHER) < 0)
		return false;
	return device_set_key(device, fd, 0, sizeof(key)) == 0;
}

struct user {
	struct device device;
	atomic_bool ready;
	unsigned done;
	int code;
};

/* Encrypts for as long as it can. */
static void *keep_using(void *data)
{
	struct user *u = data;

	do {
		u->code = ask(&u->device, 4096);
		u->done += u->code == 0;
		atomic_store(&u->ready, true);
	} while (u->code == 0);
	return NULL;
}

/* Whoever waits for a device that goes must not wait for ever: then this does not end either. */
static bool taken_from_a_user(int fd)
{
	struct user u = {.ready = false};
	pthread_t thread;
	bool good;

	if (!open_with_key(&u.device, fd) || pthread_create(&thread, NULL, keep_using, &u))
		return false;
	while (!atomic_load(&u.ready))
		sched_yield();
	good = take_away() == 0;
	pthread_join(thread, NULL);
	device_close(&u.device);
	/* -ENODEV, or what was on its way got -EIO. */
	if (!u.done || (u.code != -ENODEV && u.code != -EIO)) {
		note("%u requests, and then %s", u.done, strerror(-u.code));
		good = false;
	}
	return bring_back() == 0 && good;
}

/* The same for keys: each setting of one is two commands to the device. */
static void *keep_setting(void *data)
{
	struct user *u = data;
	struct device device;
	struct tee t;
	int fd;

	tee_open(&t);
	fd = key_buffer(&t, key, sizeof(key));
	do {
		u->code = device_open(&device, PROTECTED_CIPHER);
		if (u->code < 0)
			break;
		u->code = device_set_key(&device, fd, 0, sizeof(key));
		u->done += u->code == 0;
		device_close(&device);
		atomic_store(&u->ready, true);
	} while (u->code == 0);
	close(fd);
	tee_close(&t);
	return NULL;
}

static bool taken_from_a_setter(void)
{
	struct user u = {.ready = false};
	pthread_t thread;
	bool good;

	if (pthread_create(&thread, NULL, keep_setting, &u))
		return false;
	while (!atomic_load(&u.ready))
		sched_yield();
	good = take_away() == 0;
	pthread_join(thread, NULL);
	/* There is no device, or no cipher any more; or a session was not made in time. */
	if (!u.done || (u.code != -ENODEV && u.code != -ENOENT && u.code != -EINVAL && u.code != -EIO)) {
		note("%u keys, and then %s", u.done, strerror(-u.code));
		good = false;
	}
	return bring_back() == 0 && good;
}

int main(void)
{
	struct device used, unused, keyless, again;
	bool all = true;
	struct tee t;
	int fd;

	if (!find_device())
		return tap_skip_all("there is no crypto device");
	tee_open(&t);
	fd = key_buffer(&t, key, sizeof(key));
	ok(open_with_key(&used, fd) && works(&used), "a key is in use");
	ok(open_with_key(&unused, fd) && device_open(&keyless, PROTECTED_CIPHER) == 0,
	   "another one is set, and a cipher has none");

	ok(take_away() == 0, "the device is taken away from its driver");
	ok(ask(&used, BLOCK) == -ENODEV, "what the cipher in use is asked is refused");
	ok(ask(&unused, BLOCK) == -ENODEV, "and what is asked of the other for the first time");
	ok(device_set_key(&keyless, fd, 0, sizeof(key)) == -ENODEV, "there is no device for a key");
	ok(device_open(&again, PROTECTED_CIPHER) == -ENOENT, "nor a cipher to be had");
	device_close(&unused);

	ok(bring_back() == 0, "the driver gets the device back");
	ok(open_with_key(&again, fd) && works(&again), "there are ciphers again");
	ok(ask(&used, BLOCK) == -ENODEV, "one of before stays without a device");
	ok(device_set_key(&keyless, fd, 0, sizeof(key)) == 0 && works(&keyless), "but for one that is given a key");
	device_close(&used);
	ok(works(&again) && works(&keyless), "closing it takes nothing from the others");
	device_close(&keyless);
	device_close(&again);

	for (int i = 0; all && i < TIMES; i++)
		all = taken_from_a_user(fd);
	ok(all, "taken away %d times while it encrypts, whoever waits for it is told", TIMES);
	all = true;
	for (int i = 0; all && i < TIMES; i++)
		all = taken_from_a_setter();
	ok(all, "and %d times while keys are set", TIMES);
	ok(open_with_key(&again, fd) && works(&again), "and it works as before");
	device_close(&again);
	close(fd);
	tee_close(&t);
	ok(kernel_log_is_clean(), "the kernel complains of nothing");
	return tap_end();
}
