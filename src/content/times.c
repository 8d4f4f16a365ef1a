/* SPDX-License-Identifier: MIT */
#include <libavutil/avutil.h>

#include "times.h"

/* At a tick of a nanosecond, 73 years. So two of them, and what is added to them, fit in 64 bits. */
#define LIMIT (INT64_C(1) << 61)
#define DURATION_LIMIT (INT64_C(1) << 40)

int64_t times_sane(int64_t time)
{
	return time > -LIMIT && time < LIMIT ? time : AV_NOPTS_VALUE;
}

/* Where a container has no decoding times, and libavformat cannot tell them: as long before the
 * pictures as these are reordered. */
static int64_t guess_dts(const struct times *times, const AVPacket *packet)
{
	int64_t duration = packet->duration;

	if (duration == 0)
		duration = times->duration;
	if (duration <= 0 || duration > DURATION_LIMIT)
		duration = 1;
	if (times->last_dts != AV_NOPTS_VALUE)
		return times->last_dts + (times->last_dts < LIMIT ? duration : 1);
	return (packet->pts == AV_NOPTS_VALUE ? 0 : packet->pts) - times->delay * duration;
}

void times_mend(struct times *times, AVPacket *packet)
{
	packet->pts = times_sane(packet->pts);
	packet->dts = times_sane(packet->dts);
	if (packet->duration < 0 || packet->duration > DURATION_LIMIT)
		packet->duration = 0;

	if (packet->dts == AV_NOPTS_VALUE)
		packet->dts = guess_dts(times, packet);
	if (times->last_dts != AV_NOPTS_VALUE && packet->dts <= times->last_dts) {
		packet->dts = times->last_dts + 1;
		times->out_of_order++;
	}
	if (packet->pts == AV_NOPTS_VALUE || packet->pts < packet->dts)
		packet->pts = packet->dts;
	times->last_dts = packet->dts;
}
