// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: the interface of a stateful decoder.
 *
 * Documentation/userspace-api/media/v4l/dev-decoder.rst
 */
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "mediacard.h"

#define DEFAULT_WIDTH	640
#define DEFAULT_HEIGHT	480

/* ---- formats --------------------------------------------------------------- */

struct mediacard_format mediacard_get_format(struct mediacard_context *ctx)
{
	struct mediacard_format format;

	spin_lock(&ctx->card->lock);
	format = ctx->format;
	spin_unlock(&ctx->card->lock);

	return format;
}

static bool codec_is_there(struct mediacard *card, enum mediacard_codec codec)
{
	bool there = false;

	spin_lock(&card->lock);
	if (!card->gone)
		there = le32_to_cpu(card->regs->codecs) & BIT(codec);
	spin_unlock(&card->lock);

	return there;
}

static int querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);

	strscpy(cap->driver, KBUILD_MODNAME, sizeof(cap->driver));
	strscpy(cap->card, ctx->protected ? "Media card, protected decoder" :
		"Media card, decoder", sizeof(cap->card));

	return 0;
}

static int enum_fmt_output(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	unsigned int n = 0, codec;

	for (codec = 0; codec < MEDIACARD_CODEC_COUNT; codec++) {
		if (!codec_is_there(ctx->card, codec) || n++ != f->index)
			continue;
		f->pixelformat = mediacard_codec_fourcc(codec);
		f->flags = V4L2_FMT_FLAG_DYN_RESOLUTION;
		return 0;
	}

	return -EINVAL;
}

/* Either before the stream is known, and the stream's then. */
static int enum_fmt_capture(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	int ret = 0;

	spin_lock(&ctx->card->lock);
	if (f->index == 0 && ctx->format_known)
		f->pixelformat = mediacard_pixelformat(&ctx->format);
	else if (f->index == 0)
		f->pixelformat = V4L2_PIX_FMT_NV12;
	else if (f->index == 1 && !ctx->format_known)
		f->pixelformat = V4L2_PIX_FMT_P010;
	else
		ret = -EINVAL;
	spin_unlock(&ctx->card->lock);

	return ret;
}

static void fill_common(const struct mediacard_format *format,
			struct v4l2_pix_format_mplane *pix)
{
	pix->width = format->width;
	pix->height = format->height;
	pix->field = V4L2_FIELD_NONE;
	pix->num_planes = 1;
	pix->flags = 0;
	pix->colorspace = format->colorspace;
	pix->xfer_func = format->xfer_func;
	pix->ycbcr_enc = format->ycbcr_enc;
	pix->quantization = format->quantization;
}

static void fill_capture(const struct mediacard_format *format,
			 struct v4l2_pix_format_mplane *pix)
{
	fill_common(format, pix);
	pix->pixelformat = mediacard_pixelformat(format);
	pix->plane_fmt[0].bytesperline = mediacard_row_size(format);
	pix->plane_fmt[0].sizeimage = mediacard_picture_size(format);
}

static int g_fmt_capture(struct file *file, void *priv, struct v4l2_format *f)
{
	struct mediacard_format format =
		mediacard_get_format(mediacard_file_to_context(file));

	fill_capture(&format, &f->fmt.pix_mp);

	return 0;
}

/* Of a stream that is not known, the depth can be asked for. */
static struct mediacard_format choose_capture(struct mediacard_context *ctx,
					      struct v4l2_format *f)
{
	struct mediacard_format format;

	spin_lock(&ctx->card->lock);
	format = ctx->format;
	if (!ctx->format_known)
		format.depth = f->fmt.pix_mp.pixelformat == V4L2_PIX_FMT_P010 ?
			       10 : 8;
	spin_unlock(&ctx->card->lock);
	fill_capture(&format, &f->fmt.pix_mp);

	return format;
}

static int try_fmt_capture(struct file *file, void *priv, struct v4l2_format *f)
{
	choose_capture(mediacard_file_to_context(file), f);

	return 0;
}

