// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: what the device says.
 */
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <media/v4l2-event.h>

#include "mediacard.h"

static void bitstream_done(struct mediacard_context *ctx,
			   const struct mediacard_event *event)
{
	struct mediacard_buffer *buffer;

	buffer = mediacard_take_held(ctx, MEDIACARD_OUTPUT,
				     le32_to_cpu(event->token));
	if (!buffer)
		return;
	buffer->vb.sequence = ctx->sequence[MEDIACARD_OUTPUT]++;
	vb2_buffer_done(&buffer->vb.vb2_buf,
			event->status == cpu_to_le32(MEDIACARD_OK) ?
			VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
}

static void picture_done(struct mediacard_context *ctx,
			 const struct mediacard_event *event)
{
	bool good = event->status == cpu_to_le32(MEDIACARD_OK);
	u32 size = le32_to_cpu(event->picture.size);
	struct mediacard_buffer *buffer;

	buffer = mediacard_take_held(ctx, MEDIACARD_CAPTURE,
				     le32_to_cpu(event->token));
	if (!buffer)
		return;
	size = min_t(u32, size, vb2_plane_size(&buffer->vb.vb2_buf, 0));
	vb2_set_plane_payload(&buffer->vb.vb2_buf, 0, size);
	buffer->vb.vb2_buf.timestamp = le64_to_cpu(event->picture.timestamp);
	buffer->vb.field = V4L2_FIELD_NONE;
	buffer->vb.sequence = ctx->sequence[MEDIACARD_CAPTURE]++;
	buffer->vb.flags &= ~V4L2_BUF_FLAG_LAST;
	if (le32_to_cpu(event->picture.flags) & MEDIACARD_PICTURE_LAST)
		buffer->vb.flags |= V4L2_BUF_FLAG_LAST;
	vb2_buffer_done(&buffer->vb.vb2_buf,
			good ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
}

static void layout_changed(struct mediacard_context *ctx,
			   const struct mediacard_event *event)
{
	static const struct v4l2_event change = {
		.type = V4L2_EVENT_SOURCE_CHANGE,
		.u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION,
	};

	if (mediacard_format_from_event(&ctx->format, event)) {
		vb2_queue_error(v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx));
		vb2_queue_error(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx));
		return;
	}
	ctx->format_known = true;
	v4l2_event_queue_fh(&ctx->fh, &change);
}

static void drained(struct mediacard_context *ctx)
{
	static const struct v4l2_event end = {
		.type = V4L2_EVENT_EOS,
	};

	v4l2_event_queue_fh(&ctx->fh, &end);
}

static void session_failed(struct mediacard *card, struct mediacard_context *ctx,
			   u32 status)
{
	dev_warn_ratelimited(&card->pdev->dev, "session %d: %s\n", ctx->session,
			     status == MEDIACARD_UNSUPPORTED ?
			     "the stream has pictures that the device has no format for" :
			     "the device ran out of memory");
	vb2_queue_error(v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx));
	vb2_queue_error(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx));
}

/* An event of a session; the lock keeps its context. */
static void session_event(struct mediacard *card,
			  const struct mediacard_event *event)
{
	unsigned int number = le16_to_cpu(event->session);
	struct mediacard_context *ctx;

	if (number >= ARRAY_SIZE(card->contexts))
		return;
	spin_lock(&card->lock);
	ctx = card->contexts[number];
	if (!ctx)
		goto unlock;
	switch (le16_to_cpu(event->type)) {
	case MEDIACARD_BITSTREAM_DONE:
		bitstream_done(ctx, event);
		break;
	case MEDIACARD_PICTURE_DONE:
		picture_done(ctx, event);
		break;
	case MEDIACARD_LAYOUT:
		layout_changed(ctx, event);
		break;
	case MEDIACARD_DRAINED:
		drained(ctx);
		break;
	case MEDIACARD_SESSION_FAILED:
		session_failed(card, ctx, le32_to_cpu(event->status));
		break;
	default:
		break;
	}
unlock:
	spin_unlock(&card->lock);
}

irqreturn_t mediacard_interrupt(int irq, void *data)
{
	struct mediacard *card = data;
	struct mediacard_event event;

	while (mediacard_take_event(card, &event)) {
		switch (le16_to_cpu(event.type)) {
		case MEDIACARD_DONE:
			mediacard_finish_call(card, &event);
			break;
		case MEDIACARD_FAULT:
			dev_err_ratelimited(&card->pdev->dev,
					    "the device was refused to %s window %u at %llu, %llu bytes\n",
					    event.fault.write ? "write to" : "read",
					    le32_to_cpu(event.fault.window),
					    le64_to_cpu(event.fault.offset),
					    le64_to_cpu(event.fault.size));
			break;
		default:
			session_event(card, &event);
			break;
		}
	}

	return IRQ_HANDLED;
}
