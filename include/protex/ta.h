/* SPDX-License-Identifier: MIT */
/*
 * The commands of the protex trusted application (TA).
 *
 * This header is the whole ABI between the normal world and the TA. libprotex, the kernel's
 * emulated TEE and the TA itself share it, so it needs nothing but fixed-width integers.
 *
 * The TA holds content keys and decrypts into protected memory. It never returns plaintext: no
 * command copies from protected memory to memory the CPU can read. PROTEX_TA_CMD_DIGEST comes
 * closest and is therefore a build option.
 *
 * Conventions
 * - Parameters p0 to p3 are GlobalPlatform TEE parameters. Over the Linux TEE ioctls their types
 *   have the same numbers (TEE_IOCTL_PARAM_ATTR_TYPE_*). Types are compared exactly, and parameters
 *   that a command does not name must be NONE.
 * - A "protected range" is a memory reference into a dma-buf of a "protected,..." dma-heap,
 *   registered with TEE_IOC_SHM_REGISTER_FD. It is MEMREF_INOUT where it is written (what is not
 *   written keeps its content), MEMREF_INPUT where it is only read.
 * - A "shared range" is a memory reference into ordinary memory (TEE_IOC_SHM_ALLOC or
 *   TEE_IOC_SHM_REGISTER). Its content may change at any time, and is read once.
 * - Integers in structures are little-endian whatever the machine: use htole32() and friends.
 *   Structures have no padding and need no alignment in shared memory.
 * - Where a protected range is not said to be for crypto keys, it must not be.
 * - A command that is refused has not touched protected memory. What is written is flushed for
 *   devices to see; if the TEE does not do that, the command fails with the TEE's error, and what
 *   it wrote stays.
 * - Key ids are per session. Closing the session forgets its keys.
 * - A session executes one command at a time; a second one waits.
 */
#ifndef PROTEX_TA_H
#define PROTEX_TA_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* 69c23b06-611c-4926-a06f-accc6cce68dd as TEE_IOC_OPEN_SESSION takes it (RFC 4122 octets). */
#define PROTEX_TA_UUID_OCTETS { \
	0x69, 0xc2, 0x3b, 0x06, 0x61, 0x1c, 0x49, 0x26, \
	0xa0, 0x6f, 0xac, 0xcc, 0x6c, 0xce, 0x68, 0xdd }

/* The same as the fields of a GlobalPlatform TEE_UUID. */
#define PROTEX_TA_UUID { \
	0x69c23b06, 0x611c, 0x4926, { 0xa0, 0x6f, 0xac, 0xcc, 0x6c, 0xce, 0x68, 0xdd } }

#define PROTEX_TA_MAX_KEYS 16u         /* keys a session can hold at a time */
#define PROTEX_TA_MAX_SUBSAMPLES 1024u /* subsamples of one command */
#define PROTEX_TA_MAX_NALS 1024u       /* NAL units of one PROTEX_TA_CMD_DECRYPT_SAMPLE */
#define PROTEX_TA_MAX_HEAD 8192u       /* bytes in front of a sample */
#define PROTEX_TA_MAX_RANGE 0x40000000u /* bytes of one memory reference: 1 GiB */

#define PROTEX_TA_CRYPTO_KEY_MAX 32u  /* bytes of a crypto device's key: AES-256 */
#define PROTEX_TA_CRYPTO_KEY_SLOT 64u /* bytes it has in protected memory, at a multiple of that */
#define PROTEX_TA_KEY_SIZE 16u    /* AES-128: content keys and the key-encryption key */
#define PROTEX_TA_IV_SIZE 16u     /* the first counter block */
#define PROTEX_TA_DIGEST_SIZE 32u /* SHA-256 */

/*
 * Results, as found in the "ret" field of the TEE ioctls: GlobalPlatform's TEE_SUCCESS and
 * TEE_ERROR_*, repeated for programs that have no GlobalPlatform headers.
 */
