/* SPDX-License-Identifier: MIT */
/*
 * libprotex: protected buffers and the TEE that fills them.
 *
 * A protected buffer is a dma-buf whose memory a Trusted Execution Environment (TEE) has locked away
 * from the CPU. A program can allocate one, hand its file descriptor to a device that may read it (a
 * GPU, a display), and ask a trusted application (TA) to decrypt into it. It can never look inside.
 *
 * The library has six nouns, and this header is their manual:
 *
 *   layout     where the planes of a picture lie in a buffer
 *   allocator  hands out buffers for one use
 *   buffer     is this file descriptor a protected dma-buf, and for which use?
 *   tee        a TEE device, sessions with a TA in it, memory shared with it
 *   cipher     a crypto device that encrypts with a key which the program cannot see
 *   probe      every way in which the CPU can reach a buffer, tried
 *
 * Conventions
 *
 * - Functions that can fail return 0 (or a file descriptor) on success, a negative errno on failure.
 *   Their last parameter is a struct protex_error, or NULL; on failure it gets a sentence that says
 *   what was wrong and, where that is known, what to do. On success it is left alone. A failing
 *   function has no effect, and leaves its output parameters untouched.
 * - Objects are opaque, come from a function that has "create", "open", "alloc" or "import" in its
 *   name, and belong to the caller, who gives them back to the matching "destroy" or "close". Those
 *   accept NULL.
 * - File descriptors that are passed in stay the caller's; those that are returned belong to the
 *   caller. All of them are close-on-exec.
 * - There is no global state. Different objects may be used by different threads at the same time;
 *   one object by one thread at a time, except where its description says more. An object that was
 *   made from another (a session or shared memory from a TEE) must be closed before it, and counts
 *   as a different object.
 * - Sizes, offsets and strides are in bytes, widths and heights in pixels.
 * - Nothing here writes to standard output or error, installs signal handlers, or starts threads.
 */
#ifndef PROTEX_PROTEX_H
#define PROTEX_PROTEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PROTEX_API __attribute__((visibility("default")))
#else
#define PROTEX_API
#endif

/* ---- errors ------------------------------------------------------------------------------------ */

#define PROTEX_ERROR_MESSAGE_SIZE 496

/*
 * Why a function failed. Needs no initialization and no release.
 *
 * A TEE result other than success means that the TEE or the TA said no: then tee_result is one of
 * GlobalPlatform's TEE_ERROR_* (those of the protex TA are in <protex/ta.h>) and tee_origin says who
 * it was: 1 the client API, 2 the communication, 3 the TEE, 4 the TA. In all other failures both are
 * 0.
 */
struct protex_error {
	int code; /* the negative errno that was returned */
	uint32_t tee_result;
	uint32_t tee_origin;
	uint32_t reserved;
	char message[PROTEX_ERROR_MESSAGE_SIZE]; /* one line, no final period or newline */
};

/* ---- layout ------------------------------------------------------------------------------------ */

#define PROTEX_MAX_PLANES 4

/* The formats of <drm_fourcc.h> that protex_layout_init() knows. */
#define PROTEX_FOURCC(a, b, c, d)                                                                  \
	((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))
#define PROTEX_FORMAT_NV12     PROTEX_FOURCC('N', 'V', '1', '2')
#define PROTEX_FORMAT_P010     PROTEX_FOURCC('P', '0', '1', '0')
#define PROTEX_FORMAT_XRGB8888 PROTEX_FOURCC('X', 'R', '2', '4')
#define PROTEX_FORMAT_ARGB8888 PROTEX_FOURCC('A', 'R', '2', '4')
#define PROTEX_FORMAT_RGB565   PROTEX_FOURCC('R', 'G', '1', '6')

#define PROTEX_MODIFIER_LINEAR UINT64_C(0)

/* One plane of a picture. A row holds row_size bytes of picture; the rest of its stride is padding. */
struct protex_plane {
	uint32_t offset;   /* of the first row, from the start of the buffer */
	uint32_t stride;   /* from one row to the next */
	uint32_t row_size; /* bytes of a row that carry samples */
	uint32_t width;	   /* in samples of this plane; chroma is rounded up */
	uint32_t height;   /* in rows */
	uint32_t bytes_per_sample; /* a chroma pair counts as one sample */
};

