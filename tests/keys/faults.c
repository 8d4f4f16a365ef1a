/* SPDX-License-Identifier: MIT */
/* Keys that end while a device uses them, pools and devices that are full, and what is left afterwards. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"
#include "device.h"
#include "tap.h"
#include "wrapped.h"

#define SLOT PROTEX_TA_CRYPTO_KEY_SLOT

static const uint8_t key[16] = "sixteen bytes...";
static const uint8_t iv[BLOCK];

/* A block that is encrypted with the key, or not. */
static bool works(struct device *device)
{
	uint8_t block[BLOCK] = "0123456789abcde", out[BLOCK], back[BLOCK];

	return device_crypt(device, true, iv, block, out, BLOCK) == 0 &&
	       device_crypt(device, false, iv, out, back, BLOCK) == 0 && memcmp(block, back, BLOCK) == 0;
}

static void no_key(void)
{
	uint8_t block[BLOCK] = {0};
	struct device device;

	if (!ok(device_open(&device, PROTECTED_CIPHER) == 0, "a cipher without a key"))
		return;
	ok(device_crypt(&device, true, iv, block, block, BLOCK) == -ENOKEY, "encrypts nothing");
	device_close(&device);
}

/* Requests hold the key that they began with. */
static void key_in_use(struct tee *t)
{
	struct device device;
	int fd = key_buffer(t, key, sizeof(key));

	device_open(&device, PROTECTED_CIPHER);
	ok(device_set_key(&device, fd, 0, sizeof(key)) == 0 && works(&device), "a key is in use");
	ok(device_set_key(&device, fd, 0, sizeof(key)) == -EBUSY, "it is not replaced while it is");
	close(fd);
	ok(works(&device), "it outlives its memory, until its cipher is closed");
	device_close(&device);
}

/* A key that could not be set leaves a cipher without one. */
static void key_fails(struct tee *t)
{
	struct device device;
	int fd = key_buffer(t, key, sizeof(key)), other = buffer_alloc(PROTEX_USE_SECURE_VIDEO, 4096);

	device_open(&device, PROTECTED_CIPHER);
	device_set_key(&device, fd, 0, sizeof(key));
	ok(device_set_key(&device, other, 0, sizeof(key)) == -EACCES, "a second key is refused");
	ok(!works(&device), "and the first is not used in its place");
	device.socket = device.socket < 0 ? -1 : (close(device.socket), -1);
	device_close(&device);
	close(fd);
	close(other);
}

/* Memory comes back to the pool, and new: a slot takes a key only if nothing was in it. */
static void pool_full(struct tee *t)
{
	struct protex_allocator *allocator;
	struct protex_error error;
	int fds[1024], count = 0, again = 0;
	bool all = true;

	if (!ok(protex_allocator_create(&allocator, PROTEX_USE_CRYPTO_KEY, &error) == 0, "there is a pool for keys"))
		return;
	while (count < 1024 && (fds[count] = protex_allocator_alloc(allocator, SLOT, &error)) >= 0) {
		all = all && key_place(t, fds[count], 0, key, sizeof(key)) == 0;
		count++;
	}
	ok(all && count > 0, "each of %d buffers takes a key", count);
	ok(count < 1024 && fds[count] == -ENOMEM, "then there are no more");
	for (int i = 0; i < count; i++)
		close(fds[i]);
	while (again < count && (fds[again] = protex_allocator_alloc(allocator, SLOT, &error)) >= 0) {
		all = all && key_place(t, fds[again], 0, key, sizeof(key)) == 0;
		again++;
	}
	ok(all && again == count, "all of them can be had again, and nothing of the keys is left");
	for (int i = 0; i < again; i++)
		close(fds[i]);
	protex_allocator_destroy(allocator);
}

/* The device has a number of sessions, two for each cipher. */
static void device_full(struct tee *t)
{
	struct device devices[256], one;
	int fd = key_buffer(t, key, sizeof(key)), count = 0, ret = 0;

	while (count < 256) {
		if (device_open(&devices[count], PROTECTED_CIPHER) < 0)
			break;
		ret = device_set_key(&devices[count], fd, 0, sizeof(key));
		if (ret < 0) {
			device_close(&devices[count]);
			break;
		}
		count++;
	}
	ok(count > 1 && ret < 0, "the device has no more than %d keys", count);
	ok(count > 0 && works(&devices[0]) && works(&devices[count - 1]), "and goes on to work with those");
	while (count > 0)
		device_close(&devices[--count]);
	ok(device_open(&one, PROTECTED_CIPHER) == 0 && device_set_key(&one, fd, 0, sizeof(key)) == 0 && works(&one),
	   "afterwards it takes keys again");
	device_close(&one);
	close(fd);
}

struct churn {
	atomic_bool stop;
	atomic_int fd;
};

/* Frees key memory, and has other keys put there, while a device may be reading. */
static void *churn_keys(void *data)
{
	struct churn *c = data;
	struct tee t;

	tee_open(&t);
	while (!atomic_load(&c->stop)) {
		int fd = key_buffer(&t, key, sizeof(key)), old = atomic_exchange(&c->fd, fd);

		close(old);
	}
	tee_close(&t);
	return NULL;
}

static void freed_while_set(struct tee *t)
{
	struct churn c = {.fd = key_buffer(t, key, sizeof(key))};
	unsigned made = 0, refused = 0, wrong = 0;
	pthread_t thread;

	pthread_create(&thread, NULL, churn_keys, &c);
	for (int i = 0; i < 300; i++) {
		struct device device;
		int ret;

		if (device_open(&device, PROTECTED_CIPHER) < 0)
			break;
		ret = device_set_key(&device, atomic_load(&c.fd), 0, sizeof(key));
		if (ret == 0)
			made++;
		else if (ret == -EBADF)
			refused++;
		else
			wrong++;
		device_close(&device);
	}
	atomic_store(&c.stop, true);
	pthread_join(thread, NULL);
	close(atomic_load(&c.fd));
	note("%u keys set, %u gone before", made, refused);
	ok(made > 0 && !wrong, "keys that are freed while they are set are set, or are not there");
}

int main(void)
{
	struct tee t;

	tee_open(&t);
	no_key();
	key_in_use(&t);
	key_fails(&t);
	pool_full(&t);
	device_full(&t);
	freed_while_set(&t);
	tee_close(&t);
	return tap_end();
}
