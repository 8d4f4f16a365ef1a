// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: the two queues of an open file, and the session that they feed.
 *
 * What is queued goes to the device at once, which sorts out what waits for
 * what. It gives all back that it was given, at the latest when it is asked to.
 */
#include <linux/pci.h>
#include <media/videobuf2-dma-sg.h>

#include "mediacard.h"

/* Pictures that it writes, while as many are looked at. */
#define MIN_BUFFERS	2

static struct mediacard_context *queue_context(struct vb2_queue *q)
{
	return vb2_get_drv_priv(q);
}

/* ---- the session ------------------------------------------------------- */

static int session_command(struct mediacard_context *ctx,
			   enum mediacard_opcode opcode)
{
	struct mediacard_command command = {
		.opcode = cpu_to_le16(opcode),
		.session = cpu_to_le16(ctx->session),
	};

	return mediacard_call(ctx->card, &command);
}

static int session_open(struct mediacard_context *ctx)
{
	struct mediacard_command command = {
		.opcode = cpu_to_le16(MEDIACARD_OPEN),
		.open.codec = cpu_to_le32(ctx->codec),
		.open.flags = cpu_to_le32(ctx->protected ?
					  MEDIACARD_SESSION_PROTECTED : 0),
	};
	struct mediacard *card = ctx->card;
	unsigned int i;
	int ret;

	if (ctx->session >= 0)
		return 0;

	spin_lock(&card->lock);
	for (i = 0; i < ARRAY_SIZE(card->contexts); i++)
		if (!card->contexts[i])
			break;
	if (i < ARRAY_SIZE(card->contexts))
		card->contexts[i] = ctx;
	spin_unlock(&card->lock);
	if (i == ARRAY_SIZE(card->contexts))
		return -EBUSY;

	ctx->session = i;
	command.session = cpu_to_le16(i);
	ret = mediacard_call(card, &command);
	if (ret) {
		spin_lock(&card->lock);
		card->contexts[i] = NULL;
		spin_unlock(&card->lock);
		ctx->session = -1;
	}

	return ret;
}

/* The device gives back what it has of the queues. */
void mediacard_session_close(struct mediacard_context *ctx)
{
	struct mediacard *card = ctx->card;

	if (ctx->session < 0)
		return;
	session_command(ctx, MEDIACARD_CLOSE);
	spin_lock(&card->lock);
	card->contexts[ctx->session] = NULL;
	spin_unlock(&card->lock);
	ctx->session = -1;
}

/* The stream may have changed since they were allocated. */
static bool buffers_fit(struct vb2_queue *q, const struct mediacard_format *format)
{
	struct vb2_buffer *vb;
	unsigned int i;

	for (i = 0; i < q->max_num_buffers; i++) {
		vb = vb2_get_buffer(q, i);
		if (vb && vb->planes[0].min_length <
			  mediacard_picture_size(format))
			return false;
	}

	return true;
}

/*
 * Tells the device how the buffers for pictures are, and to go on. Those that do
 * not fit are of no layout, and it waits for others.
 */
int mediacard_resume(struct mediacard_context *ctx)
{
	struct mediacard_format format = mediacard_get_format(ctx);
	struct mediacard_command command = {
		.opcode = cpu_to_le16(MEDIACARD_RESUME),
		.session = cpu_to_le16(ctx->session),
		.resume.width = cpu_to_le32(format.width),
		.resume.height = cpu_to_le32(format.height),
		.resume.depth = cpu_to_le32(format.depth),
	};

	if (!buffers_fit(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx), &format))
		command.resume = (struct mediacard_layout){};

	return mediacard_submit(ctx->card, &command);
}

/*
 * The buffer that the device had by this index, which it is given back for, or
 * NULL if it has none. The card's lock is held.
 */
struct mediacard_buffer *mediacard_take_held(struct mediacard_context *ctx,
					     unsigned int queue, u32 index)
{
	struct mediacard_buffer *buffer;

	if (index >= MEDIACARD_MAX_BUFFERS)
		return NULL;
	buffer = ctx->held[queue][index];
	ctx->held[queue][index] = NULL;

	return buffer;
}

/* A device that has gone does not give them back. */
static void take_all(struct mediacard_context *ctx, unsigned int queue,
		     enum vb2_buffer_state state)
{
	struct mediacard_buffer *buffer;
	unsigned int i;

	spin_lock(&ctx->card->lock);
	for (i = 0; i < MEDIACARD_MAX_BUFFERS; i++) {
		buffer = mediacard_take_held(ctx, queue, i);
		if (buffer)
			vb2_buffer_done(&buffer->vb.vb2_buf, state);
	}
	spin_unlock(&ctx->card->lock);
}

/* ---- the queues ---------------------------------------------------------- */

static int queue_setup(struct vb2_queue *q, unsigned int *num_buffers,
		       unsigned int *num_planes, unsigned int sizes[],
		       struct device *alloc_devs[])
{
	struct mediacard_context *ctx = queue_context(q);
	struct mediacard_format format = mediacard_get_format(ctx);
	u32 size = V4L2_TYPE_IS_CAPTURE(q->type) ?
		   mediacard_picture_size(&format) : ctx->bitstream_size;

	if (*num_planes)
		return *num_planes != 1 || sizes[0] < size ? -EINVAL : 0;
	*num_planes = 1;
	sizes[0] = size;

	return 0;
}

static int buf_init(struct vb2_buffer *vb)
{
	struct mediacard_context *ctx = queue_context(vb->vb2_queue);
	struct mediacard_buffer *buffer = mediacard_vb_to_buffer(vb);
	u32 rights = V4L2_TYPE_IS_CAPTURE(vb->type) ? MEDIACARD_WINDOW_WRITE :
						      MEDIACARD_WINDOW_READ;

	if (mediacard_vb_is_protected(vb))
		rights |= MEDIACARD_WINDOW_PROTECTED;

	return mediacard_window_map(ctx->card, vb2_dma_sg_plane_desc(vb, 0),
				    rights, &buffer->window);
}