struct protex_layout {
	uint32_t width, height;
	uint32_t fourcc;
	uint32_t plane_count;
	uint64_t modifier;
	uint64_t size; /* bytes the buffer needs */
	struct protex_plane planes[PROTEX_MAX_PLANES];
};

/*
 * Lays out a picture: planes one after the other, every stride a multiple of stride_align (a power
 * of two up to 65536; 0 means 1), every plane beginning at a multiple of it. Where width or height
 * is odd, a subsampled plane has the extra column or row.
 *
 * -EINVAL: width or height is 0, or stride_align is no power of two.
 * -ENOTSUP: a format or modifier that is not known. Only linear layouts are.
 * -EOVERFLOW: an offset or stride would not fit in 32 bits, as EGL and DRM need them to.
 */
PROTEX_API int protex_layout_init(struct protex_layout *layout, uint32_t width, uint32_t height,
				  uint32_t fourcc, uint64_t modifier, uint32_t stride_align,
				  struct protex_error *error);

/* The name of a format as it is usually written ("NV12"), or NULL if protex_layout_init() does not
 * know it. */
PROTEX_API const char *protex_format_name(uint32_t fourcc);

/* The format with that name, or 0. */
PROTEX_API uint32_t protex_format_from_name(const char *name);

/* ---- allocator --------------------------------------------------------------------------------- */

/*
 * What a protected buffer is for. A TEE opens a buffer only to the devices that this use needs.
 */
enum protex_use {
	PROTEX_USE_UNKNOWN = 0,		/* protected, but the kernel does not say for what */
	PROTEX_USE_SECURE_VIDEO = 1,	/* decoded video on its way to the screen */
	PROTEX_USE_TRUSTED_UI = 2,	/* a user interface drawn by the TEE */
	PROTEX_USE_SECURE_VIDEO_RECORD = 3, /* a camera's picture on its way to an encoder */
	PROTEX_USE_GPU = 4,		/* allocated by a GPU driver for its own rendering */
	PROTEX_USE_CRYPTO_KEY = 5,	/* keys on their way to a crypto device */
};

/* "secure-video", "trusted-ui", "secure-video-record", "gpu", "crypto-key" or "unknown". */
PROTEX_API const char *protex_use_name(enum protex_use use);

/* The use with that name. -EINVAL: there is none. */
PROTEX_API int protex_use_from_name(const char *name, enum protex_use *use,
				    struct protex_error *error);

/*
 * Allocates buffers for one use. May be used by several threads at the same time.
 */
struct protex_allocator;

/*
 * The allocator for a use: the dma-heap "protected,<use>" where the kernel has it (Linux 6.18 and
 * later), else the ioctl of the fourth version of the kernel's series, as some vendor kernels have.
 *
 * -ENODEV: this machine has neither. -EACCES: it has, but not for you. -EINVAL: PROTEX_USE_GPU and
 * PROTEX_USE_UNKNOWN are not asked of a TEE.
 */
PROTEX_API int protex_allocator_create(struct protex_allocator **allocator, enum protex_use use,
				       struct protex_error *error);

/* Exactly one of the two, so that a program or a test can insist. The same errors. */
PROTEX_API int protex_allocator_create_heap(struct protex_allocator **allocator,
					    enum protex_use use, struct protex_error *error);
PROTEX_API int protex_allocator_create_rstmem(struct protex_allocator **allocator,
					      enum protex_use use, struct protex_error *error);

/*
 * An allocator of ordinary, unprotected dma-bufs (the system heap, else udmabuf), which everyone can
 * map. It is there so that a check of protection can be seen to fail without it. -ENODEV: this machine has
 * neither. -EACCES: it has, but not for you.
 */
PROTEX_API int protex_allocator_create_ordinary(struct protex_allocator **allocator,
						struct protex_error *error);

PROTEX_API void protex_allocator_destroy(struct protex_allocator *allocator);

