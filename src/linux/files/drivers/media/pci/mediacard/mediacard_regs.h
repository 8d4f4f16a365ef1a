/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Media card: what the driver and the device share.
 *
 * The card is a PCI device (QEMU's ivshmem-doorbell, 1af4:1110). BAR 0 has the
 * doorbell, MSI-X vector 0 is the device's interrupt, and BAR 2 is memory that
 * both sides see: registers, a ring of commands, a ring of events, and room for
 * the list of segments of a window. All numbers are little-endian.
 *
 * The device is the host's program, in src/mediacard. docs/media.md describes
 * the interface.
 */
#ifndef MEDIACARD_REGS_H
#define MEDIACARD_REGS_H

#include <linux/types.h>

/* BAR 0: a write of MEDIACARD_DOORBELL_VALUE tells the device to look. */
#define MEDIACARD_DOORBELL		0x0c
#define MEDIACARD_DOORBELL_VALUE	0x00000000	/* peer 0, vector 0 */

/* BAR 2 */
#define MEDIACARD_BAR_SIZE		0x40000
#define MEDIACARD_COMMANDS		0x1000
#define MEDIACARD_COMMAND_COUNT		256
#define MEDIACARD_EVENTS		0x5000
#define MEDIACARD_EVENT_COUNT		512
#define MEDIACARD_SEGMENTS		0x10000
#define MEDIACARD_SEGMENT_COUNT		8192

#define MEDIACARD_MAGIC			0x4452434d	/* "MCRD" */
#define MEDIACARD_VERSION		1

#define MEDIACARD_MAX_SESSIONS		16
#define MEDIACARD_MAX_WINDOWS		1024
#define MEDIACARD_MAX_BUFFERS		32		/* of a queue of a session */
#define MEDIACARD_MIN_SIZE		16
#define MEDIACARD_MAX_WIDTH		4096
#define MEDIACARD_MAX_HEIGHT		2304
#define MEDIACARD_MAX_BITSTREAM		(8 << 20)

enum mediacard_codec {
	MEDIACARD_CODEC_H264 = 0,
	MEDIACARD_CODEC_HEVC,
	MEDIACARD_CODEC_VP9,
	MEDIACARD_CODEC_AV1,
	MEDIACARD_CODEC_COUNT,
};

/**
 * struct mediacard_regs - the registers, at the begin of BAR 2
 * @magic:		MEDIACARD_MAGIC
 * @version:		MEDIACARD_VERSION
 * @reset_done:		the last value of @reset that took effect
 * @failed:		1 when the device has met a ring that cannot be, and does
 *			nothing more until it is reset
 * @codecs:		a bit for each enum mediacard_codec that it decodes
 * @command_consumed:	commands taken from the ring since the reset
 * @event_produced:	events put into the ring since the reset
 * @wants_room:		1 while the device has events, or would make some, for which
 *			there is no room: it wants the doorbell when there is
 * @reset:		written by the driver: any other value than before makes the
 *			device forget its sessions and windows and begin with
 *			empty rings
 * @command_produced:	written by the driver: commands put into the ring
 * @event_consumed:	written by the driver: events taken from the ring
 *
 * The counters run freely and wrap at 2^32. What one side writes, the other
 * side only reads, and each has cache lines of its own.
 */
struct mediacard_regs {
	/* of the device */
	__le32 magic;
	__le32 version;
	__le32 reset_done;
	__le32 failed;
	__le32 codecs;
	__le32 command_consumed;
	__le32 event_produced;
	__le32 wants_room;
	__le32 reserved0[56];
	/* of the driver */
	__le32 reset;
	__le32 command_produced;
	__le32 event_consumed;
	__le32 reserved1[61];
};

/**
 * struct mediacard_segment - a piece of a window
 * @address:	DMA address
 * @length:	in bytes, not 0
 */
struct mediacard_segment {
	__le64 address;
	__le64 length;
};

/**
 * struct mediacard_layout - how a decoded picture lies in its buffer
 * @width:	of a row in pixels, even
 * @height:	in rows, even
 * @depth:	8 for NV12, 10 for P010
 *
 * The bytes of a row are width × bytes of a sample, rounded up to
 * MEDIACARD_ROW_ALIGNMENT. After the rows of luma come those of chroma, half
 * as many.
 */
struct mediacard_layout {
	__le32 width;
	__le32 height;
	__le32 depth;
};

#define MEDIACARD_ROW_ALIGNMENT	64

enum mediacard_opcode {
	/* window, rights, segments: @session is not looked at */
	MEDIACARD_MAP = 1,
	MEDIACARD_UNMAP,
	/* of a session */
	MEDIACARD_OPEN,
	MEDIACARD_CLOSE,
	MEDIACARD_BITSTREAM,	/* here is bitstream, one access unit at most */
	MEDIACARD_PICTURE,	/* here is room for a picture */
	MEDIACARD_DRAIN,	/* all bitstream up to here, then a last picture */
	MEDIACARD_RESUME,	/* pictures have this layout; go on */
	MEDIACARD_FLUSH,	/* give bitstream back, forget what was decoded */
	MEDIACARD_RETURN,	/* give pictures back */
};

/* What the device may do with a window. */
#define MEDIACARD_WINDOW_READ		0x1
#define MEDIACARD_WINDOW_WRITE		0x2
/* Protected memory, which only protected sessions read, and where all of theirs goes. */
#define MEDIACARD_WINDOW_PROTECTED	0x4

#define MEDIACARD_SESSION_PROTECTED	0x1

/**
 * struct mediacard_command - an entry of the ring of commands
 * @opcode:	enum mediacard_opcode
 * @session:	below MEDIACARD_MAX_SESSIONS
 * @token:	comes back in the event that answers
 */
struct mediacard_command {
	__le16 opcode;
	__le16 session;
	__le32 token;
	union {
		struct {
			__le32 window;
			__le32 rights;		/* MEDIACARD_WINDOW_* */
			__le32 segment_count;	/* of those in BAR 2 */
		} map;
		struct {
			__le32 window;
		} unmap;
		struct {
			__le32 codec;
			__le32 flags;		/* MEDIACARD_SESSION_* */
		} open;
		struct {
			__le64 timestamp;	/* comes back with the picture */
			__le32 window;
			__le32 offset;
			__le32 size;
		} bitstream;
		struct {
			__le32 window;
			__le32 offset;
			__le32 size;		/* room, in bytes */
		} picture;
		struct mediacard_layout resume;
		__u8 raw[56];
	};
};

enum mediacard_event_type {
	MEDIACARD_DONE = 1,		/* MAP, UNMAP, OPEN, CLOSE, FLUSH, RETURN */
	MEDIACARD_BITSTREAM_DONE,
	MEDIACARD_PICTURE_DONE,
	MEDIACARD_LAYOUT,		/* the stream is, or becomes, like this */
	MEDIACARD_DRAINED,
	MEDIACARD_SESSION_FAILED,	/* it does nothing more but be closed */
	MEDIACARD_FAULT,		/* an access that no window allows was refused */
};

enum mediacard_status {
	MEDIACARD_OK = 0,
	MEDIACARD_INVALID,		/* the command makes no sense */
	MEDIACARD_NO_MEMORY,
	MEDIACARD_REFUSED,		/* no window, or not that right */
	MEDIACARD_CANCELLED,		/* by FLUSH, RETURN or CLOSE */
	MEDIACARD_CORRUPT,		/* never told of a protected session */
	MEDIACARD_UNSUPPORTED,
};

/* A picture that ends a drain, or a layout, and has no content. */
#define MEDIACARD_PICTURE_LAST		0x1

/**
 * struct mediacard_event - an entry of the ring of events
 * @type:	enum mediacard_event_type
 * @session:	whose, where there is one
 * @token:	of the command that it answers, where there is one
 * @status:	enum mediacard_status
 */
struct mediacard_event {
	__le16 type;
	__le16 session;
	__le32 token;
	__le32 status;
	__le32 reserved;
	union {
		struct {
			__le64 timestamp;
			__le32 size;		/* bytes written */
			__le32 flags;		/* MEDIACARD_PICTURE_* */
		} picture;
		struct {
			struct mediacard_layout layout;
			__le32 visible_width;
			__le32 visible_height;
			/* ITU-T H.273 */
			__u8 primaries;
			__u8 transfer;
			__u8 matrix;
			__u8 full_range;
		} stream;
		struct {
			__le64 offset;
			__le64 size;
			__le32 window;
			__le32 write;
		} fault;
		__u8 raw[48];
	};
};

#endif
