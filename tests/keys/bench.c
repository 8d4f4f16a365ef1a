/* SPDX-License-Identifier: MIT */
/*
 * How fast a crypto device is with keys that the CPU does not have, against the same device with keys in the
 * clear: many short measurements of both in turn, of which the fastest of each count, since all that disturbs a
 * measurement makes it longer. Needs the device's ordinary cipher, as "vectors clear" does.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "tap.h"
#include "wrapped.h"

#define PAIRS 150
#define REQUESTS 1
#define SIZE 65536
#define LEAST 0.98

static double seconds(struct device *device)
{
	static uint8_t bytes[SIZE];
	uint8_t iv[BLOCK] = {0};
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int i = 0; i < REQUESTS; i++)
		if (device_crypt(device, true, iv, bytes, bytes, SIZE) < 0)
			return 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

int main(void)
{
	static const uint8_t key[16] = "sixteen bytes...";
	double best_clear = 1e9, best_protected = 1e9, ratio;
	struct device protected, clear;
	bool failed = false;
	struct tee t;
	int fd;

	tee_open(&t);
	fd = key_buffer(&t, key, sizeof(key));
	if (device_open(&protected, PROTECTED_CIPHER) < 0 || device_open(&clear, CLEAR_CIPHER) < 0 ||
	    device_set_key(&protected, fd, 0, sizeof(key)) < 0 ||
	    device_set_clear_key(&clear, key, sizeof(key)) < 0)
		return tap_bail_out("the device has not both ciphers");

	seconds(&clear);
	seconds(&protected);
	for (int i = 0; i < PAIRS; i++) {
		/* In turn, so that neither has the better half of a moment. */
		double first = seconds(i % 2 ? &protected : &clear);
		double second = seconds(i % 2 ? &clear : &protected);
		double c = i % 2 ? second : first, p = i % 2 ? first : second;

		failed = failed || c == 0 || p == 0;
		best_clear = c < best_clear ? c : best_clear;
		best_protected = p < best_protected ? p : best_protected;
	}
	ratio = failed ? 0 : best_clear / best_protected;
	note("clear %.1f MB/s, protected %.1f MB/s, ratio %.3f", REQUESTS * SIZE / best_clear / 1e6,
	     REQUESTS * SIZE / best_protected / 1e6, ratio);
	ok(ratio >= LEAST, "with such keys it is at least %.2f as fast", LEAST);
	close(fd);
	device_close(&protected);
	device_close(&clear);
	tee_close(&t);
	return tap_end();
}