/* Where buffers come from, for people: "/dev/dma_heap/protected,secure-video". Lives as long as the
 * allocator. */
PROTEX_API const char *protex_allocator_name(const struct protex_allocator *allocator);

/* Whether its buffers are protected. */
PROTEX_API bool protex_allocator_is_protected(const struct protex_allocator *allocator);

/*
 * Allocates a buffer of at least size bytes (the kernel rounds up to whole pages). Returns the
 * dma-buf. Its content is what the TEE leaves in new memory: zeros, or noise.
 *
 * -EINVAL: size is 0. -ENOMEM: the TEE's pool, which is small and fixed on many machines, is full or
 * was never that large.
 */
PROTEX_API int protex_allocator_alloc(struct protex_allocator *allocator, uint64_t size,
				      struct protex_error *error);

/* ---- buffer ------------------------------------------------------------------------------------ */

struct protex_buffer_info {
	bool is_protected;
	enum protex_use use; /* meaningful only if is_protected */
	uint64_t size;
	char exporter[64]; /* the kernel's name of what exported it: "protected,secure-video" */
};

/*
 * Asks the kernel what a dma-buf is. It takes the answer from /proc/self/fdinfo, which no other
 * process can forge. A kernel without protex's patch says only that the TEE exported it: then it is
 * protected, its use unknown.
 *
 * -EBADF: fd is not open. -EINVAL: fd is not a dma-buf, or the kernel, older than 5.3, does not say so.
 * -ENOENT: /proc is not mounted.
 */
PROTEX_API int protex_buffer_query(int fd, struct protex_buffer_info *info,
				   struct protex_error *error);

/* ---- tee --------------------------------------------------------------------------------------- */

/*
 * A TEE device, such as /dev/tee0. May be used by several threads at the same time.
 */
struct protex_tee;

struct protex_tee_info {
	uint32_t implementation; /* TEE_IMPL_ID_* of <linux/tee.h>: 1 is OP-TEE */
	uint32_t implementation_capabilities;
	uint32_t capabilities; /* TEE_GEN_CAP_* */
};

/* Opens a TEE device by path. -ENODEV, -EACCES: it is not there, or not for you. */
PROTEX_API int protex_tee_open(struct protex_tee **tee, const char *path,
			       struct protex_error *error);
PROTEX_API void protex_tee_close(struct protex_tee *tee);

PROTEX_API const char *protex_tee_path(const struct protex_tee *tee);
PROTEX_API void protex_tee_get_info(const struct protex_tee *tee, struct protex_tee_info *info);

/* "OP-TEE", "AMD-TEE", "TS-TEE", "QTEE", "emulated" (protex's own, which protects nothing from the
 * machine it runs on), or "unknown". */
PROTEX_API const char *protex_tee_implementation_name(uint32_t implementation);

/*
 * Memory that a TEE knows: either shared with the program, or a dma-buf that the program cannot
 * see. It must be closed before its TEE.
 */
struct protex_memory;

/*
 * Maps memory that both the program and the TEE can read and write: the driver's, or the program's own
 * where the driver has none of that size and takes it.
 *
 * -ENOMEM: there is neither. -EINVAL: size is 0.
 */
PROTEX_API int protex_memory_alloc(struct protex_memory **memory, struct protex_tee *tee,
				   size_t size, struct protex_error *error);

/*
 * Tells the TEE of a dma-buf. The memory keeps its own reference to the buffer.
 *
 * -EINVAL: fd is not a dma-buf, or not one that this TEE can reach. -ENOTSUP: the kernel is older
 * than 6.18, and cannot.
 */
PROTEX_API int protex_memory_import(struct protex_memory **memory, struct protex_tee *tee, int fd,
				    struct protex_error *error);

PROTEX_API void protex_memory_close(struct protex_memory *memory);

/* Where the program sees it; NULL for an imported dma-buf. */
PROTEX_API void *protex_memory_data(const struct protex_memory *memory);
PROTEX_API uint64_t protex_memory_size(const struct protex_memory *memory);

/*
 * A session with a trusted application. It must be closed before its TEE.
 */
