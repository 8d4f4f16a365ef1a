/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media card: what the driver's files share.
 */
#ifndef MEDIACARD_H
#define MEDIACARD_H

#include <linux/idr.h>
#include <linux/irqreturn.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-mem2mem.h>
#include <media/videobuf2-v4l2.h>

#include "mediacard_regs.h"

struct dma_buf;
struct mediacard;
struct pci_dev;
struct sg_table;

/**
 * struct mediacard_node - a video device of the card
 * @vdev:	the video device
 * @card:	the card
 * @protected:	what it decodes goes to protected memory, and nowhere else
 */
struct mediacard_node {
	struct video_device vdev;
	struct mediacard *card;
	bool protected;
};

/**
 * struct mediacard - the card
 * @pdev:		its PCI device; a reference is held
 * @v4l2_dev:		parent of the video devices; with its last reference goes all of
 *			this
 * @m2m_dev:		for the mem2mem framework, which schedules nothing here
 * @nodes:		the video devices: an ordinary one, and one that is protected
 * @doorbell:		BAR 0
 * @shared:		BAR 2
 * @regs:		the registers, at its begin
 * @lock:		protects what follows up to @contexts, and what contexts say is
 *			protected by it
 * @gone:		the device is not there any more, or not to be relied on
 * @commands_produced:	commands put into the ring
 * @events_consumed:	events taken from the ring
 * @next_token:		token of the next call
 * @calls:		of struct mediacard_call, that wait for an answer
 * @contexts:		by the number of their session
 * @segments_lock:	who holds it has the room for segments in BAR 2
 * @windows:		numbers of windows
 */
struct mediacard {
	struct pci_dev *pdev;
	struct v4l2_device v4l2_dev;
	struct v4l2_m2m_dev *m2m_dev;
	struct mediacard_node nodes[2];

	void __iomem *doorbell;
	void *shared;
	struct mediacard_regs *regs;

	/* Protects what follows, up to contexts. */
	spinlock_t lock;
	bool gone;
	u32 commands_produced;
	u32 events_consumed;
	u32 next_token;
	struct list_head calls;
	struct mediacard_context *contexts[MEDIACARD_MAX_SESSIONS];

	/* Protects the segments in BAR 2. */
	struct mutex segments_lock;
	struct ida windows;
};

/**
 * struct mediacard_format - how pictures are, and what they are of
 * @width:		in pixels, even
 * @height:		in rows, even
 * @depth:		8 for NV12, 10 for P010
 * @visible_width:	of that, what the picture is
 * @visible_height:	likewise
 * @colorspace:		enum v4l2_colorspace
 * @xfer_func:		enum v4l2_xfer_func
 * @ycbcr_enc:		enum v4l2_ycbcr_encoding
 * @quantization:	enum v4l2_quantization
 */
struct mediacard_format {
	u32 width;
	u32 height;
	u32 depth;
	u32 visible_width;
	u32 visible_height;
	u32 colorspace;
	u32 xfer_func;
	u32 ycbcr_enc;
	u32 quantization;
};

/**
 * struct mediacard_buffer - a buffer of one of the queues
 * @vb:		for videobuf2; must be first
 * @window:	the device's window to it
 */
struct mediacard_buffer {
	struct vb2_v4l2_buffer vb;
	u32 window;
};

/**
 * struct mediacard_context - an open file of a video device
 * @fh:			its file handle
 * @card:		the card
 * @protected:		of its node
 * @ctrls:		its controls
 * @lock:		serializes what is done to the queues and the session
 * @codec:		enum mediacard_codec
 * @bitstream_size:	of a buffer of bitstream
 * @session:		number of the device's session, or -1
 * @format:		of pictures; protected by the card's lock, as what follows
 * @format_known:	@format is what the device has found in the stream
 * @held:		buffers that the device has, by queue (OUTPUT, CAPTURE) and index
 * @sequence:		of the next buffer, by queue
 */
struct mediacard_context {
	struct v4l2_fh fh;
	struct mediacard *card;
	bool protected;
	struct v4l2_ctrl_handler ctrls;
	/* Serializes what is done to the queues and the session. */
	struct mutex lock;
	enum mediacard_codec codec;
	u32 bitstream_size;
	int session;

	struct mediacard_format format;
	bool format_known;
	struct mediacard_buffer *held[2][MEDIACARD_MAX_BUFFERS];
	u32 sequence[2];
};

#define MEDIACARD_OUTPUT	0
#define MEDIACARD_CAPTURE	1

static inline unsigned int mediacard_queue_index(const struct vb2_queue *q)
{
	return V4L2_TYPE_IS_CAPTURE(q->type) ? MEDIACARD_CAPTURE :
					       MEDIACARD_OUTPUT;
}

static inline struct mediacard_context *
mediacard_file_to_context(struct file *file)
{
	return container_of(file_to_v4l2_fh(file), struct mediacard_context, fh);
}

static inline struct mediacard_buffer *
mediacard_vb_to_buffer(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct mediacard_buffer, vb);
}

/* card.c */
int mediacard_submit(struct mediacard *card, struct mediacard_command *command);
int mediacard_call(struct mediacard *card, struct mediacard_command *command);
void mediacard_give_up(struct mediacard *card);
bool mediacard_take_event(struct mediacard *card, struct mediacard_event *event);
void mediacard_finish_call(struct mediacard *card,
			   const struct mediacard_event *event);

/* events.c */
irqreturn_t mediacard_interrupt(int irq, void *data);

/* window.c */
int mediacard_window_map(struct mediacard *card, struct sg_table *sgt,
			 u32 rights, u32 *window);
void mediacard_window_unmap(struct mediacard *card, u32 window);

/* format.c */
u32 mediacard_pixelformat(const struct mediacard_format *format);
u32 mediacard_row_size(const struct mediacard_format *format);
u32 mediacard_picture_size(const struct mediacard_format *format);
void mediacard_format_default(struct mediacard_format *format, u32 width,
			      u32 height);
int mediacard_format_from_event(struct mediacard_format *format,
				const struct mediacard_event *event);
int mediacard_codec_find(u32 fourcc);
u32 mediacard_codec_fourcc(enum mediacard_codec codec);

/* decoder.c */
extern const struct v4l2_ioctl_ops mediacard_ioctl_ops;
extern const struct v4l2_file_operations mediacard_fops;
struct mediacard_format mediacard_get_format(struct mediacard_context *ctx);

/* queue.c */
int mediacard_queue_init(void *priv, struct vb2_queue *src,
			 struct vb2_queue *dst);
int mediacard_resume(struct mediacard_context *ctx);
void mediacard_session_close(struct mediacard_context *ctx);
struct mediacard_buffer *mediacard_take_held(struct mediacard_context *ctx,
					     unsigned int queue, u32 index);

/* memory.c */
extern struct vb2_mem_ops mediacard_ordinary_memops;
void mediacard_memory_init(void);
int mediacard_may_have(const struct mediacard_context *ctx,
		       const struct vb2_queue *q, struct dma_buf *dmabuf);
bool mediacard_vb_is_protected(struct vb2_buffer *vb);

/* protected.c */
extern const struct vb2_mem_ops mediacard_protected_memops;

#endif