#define PROTEX_TA_SUCCESS 0x00000000u
/* Memory of the wrong kind: a destination that is not protected, a source that is, another use. */
#define PROTEX_TA_ERROR_ACCESS_DENIED 0xFFFF0001u
/* More than a table of the TA holds: subsamples, NAL units, or bytes in front of a sample. */
#define PROTEX_TA_ERROR_EXCESS_DATA 0xFFFF0004u
/* A structure whose magic or version is not known. */
#define PROTEX_TA_ERROR_BAD_FORMAT 0xFFFF0005u
/* Wrong types, zero or huge sizes, out of bounds, wrapping, overlap. */
#define PROTEX_TA_ERROR_BAD_PARAMETERS 0xFFFF0006u
/* A slot for a crypto device's key that was written to before. */
#define PROTEX_TA_ERROR_BAD_STATE 0xFFFF0007u
/* No such key, or (opening a session) no TA of that UUID. */
#define PROTEX_TA_ERROR_ITEM_NOT_FOUND 0xFFFF0008u
/* Unknown command, or one that this TA was built without. */
#define PROTEX_TA_ERROR_NOT_SUPPORTED 0xFFFF000Au
#define PROTEX_TA_ERROR_OUT_OF_MEMORY 0xFFFF000Cu
/* A wrapped key that is not authentic. */
#define PROTEX_TA_ERROR_SECURITY 0xFFFF000Fu
/* A buffer smaller than what it must hold. */
#define PROTEX_TA_ERROR_SHORT_BUFFER 0xFFFF0010u
/* The session holds PROTEX_TA_MAX_KEYS keys already. */
#define PROTEX_TA_ERROR_STORAGE_NO_SPACE 0xFFFF3041u

/*
 * UNWRAP_KEY: gives the session a content key.
 *   p0 MEMREF_INPUT  shared range: struct protex_ta_wrapped_key, exactly
 *   p1 VALUE_OUTPUT  a: id of the key; never 0, and never used again in this session
 * Errors: SHORT_BUFFER, BAD_PARAMETERS (p0 too short, too long), BAD_FORMAT, SECURITY,
 * STORAGE_NO_SPACE, ACCESS_DENIED (p0 is protected).
 */
#define PROTEX_TA_CMD_UNWRAP_KEY 0u

/*
 * FORGET_KEY: wipes a key.
 *   p0 VALUE_INPUT  a: id of the key; b: 0
 * Errors: ITEM_NOT_FOUND, BAD_PARAMETERS.
 */
#define PROTEX_TA_CMD_FORGET_KEY 1u

/*
 * DECRYPT: AES-128-CTR from shared memory into protected memory.
 *   p0 MEMREF_INPUT  shared range: ciphertext, with clear bytes where the subsamples say so
 *   p1 MEMREF_INOUT  protected range: as many bytes as p0 has are written, from dst_offset on
 *   p2 MEMREF_INPUT  shared range: struct protex_ta_decrypt and its subsamples, exactly
 * Errors: ACCESS_DENIED (p1 is not protected; p0 or p2 is), ITEM_NOT_FOUND, SHORT_BUFFER (p2),
 * BAD_PARAMETERS (the subsamples do not add up to the size of p0; the destination is out of bounds;
 * ranges overlap; a size is 0 or above PROTEX_TA_MAX_RANGE; too many subsamples; p2 too long).
 */
#define PROTEX_TA_CMD_DECRYPT 2u

/*
 * DIGEST: SHA-256 of a protected range.
 *   p0 MEMREF_INPUT   protected range
 *   p1 MEMREF_OUTPUT  shared range: at least PROTEX_TA_DIGEST_SIZE bytes; its size becomes that
 * Errors: ACCESS_DENIED (p0 is not protected, p1 is), SHORT_BUFFER, BAD_PARAMETERS, NOT_SUPPORTED.
 *
 * Who may choose the range can learn the content from digests: of one byte, or of a byte among
 * known ones. So this is for development and tests, and exists only in a TA that was built with
 * PROTEX_TA_WITH_DIGEST. Do not ship that.
 */
#define PROTEX_TA_CMD_DIGEST 3u

/*
 * FILL: sets every byte of a protected range.
 *   p0 MEMREF_INOUT  protected range
 *   p1 VALUE_INPUT   a: the byte, 0 to 255; b: 0
 * Errors: ACCESS_DENIED (p0 is not protected), BAD_PARAMETERS.
 */
#define PROTEX_TA_CMD_FILL 4u

/*
 * SCRUB: FILL with 0.
 *   p0 MEMREF_INOUT  protected range
 * Errors: ACCESS_DENIED (p0 is not protected), BAD_PARAMETERS.
 */
#define PROTEX_TA_CMD_SCRUB 5u