struct protex_session;

/* The UUID as the 16 octets of RFC 4122. Login is public. */
PROTEX_API int protex_session_open(struct protex_session **session, struct protex_tee *tee,
				   const uint8_t uuid[16], struct protex_error *error);
PROTEX_API void protex_session_close(struct protex_session *session);

/* A range of memory. */
struct protex_range {
	struct protex_memory *memory;
	uint64_t offset;
	uint64_t size;
};

enum protex_parameter_type {
	PROTEX_PARAMETER_NONE = 0,
	PROTEX_PARAMETER_VALUE_INPUT = 1,
	PROTEX_PARAMETER_VALUE_OUTPUT = 2,
	PROTEX_PARAMETER_VALUE_INOUT = 3,
	PROTEX_PARAMETER_MEMORY_INPUT = 5,
	PROTEX_PARAMETER_MEMORY_OUTPUT = 6,
	PROTEX_PARAMETER_MEMORY_INOUT = 7,
};

#define PROTEX_MAX_PARAMETERS 4

struct protex_parameter {
	enum protex_parameter_type type;
	union {
		struct {
			uint32_t a, b;
		} value;
		struct protex_range range; /* its size is updated for OUTPUT and INOUT */
	};
};

/*
 * Invokes a command of the TA, and waits for it. Ranges are passed on as they are: it is the TA that
 * checks them.
 *
 * A negative errno says how it failed: if the TEE or the TA refused, error->tee_result has their
 * word, and the errno is the nearest one (-EACCES, -EINVAL, -ENOENT, -ENOTSUP, -ENOMEM, -EBADMSG,
 * -ENOSPC, -EBUSY, -EIO).
 */
PROTEX_API int protex_session_invoke(struct protex_session *session, uint32_t command,
				     struct protex_parameter *parameters, size_t parameter_count,
				     struct protex_error *error);

/*
 * Opens the first TEE that has the protex TA, and a session with it. Close both, the session first.
 *
 * -ENODEV: no TEE of this machine has it; the message says what was found. -EACCES: a TEE may not be opened
 * by you, and no other has it. Other errors: one could not be asked (-EMFILE, -ENOMEM, …).
 */
PROTEX_API int protex_ta_open(struct protex_tee **tee, struct protex_session **session,
			      struct protex_error *error);

/*
 * The protex TA's commands; <protex/ta.h> is their specification, and says which of the TA's errors each can
 * have. They come as protex_session_invoke() says: -EACCES for memory of the wrong kind, -EINVAL for ranges
 * that are empty, out of bounds or larger than PROTEX_TA_MAX_RANGE, -ENOENT for a key that the session does
 * not have.
 */

/* Gives the session a content key: a struct protex_ta_wrapped_key. -EBADMSG: not authentic, or not
 * one. */
PROTEX_API int protex_ta_unwrap_key(struct protex_session *session, const void *wrapped_key,
				    size_t size, uint32_t *key_id, struct protex_error *error);

/* Has the TA wipe a key of the session. */
PROTEX_API int protex_ta_forget_key(struct protex_session *session, uint32_t key_id,
				    struct protex_error *error);

/* One piece of the source: bytes that are copied, then bytes that are decrypted (ISO/IEC 23001-7). */
struct protex_subsample {
	uint32_t clear;
	uint32_t cipher;
};

struct protex_decryption {
	uint32_t key_id;
	uint8_t iv[16];
	struct protex_range source;	 /* shared memory */
	struct protex_memory *destination; /* a protected buffer of at most PROTEX_TA_MAX_RANGE bytes */
	uint64_t destination_offset;
	const struct protex_subsample *subsamples;
	uint32_t subsample_count; /* 0: all of the source is encrypted, and subsamples may be NULL */
	/*
	 * Room for the TA's descriptor, in shared memory that no other call uses at the same time:
	 * protex_ta_descriptor_size(subsample_count) bytes. It may be the rest of the source's
	 * memory.
	 */
	struct protex_range descriptor;
};

/* The size the descriptor of a decryption has. */
PROTEX_API size_t protex_ta_descriptor_size(uint32_t subsample_count);