static int s_fmt_capture(struct file *file, void *priv, struct v4l2_format *f)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	struct mediacard_format format;
	int ret = 0;

	mutex_lock(&ctx->lock);
	if (vb2_is_busy(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx))) {
		ret = -EBUSY;
		goto unlock;
	}
	format = choose_capture(ctx, f);
	spin_lock(&ctx->card->lock);
	if (!ctx->format_known)
		ctx->format.depth = format.depth;
	spin_unlock(&ctx->card->lock);
unlock:
	mutex_unlock(&ctx->lock);

	return ret;
}

static u32 bitstream_size(u32 asked, const struct mediacard_format *format)
{
	/* Programs ask for what an average access unit needs, and cut others off. */
	return clamp_t(u32, asked, max_t(u32, format->width * format->height,
					 SZ_256K), MEDIACARD_MAX_BITSTREAM);
}

static void fill_output(enum mediacard_codec codec, u32 size,
			const struct mediacard_format *format,
			struct v4l2_pix_format_mplane *pix)
{
	fill_common(format, pix);
	pix->pixelformat = mediacard_codec_fourcc(codec);
	pix->plane_fmt[0].bytesperline = 0;
	pix->plane_fmt[0].sizeimage = size;
}

static int g_fmt_output(struct file *file, void *priv, struct v4l2_format *f)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	struct mediacard_format format = mediacard_get_format(ctx);

	mutex_lock(&ctx->lock);
	fill_output(ctx->codec, ctx->bitstream_size, &format, &f->fmt.pix_mp);
	mutex_unlock(&ctx->lock);

	return 0;
}

/* Fills in f, and returns what pictures are like until the stream says it. */
static struct mediacard_format choose_output(struct mediacard_context *ctx,
					     struct v4l2_format *f,
					     enum mediacard_codec *codec)
{
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;
	struct mediacard_format format = {
		.colorspace = pix->colorspace ?: V4L2_COLORSPACE_REC709,
		.xfer_func = pix->xfer_func,
		.ycbcr_enc = pix->ycbcr_enc,
		.quantization = pix->quantization,
	};
	int found = mediacard_codec_find(pix->pixelformat);

	*codec = found >= 0 && codec_is_there(ctx->card, found) ? found :
								  ctx->codec;
	mediacard_format_default(&format, pix->width, pix->height);
	fill_output(*codec,
		    bitstream_size(pix->plane_fmt[0].sizeimage, &format),
		    &format, pix);

	return format;
}

static int try_fmt_output(struct file *file, void *priv, struct v4l2_format *f)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	enum mediacard_codec codec;

	mutex_lock(&ctx->lock);
	choose_output(ctx, f, &codec);
	mutex_unlock(&ctx->lock);

	return 0;
}

static int s_fmt_output(struct file *file, void *priv, struct v4l2_format *f)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	struct mediacard_format format;
	enum mediacard_codec codec;
	int ret = 0;

	mutex_lock(&ctx->lock);
	format = choose_output(ctx, f, &codec);
	/* Buffers for pictures of another codec's stream are nothing. */
	if (vb2_is_busy(v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx)) ||
	    (codec != ctx->codec &&
	     vb2_is_busy(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx)))) {
		ret = -EBUSY;
		goto unlock;
	}
	if (codec != ctx->codec)
		mediacard_session_close(ctx);
	ctx->codec = codec;
	ctx->bitstream_size = f->fmt.pix_mp.plane_fmt[0].sizeimage;
	/* Those that are there stay as they are. */
	if (!vb2_is_busy(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx))) {
		mediacard_session_close(ctx);
		spin_lock(&ctx->card->lock);
		ctx->format = format;
		ctx->format_known = false;
		spin_unlock(&ctx->card->lock);
	}
unlock:
	mutex_unlock(&ctx->lock);

	return ret;
}