/*
 * DECRYPT_SAMPLE: a sample of an MP4 file (ISO/IEC 23001-7), made what a decoder takes, into
 * protected memory.
 *   p0 MEMREF_INPUT  shared range: the sample
 *   p1 MEMREF_INOUT  protected range: written from dst_offset on
 *   p2 MEMREF_INPUT  shared range: struct protex_ta_decrypt_sample, its subsamples, then its head,
 *                    exactly
 *   p3 VALUE_OUTPUT  a: the number of bytes that were written; b: 0
 * The head is written first: parameter sets, which a file has in another place. Where
 * nal_length_size is not 0, the sample is a sequence of NAL units, each after its length in as many
 * big-endian bytes. Each length is written as the start code 00 00 00 01, and empty units are left
 * out. So p1 needs room for 4 - nal_length_size more bytes a NAL unit than p0 has.
 *
 * The TA parses no byte that it decrypts: whether it accepts a sample, and the number of bytes, the
 * caller can tell from what is in the clear. So the lengths of NAL units must be clear bytes.
 *
 * Errors: those of DECRYPT, but EXCESS_DATA for too many subsamples or NAL units and for a head
 * that is too long; BAD_PARAMETERS also for lengths of NAL units that are encrypted or do not add
 * up to the sample, and for a scheme, pattern or nal_length_size that does not exist.
 */
#define PROTEX_TA_CMD_DECRYPT_SAMPLE 6u

/*
 * MAKE_CRYPTO_KEY: a new, random key for a crypto device, wrapped to be stored. Nobody has seen it.
 *   p0 VALUE_INPUT    a: bytes of the key, 16, 24 or 32; b: 0
 *   p1 MEMREF_OUTPUT  shared range: struct protex_ta_wrapped_crypto_key; its size becomes that
 * Errors: BAD_PARAMETERS, SHORT_BUFFER, ACCESS_DENIED (p1 is protected), NOT_SUPPORTED.
 */
#define PROTEX_TA_CMD_MAKE_CRYPTO_KEY 7u

/*
 * UNWRAP_CRYPTO_KEY: puts a key where a crypto device reads it.
 *   p0 MEMREF_INPUT  shared range: struct protex_ta_wrapped_crypto_key, exactly
 *   p1 MEMREF_INOUT  protected range of the use "crypto-key": one slot, which is
 *                    PROTEX_TA_CRYPTO_KEY_SLOT bytes at a multiple of that
 *   p2 VALUE_OUTPUT  a: bytes of the key, which begin the slot; b: 0
 * Errors: ACCESS_DENIED (p1 is not for crypto keys, p0 is protected), SHORT_BUFFER (p0),
 * BAD_PARAMETERS (p0 too long; p1 is no slot), BAD_FORMAT, SECURITY, BAD_STATE (there is a key in
 * the slot), NOT_SUPPORTED.
 *
 * Whoever can use a device on a key of which all bytes but one are known finds that one in 256
 * tries, and then the next. So memory for crypto keys never holds a key beside bytes that the
 * normal world knows. No other command takes such memory, not even to overwrite it. A slot takes
 * one key, once. It is filled with random bytes before the key comes: a device that reads meanwhile
 * reads none of the key, or some of it and random bytes; what is behind the key stays random. A key
 * is destroyed by giving the memory back.
 *
 * A TEE whose pools have no such use has neither of these commands (PROTEX_TA_WITH_CRYPTO_KEYS).
 */
#define PROTEX_TA_CMD_UNWRAP_CRYPTO_KEY 8u

/*
 * A content key, encrypted with AES-128-GCM under the key-encryption key of the TA. Additional
 * authenticated data: the first PROTEX_TA_WRAPPED_KEY_AAD_SIZE bytes, which are magic and version.
 */
struct protex_ta_wrapped_key {
	uint32_t magic;                         /* PROTEX_TA_WRAPPED_KEY_MAGIC */
	uint32_t version;                       /* PROTEX_TA_WRAPPED_KEY_VERSION */
	uint8_t iv[12];                         /* never twice under one key-encryption key */
	uint8_t ciphertext[PROTEX_TA_KEY_SIZE]; /* the content key */
	uint8_t tag[16];
};

#define PROTEX_TA_WRAPPED_KEY_SIZE 52u          /* sizeof(struct protex_ta_wrapped_key) */
#define PROTEX_TA_WRAPPED_KEY_MAGIC 0x4b57584fu /* the bytes "OXWK" */
#define PROTEX_TA_WRAPPED_KEY_VERSION 1u
#define PROTEX_TA_WRAPPED_KEY_AAD_SIZE 8u