/* Decrypts with AES-128-CTR into a protected buffer: as many bytes as the source has. -EINVAL also where the
 * subsamples do not add up to that, are missing, or are more than PROTEX_TA_MAX_SUBSAMPLES, and where the
 * descriptor has no room. */
PROTEX_API int protex_ta_decrypt(struct protex_session *session,
				 const struct protex_decryption *decryption,
				 struct protex_error *error);

/* How a sample of a file is encrypted (ISO/IEC 23001-7). */
enum protex_scheme {
	PROTEX_SCHEME_NONE = 0,
	PROTEX_SCHEME_CENC = 1, /* AES-128-CTR */
	PROTEX_SCHEME_CBCS = 2, /* AES-128-CBC by a pattern */
};

/* A sample of an MP4 file, on its way to a decoder. */
struct protex_sample {
	uint32_t key_id; /* 0 with PROTEX_SCHEME_NONE */
	enum protex_scheme scheme;
	uint8_t crypt_blocks, skip_blocks; /* the pattern of PROTEX_SCHEME_CBCS */
	uint8_t nal_length_size; /* of H.264 and HEVC: 1, 2 or 4; 0: the sample is not of NAL units */
	uint8_t iv[16];		 /* one of 8 bytes is followed by 8 of 0 */
	struct protex_range source;	   /* shared memory */
	struct protex_memory *destination; /* a protected buffer of at most PROTEX_TA_MAX_RANGE bytes */
	uint64_t destination_offset;
	const struct protex_subsample *subsamples;
	uint32_t subsample_count; /* 0: all is encrypted, or nothing is */
	const void *head;	  /* what is written first: parameter sets, with their start codes */
	uint32_t head_size;
	/* As in struct protex_decryption, protex_ta_sample_descriptor_size() bytes. */
	struct protex_range descriptor;
};

/* The size the descriptor of a sample has. */
PROTEX_API size_t protex_ta_sample_descriptor_size(uint32_t subsample_count, uint32_t head_size);

/*
 * Decrypts a sample into a protected buffer, with start codes in place of the lengths of NAL units, and says
 * how many bytes that were: head_size, the source's size, and 4 - nal_length_size for each NAL unit.
 * -EINVAL also for lengths of NAL units that are encrypted or do not add up, and for what a descriptor
 * cannot have. -E2BIG: more than PROTEX_TA_MAX_SUBSAMPLES, PROTEX_TA_MAX_NALS or PROTEX_TA_MAX_HEAD.
 */
PROTEX_API int protex_ta_decrypt_sample(struct protex_session *session,
					const struct protex_sample *sample, uint64_t *written,
					struct protex_error *error);

/* The SHA-256 of a range of a protected buffer. -ENOTSUP: this TA was built without it, as it
 * should be in a product. */
PROTEX_API int protex_ta_digest(struct protex_session *session, const struct protex_range *range,
				uint8_t digest[32], struct protex_error *error);

/* Sets every byte of a range of a protected buffer. */
PROTEX_API int protex_ta_fill(struct protex_session *session, const struct protex_range *range,
			      uint8_t byte, struct protex_error *error);

/* Overwrites a range of a protected buffer with zeros. */
PROTEX_API int protex_ta_scrub(struct protex_session *session, const struct protex_range *range,
			       struct protex_error *error);

/*
 * Has the TA make a key for a crypto device, at random, and wrap it to be stored: wrapped gets a struct
 * protex_ta_wrapped_crypto_key. key_size is 16, 24 or 32. -EINVAL: it is not, or size is not that structure's.
 * -ENOTSUP: the TA's TEE has no memory for such keys.
 */
PROTEX_API int protex_ta_make_crypto_key(struct protex_session *session, size_t key_size,
					 void *wrapped, size_t size, struct protex_error *error);

/*
 * Has the TA put a wrapped key into a slot, which is PROTEX_TA_CRYPTO_KEY_SLOT bytes at a multiple of that in a
 * protected buffer of PROTEX_USE_CRYPTO_KEY, and says how many bytes the key has. It is there until the
 * buffer is freed, that is, until nobody has it open any more.
 *
 * -EBADMSG: the wrapped key is not authentic, or not one. -EACCES: the buffer is for another use. -EBUSY:
 * there is a key in the slot.
 */
