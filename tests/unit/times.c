/* SPDX-License-Identifier: MIT */
/* Times of packets: what a file says can be any number, and what is made of it goes up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libavutil/avutil.h>

#include "times.h"

static AVPacket *packet;

/* The decoding time that the next packet gets. */
static int64_t mend(struct times *times, int64_t pts, int64_t dts, int64_t duration)
{
	packet->pts = pts;
	packet->dts = dts;
	packet->duration = duration;
	times_mend(times, packet);
	assert_true(packet->pts >= packet->dts);
	assert_true(packet->duration >= 0);
	return packet->dts;
}

static void what_is_right_stays(void **state)
{
	struct times times = {.last_dts = AV_NOPTS_VALUE};

	(void)state;
	assert_int_equal(mend(&times, 80, -40, 40), -40);
	assert_int_equal(packet->pts, 80);
	assert_int_equal(packet->duration, 40);
	assert_int_equal(mend(&times, 0, 0, 40), 0);
	assert_int_equal(times.out_of_order, 0);
}

static void what_is_missing_is_guessed(void **state)
{
	struct times times = {.last_dts = AV_NOPTS_VALUE, .delay = 2, .duration = 40};

	(void)state;
	assert_int_equal(mend(&times, 80, AV_NOPTS_VALUE, 0), 0);
	assert_int_equal(mend(&times, 200, AV_NOPTS_VALUE, 0), 40);
	assert_int_equal(mend(&times, 120, AV_NOPTS_VALUE, 20), 60);
	assert_int_equal(times.out_of_order, 0);
}

static void what_goes_backwards_goes_up(void **state)
{
	struct times times = {.last_dts = AV_NOPTS_VALUE};

	(void)state;
	assert_int_equal(mend(&times, 100, 100, 40), 100);
	assert_int_equal(mend(&times, 20, 20, 40), 101);
	assert_int_equal(mend(&times, 101, 101, 40), 102);
	assert_int_equal(times.out_of_order, 2);
}

/* The sanitizer sees what overflows. */
static void no_number_overflows(void **state)
{
	static const int64_t numbers[] = {
		INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, -1, 0, 1, 40, INT32_MAX, INT64_MAX / 2,
		INT64_MAX - 1, INT64_MAX,
	};
	const unsigned count = sizeof(numbers) / sizeof(numbers[0]);

	(void)state;
	for (unsigned i = 0; i < count * count * count; i++) {
		struct times times = {.last_dts = AV_NOPTS_VALUE, .delay = 16,
				      .duration = numbers[i % count]};
		int64_t last = mend(&times, numbers[i % count], numbers[i / count % count],
				    numbers[i / count / count]);

		for (unsigned j = 0; j < count; j++) {
			int64_t next = mend(&times, numbers[i % count], numbers[j],
					    numbers[i / count / count]);

			assert_true(next > last);
			last = next;
		}
	}
	assert_int_equal(times_sane(INT64_MAX), AV_NOPTS_VALUE);
	assert_int_equal(times_sane(AV_NOPTS_VALUE), AV_NOPTS_VALUE);
	assert_int_equal(times_sane(-5), -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_stays),
		cmocka_unit_test(what_is_missing_is_guessed),
		cmocka_unit_test(what_goes_backwards_goes_up),
		cmocka_unit_test(no_number_overflows),
	};

	packet = av_packet_alloc();
	return packet ? cmocka_run_group_tests_name("times", tests, NULL, NULL) : 1;
}