/*
 * A crypto device's key, likewise. It has another magic, which is authenticated: a content key is
 * none of these, or the device would decrypt the content to ordinary memory. Additional
 * authenticated data: the first PROTEX_TA_WRAPPED_CRYPTO_KEY_AAD_SIZE bytes, up to key_size.
 */
struct protex_ta_wrapped_crypto_key {
	uint32_t magic;	   /* PROTEX_TA_WRAPPED_CRYPTO_KEY_MAGIC */
	uint32_t version;  /* PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION */
	uint32_t key_size; /* bytes of the key: 16, 24 or 32 */
	uint8_t iv[12];	   /* never twice under one key-encryption key */
	uint8_t ciphertext[PROTEX_TA_CRYPTO_KEY_MAX]; /* the key, and zeros */
	uint8_t tag[16];
};

#define PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE 72u /* sizeof(struct protex_ta_wrapped_crypto_key) */
#define PROTEX_TA_WRAPPED_CRYPTO_KEY_MAGIC 0x4b43584fu /* the bytes "OXCK" */
#define PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION 1u
#define PROTEX_TA_WRAPPED_CRYPTO_KEY_AAD_SIZE 12u

/*
 * The key-encryption key of development builds. It is public, so it protects nothing. The TA of a
 * product is built with another one (PROTEX_TA_KEK, see src/ta/sub.mk), or derives one from what
 * its platform provisions.
 */
#define PROTEX_TA_DEVELOPMENT_KEK { \
	'p', 'r', 'o', 't', 'e', 'x', ' ', 'd', 'e', 'v', 'e', 'l', ' ', 'K', 'E', 'K' }

/* One subsample (ISO/IEC 23001-7): bytes that are copied, then bytes that are decrypted. */
struct protex_ta_subsample {
	uint32_t clear;
	uint32_t cipher;
};

/*
 * What PROTEX_TA_CMD_DECRYPT is to do. subsample_count times struct protex_ta_subsample follow it;
 * 0 means that everything is encrypted.
 *
 * iv is the first counter block. As in ISO/IEC 23001-7, its bytes 8 to 15 are a big-endian block
 * counter that wraps without a carry into bytes 0 to 7. The key stream runs on from the encrypted
 * bytes of one subsample to those of the next.
 */
struct protex_ta_decrypt {
	uint32_t key_id;
	uint32_t subsample_count;
	uint8_t iv[PROTEX_TA_IV_SIZE];
	uint64_t dst_offset; /* bytes from the start of p1 */
};

/* How a sample is encrypted. */
#define PROTEX_TA_SCHEME_NONE 0u /* not at all; key_id is 0 */
#define PROTEX_TA_SCHEME_CENC 1u /* AES-128-CTR, as PROTEX_TA_CMD_DECRYPT has it */
#define PROTEX_TA_SCHEME_CBCS 2u /* AES-128-CBC by a pattern */

/*
 * What PROTEX_TA_CMD_DECRYPT_SAMPLE is to do. subsample_count times struct protex_ta_subsample and
 * head_size bytes follow it. Without subsamples everything is encrypted, or, with
 * PROTEX_TA_SCHEME_NONE, nothing.
 *
 * With PROTEX_TA_SCHEME_CBCS, the encrypted bytes of each subsample begin with iv anew, and the
 * pattern too: crypt_blocks blocks of 16 bytes are encrypted, the next skip_blocks are not, and so
 * on; what does not fill crypt_blocks at the end is not encrypted. With skip_blocks 0 all whole
 * blocks are encrypted. Both are at most 15, and 0 in other schemes.
 */
struct protex_ta_decrypt_sample {
	uint32_t key_id;
	uint32_t subsample_count;
	uint8_t iv[PROTEX_TA_IV_SIZE];
	uint64_t dst_offset; /* bytes from the start of p1 */
	uint32_t head_size;
	uint8_t scheme;		 /* PROTEX_TA_SCHEME_* */
	uint8_t crypt_blocks;
	uint8_t skip_blocks;
	uint8_t nal_length_size; /* 1, 2 or 4; 0: the sample is copied as it is (VP9, AV1) */
};

#define PROTEX_TA_DECRYPT_SAMPLE_SIZE 40u /* sizeof(struct protex_ta_decrypt_sample) */
#define PROTEX_TA_DECRYPT_SIZE 32u   /* sizeof(struct protex_ta_decrypt) */
#define PROTEX_TA_SUBSAMPLE_SIZE 8u  /* sizeof(struct protex_ta_subsample) */

#endif