PROTEX_API int protex_ta_unwrap_crypto_key(struct protex_session *session, const void *wrapped,
					   size_t size, const struct protex_range *slot,
					   size_t *key_size, struct protex_error *error);

/* ---- cipher ------------------------------------------------------------------------------------ */

/*
 * AES-CBC by a crypto device, which reads the key from protected memory. A cipher may be used by one thread
 * at a time.
 */
struct protex_cipher;

#define PROTEX_CIPHER_BLOCK_SIZE 16

/*
 * Has a crypto device of this machine read a key, of 16, 24 or 32 bytes at offset of a protected dma-buf of
 * PROTEX_USE_CRYPTO_KEY. The device keeps what it read: key_fd may be closed.
 *
 * -ENODEV: the kernel has no such cipher (its driver, or CONFIG_CRYPTO_USER_API_SKCIPHER, is not there), or the
 * device went away; or you lack CAP_NET_ADMIN, which Linux 7.3 asks for without saying so. -EACCES: the buffer
 * is not of that use, or not protected at all. -EINVAL: the key has another size, or lies at no slot. -ENOTSUP:
 * the kernel, or the cipher, takes keys only as bytes. -EBADF: key_fd is not open, or no dma-buf.
 */
PROTEX_API int protex_cipher_open(struct protex_cipher **cipher, int key_fd, uint64_t offset,
				  size_t key_size, struct protex_error *error);
PROTEX_API void protex_cipher_close(struct protex_cipher *cipher);

/*
 * Encrypts or decrypts size bytes, a multiple of PROTEX_CIPHER_BLOCK_SIZE, from in to out, which may be the
 * same. iv becomes what the next call goes on with. Nothing is authenticated. On failure out and iv are
 * undefined.
 *
 * -EINVAL: size is no multiple. -ENODEV, -EIO: the device is gone, or failed.
 */
PROTEX_API int protex_cipher_encrypt(struct protex_cipher *cipher, uint8_t iv[16], const void *in,
				     void *out, size_t size, struct protex_error *error);
PROTEX_API int protex_cipher_decrypt(struct protex_cipher *cipher, uint8_t iv[16], const void *in,
				     void *out, size_t size, struct protex_error *error);

/* ---- probe ------------------------------------------------------------------------------------- */

/* What one way to reach a buffer came to. */
struct protex_probe_result {
	const char *route;	 /* a short name that does not change: "mmap-shared-read" */
	const char *description; /* what was tried, for people */
	const char *device;	 /* the device that was used to try, or NULL */
	int error;		 /* 0: it worked, bytes could be read or written; else negative errno */
	const char *refused_by;	 /* the step that failed, or NULL */
	bool writes;		 /* the route writes to the buffer, if it can */
	uint64_t bytes;		 /* that were moved */
	uint8_t sample[16];	 /* the first of them, if the route reads */
	uint32_t sample_size;
};

/* Strings live until the function returns. */
typedef void (*protex_probe_function)(const struct protex_probe_result *result, void *data);

/*
 * Tries every route by which the CPU might reach a buffer (its own file operations, the dma-buf
 * ioctls, every DRM device and every TEE that will import it) and reports each.
 * *reached gets the number of routes that worked: 0 for a protected buffer, and for a buffer that
 * nobody protects most of them. It may be NULL.
 *
 * Besides dma-bufs, regular and memory files can be probed. Routes that write put back what they read, so
 * that the content is the same afterwards, unless somebody else writes to it meanwhile.
 *
 * -EBADF: fd is not open. -EINVAL: it is a pipe, socket, device or directory, or has no content.
 * -EMFILE, -ENFILE: there is no room for the pipe that the probe needs. That a route is refused is not an
 * error.
 */
PROTEX_API int protex_probe(int fd, protex_probe_function function, void *data, unsigned *reached,
			    struct protex_error *error);

#ifdef __cplusplus
}
#endif

#endif