static void buf_cleanup(struct vb2_buffer *vb)
{
	struct mediacard_context *ctx = queue_context(vb->vb2_queue);

	mediacard_window_unmap(ctx->card, mediacard_vb_to_buffer(vb)->window);
}

static int buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	/*
	 * sizeimage is what programs have allocated here, for the largest access
	 * unit. Who imports one knows its size, which buf_prepare() checks.
	 */
	if (vb->memory == VB2_MEMORY_DMABUF)
		vb->planes[0].min_length = 1;

	return 0;
}

static int buf_prepare(struct vb2_buffer *vb)
{
	struct mediacard_context *ctx = queue_context(vb->vb2_queue);
	struct mediacard_format format = mediacard_get_format(ctx);
	u32 offset = vb->planes[0].data_offset;
	u32 used = vb2_get_plane_payload(vb, 0);

	if (V4L2_TYPE_IS_CAPTURE(vb->type))
		return vb2_plane_size(vb, 0) <
		       mediacard_picture_size(&format) ? -EINVAL : 0;

	/* What is used begins with the bytes that are to be left out. */
	if (used < offset || used > vb2_plane_size(vb, 0) ||
	    used - offset > MEDIACARD_MAX_BITSTREAM)
		return -EINVAL;

	return 0;
}

static void buf_queue(struct vb2_buffer *vb)
{
	struct mediacard_context *ctx = queue_context(vb->vb2_queue);
	unsigned int queue = mediacard_queue_index(vb->vb2_queue);
	struct mediacard_buffer *buffer = mediacard_vb_to_buffer(vb);
	struct mediacard_command command = {
		.session = cpu_to_le16(ctx->session),
		.token = cpu_to_le32(vb->index),
	};
	u32 offset = vb->planes[0].data_offset;

	if (queue == MEDIACARD_OUTPUT) {
		command.opcode = cpu_to_le16(MEDIACARD_BITSTREAM);
		command.bitstream.window = cpu_to_le32(buffer->window);
		command.bitstream.offset = cpu_to_le32(offset);
		command.bitstream.size =
			cpu_to_le32(vb2_get_plane_payload(vb, 0) - offset);
		command.bitstream.timestamp = cpu_to_le64(vb->timestamp);
	} else {
		command.opcode = cpu_to_le16(MEDIACARD_PICTURE);
		command.picture.window = cpu_to_le32(buffer->window);
		command.picture.size = cpu_to_le32(vb2_plane_size(vb, 0));
	}

	spin_lock(&ctx->card->lock);
	ctx->held[queue][vb->index] = buffer;
	spin_unlock(&ctx->card->lock);

	if (mediacard_submit(ctx->card, &command)) {
		spin_lock(&ctx->card->lock);
		buffer = mediacard_take_held(ctx, queue, vb->index);
		spin_unlock(&ctx->card->lock);
		if (buffer)
			vb2_buffer_done(vb, VB2_BUF_STATE_ERROR);
	}
}

/* Buffers are queued only after this. */
static int prepare_streaming(struct vb2_queue *q)
{
	struct mediacard_context *ctx = queue_context(q);
	int ret;

	ret = session_open(ctx);
	if (ret)
		return ret;
	ctx->sequence[mediacard_queue_index(q)] = 0;
	if (V4L2_TYPE_IS_CAPTURE(q->type))
		return mediacard_resume(ctx);

	/* A seek after the end. */
	vb2_clear_last_buffer_dequeued(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx));

	return 0;
}

static int start_streaming(struct vb2_queue *q, unsigned int count)
{
	return 0;
}

static void stop_streaming(struct vb2_queue *q)
{
	struct mediacard_context *ctx = queue_context(q);

	if (ctx->session >= 0)
		session_command(ctx, V4L2_TYPE_IS_CAPTURE(q->type) ?
				     MEDIACARD_RETURN : MEDIACARD_FLUSH);
	take_all(ctx, mediacard_queue_index(q), VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_init = buf_init,
	.buf_cleanup = buf_cleanup,
	.buf_out_validate = buf_out_validate,
	.buf_prepare = buf_prepare,
	.buf_queue = buf_queue,
	.prepare_streaming = prepare_streaming,
	.start_streaming = start_streaming,
	.stop_streaming = stop_streaming,
};

static int init_queue(struct mediacard_context *ctx, struct vb2_queue *q,
		      enum v4l2_buf_type type)
{
	q->type = type;
	q->io_modes = VB2_MMAP | VB2_DMABUF;
	q->dev = &ctx->card->pdev->dev;
	q->lock = &ctx->lock;
	q->ops = &queue_ops;
	q->mem_ops = ctx->protected && V4L2_TYPE_IS_CAPTURE(type) ?
		     &mediacard_protected_memops : &mediacard_ordinary_memops;
	q->drv_priv = ctx;
	q->buf_struct_size = sizeof(struct mediacard_buffer);
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	q->max_num_buffers = MEDIACARD_MAX_BUFFERS;
	q->allow_zero_bytesused = V4L2_TYPE_IS_OUTPUT(type);
	if (V4L2_TYPE_IS_CAPTURE(type))
		q->min_reqbufs_allocation = MIN_BUFFERS;

	return vb2_queue_init(q);
}

int mediacard_queue_init(void *priv, struct vb2_queue *src,
			 struct vb2_queue *dst)
{
	struct mediacard_context *ctx = priv;
	int ret;

	ret = init_queue(ctx, src, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);
	if (ret)
		return ret;

	return init_queue(ctx, dst, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
}