static int enum_framesizes(struct file *file, void *priv,
			   struct v4l2_frmsizeenum *f)
{
	bool picture = f->pixel_format == V4L2_PIX_FMT_NV12 ||
		       f->pixel_format == V4L2_PIX_FMT_P010;

	if (f->index ||
	    (!picture && mediacard_codec_find(f->pixel_format) < 0))
		return -EINVAL;
	f->type = picture ? V4L2_FRMSIZE_TYPE_STEPWISE :
			    V4L2_FRMSIZE_TYPE_CONTINUOUS;
	f->stepwise = (struct v4l2_frmsize_stepwise){
		.min_width = MEDIACARD_MIN_SIZE,
		.max_width = MEDIACARD_MAX_WIDTH,
		.step_width = picture ? 2 : 1,
		.min_height = MEDIACARD_MIN_SIZE,
		.max_height = MEDIACARD_MAX_HEIGHT,
		.step_height = picture ? 2 : 1,
	};

	return 0;
}

static int g_selection(struct file *file, void *priv, struct v4l2_selection *s)
{
	struct mediacard_format format =
		mediacard_get_format(mediacard_file_to_context(file));

	if (s->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;

	s->r = (struct v4l2_rect){};
	switch (s->target) {
	case V4L2_SEL_TGT_CROP:
	case V4L2_SEL_TGT_CROP_DEFAULT:
	case V4L2_SEL_TGT_COMPOSE:
	case V4L2_SEL_TGT_COMPOSE_DEFAULT:
	case V4L2_SEL_TGT_COMPOSE_BOUNDS:
		s->r.width = format.visible_width;
		s->r.height = format.visible_height;
		return 0;
	case V4L2_SEL_TGT_CROP_BOUNDS:
	case V4L2_SEL_TGT_COMPOSE_PADDED:
		s->r.width = format.width;
		s->r.height = format.height;
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- events and commands ------------------------------------------------------ */

static int subscribe_event(struct v4l2_fh *fh,
			   const struct v4l2_event_subscription *sub)
{
	switch (sub->type) {
	case V4L2_EVENT_EOS:
		return v4l2_event_subscribe(fh, sub, 0, NULL);
	case V4L2_EVENT_SOURCE_CHANGE:
		return v4l2_src_change_event_subscribe(fh, sub);
	default:
		return v4l2_ctrl_subscribe_event(fh, sub);
	}
}

static int drain(struct mediacard_context *ctx)
{
	struct mediacard_command command = {
		.opcode = cpu_to_le16(MEDIACARD_DRAIN),
		.session = cpu_to_le16(ctx->session),
	};

	/* There is nothing to drain, or nowhere to. */
	if (!vb2_is_streaming(v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx)) ||
	    !vb2_is_streaming(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx)))
		return 0;

	return mediacard_submit(ctx->card, &command);
}

static int decoder_cmd(struct file *file, void *priv,
		       struct v4l2_decoder_cmd *cmd)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);
	struct vb2_queue *capture = v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx);
	int ret;

	ret = v4l2_m2m_ioctl_try_decoder_cmd(file, priv, cmd);
	if (ret)
		return ret;

	mutex_lock(&ctx->lock);
	if (cmd->cmd == V4L2_DEC_CMD_STOP) {
		ret = drain(ctx);
	} else if (vb2_is_streaming(capture)) {
		vb2_clear_last_buffer_dequeued(capture);
		ret = mediacard_resume(ctx);
	}
	mutex_unlock(&ctx->lock);

	return ret;
}

const struct v4l2_ioctl_ops mediacard_ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_out = enum_fmt_output,
	.vidioc_enum_fmt_vid_cap = enum_fmt_capture,
	.vidioc_g_fmt_vid_out_mplane = g_fmt_output,
	.vidioc_g_fmt_vid_cap_mplane = g_fmt_capture,
	.vidioc_try_fmt_vid_out_mplane = try_fmt_output,
	.vidioc_try_fmt_vid_cap_mplane = try_fmt_capture,
	.vidioc_s_fmt_vid_out_mplane = s_fmt_output,
	.vidioc_s_fmt_vid_cap_mplane = s_fmt_capture,
	.vidioc_enum_framesizes = enum_framesizes,
	.vidioc_g_selection = g_selection,
	.vidioc_reqbufs = v4l2_m2m_ioctl_reqbufs,
	.vidioc_create_bufs = v4l2_m2m_ioctl_create_bufs,
	.vidioc_remove_bufs = v4l2_m2m_ioctl_remove_bufs,
	.vidioc_prepare_buf = v4l2_m2m_ioctl_prepare_buf,
	.vidioc_querybuf = v4l2_m2m_ioctl_querybuf,
	.vidioc_qbuf = v4l2_m2m_ioctl_qbuf,
	.vidioc_dqbuf = v4l2_m2m_ioctl_dqbuf,
	.vidioc_expbuf = v4l2_m2m_ioctl_expbuf,
	.vidioc_streamon = v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff = v4l2_m2m_ioctl_streamoff,
	.vidioc_try_decoder_cmd = v4l2_m2m_ioctl_try_decoder_cmd,
	.vidioc_decoder_cmd = decoder_cmd,
	.vidioc_subscribe_event = subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};

/* ---- files ------------------------------------------------------------------------ */

static int open_context(struct file *file)
{
	struct mediacard_node *node = video_drvdata(file);
	struct mediacard *card = node->card;
	struct mediacard_context *ctx;
	int ret;

	ctx = kzalloc_obj(*ctx);
	if (!ctx)
		return -ENOMEM;
	ctx->card = card;
	ctx->protected = node->protected;
	ctx->session = -1;
	ctx->codec = MEDIACARD_CODEC_H264;
	ctx->format.colorspace = V4L2_COLORSPACE_REC709;
	mediacard_format_default(&ctx->format, DEFAULT_WIDTH, DEFAULT_HEIGHT);
	ctx->bitstream_size = bitstream_size(0, &ctx->format);
	mutex_init(&ctx->lock);
	v4l2_fh_init(&ctx->fh, &node->vdev);

	v4l2_ctrl_handler_init(&ctx->ctrls, 1);
	v4l2_ctrl_new_std(&ctx->ctrls, NULL, V4L2_CID_MIN_BUFFERS_FOR_CAPTURE,
			  1, MEDIACARD_MAX_BUFFERS, 1, 2);
	ret = ctx->ctrls.error;
	if (ret)
		goto err_free;
	ctx->fh.ctrl_handler = &ctx->ctrls;

	ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(card->m2m_dev, ctx,
					    mediacard_queue_init);
	if (IS_ERR(ctx->fh.m2m_ctx)) {
		ret = PTR_ERR(ctx->fh.m2m_ctx);
		goto err_free;
	}
	v4l2_fh_add(&ctx->fh, file);

	return 0;

err_free:
	v4l2_ctrl_handler_free(&ctx->ctrls);
	v4l2_fh_exit(&ctx->fh);
	mutex_destroy(&ctx->lock);
	kfree(ctx);
	return ret;
}

static int release_context(struct file *file)
{
	struct mediacard_context *ctx = mediacard_file_to_context(file);

	v4l2_fh_del(&ctx->fh, file);
	mutex_lock(&ctx->lock);
	/* Nothing finds the queues by the session any more when they go. */
	mediacard_session_close(ctx);
	v4l2_m2m_ctx_release(ctx->fh.m2m_ctx);
	mutex_unlock(&ctx->lock);
	v4l2_ctrl_handler_free(&ctx->ctrls);
	v4l2_fh_exit(&ctx->fh);
	mutex_destroy(&ctx->lock);
	kfree(ctx);

	return 0;
}

const struct v4l2_file_operations mediacard_fops = {
	.owner = THIS_MODULE,
	.open = open_context,
	.release = release_context,
	.poll = v4l2_m2m_fop_poll,
	.mmap = v4l2_m2m_fop_mmap,
	.unlocked_ioctl = video_ioctl2,
};
