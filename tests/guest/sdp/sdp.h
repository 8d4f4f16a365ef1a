/* SPDX-License-Identifier: MIT */
/*
 * The way of data into protected memory and about it, on each heap of a TEE. What protected memory holds nobody can
 * read, so each buffer has a twin in ordinary memory, to which the test does the same, and digests are compared.
 */
#ifndef SDP_H
#define SDP_H

#include "../tee_client.h"

#define KIB 1024u
#define MIB (1024u * KIB)

struct sdp {
	const char *heap;
	struct client client;
	struct shm args; /* for structures and digests */
	uint32_t key;	 /* of the session: that of unwrap(), which data.c has as "key" */
};

struct buffer {
	struct shm shm;
	uint8_t *twin;
};

/* A buffer that is registered and has no other descriptor; its twin is zeros. False if there is none to be had. */
bool buffer_open(const struct sdp *sdp, struct buffer *buffer, uint64_t size);
void buffer_close(struct buffer *buffer);
/* Has the TEE fill it or decrypt into it, and does the same to the twin if the TEE says that it has. */
uint32_t buffer_fill(const struct sdp *sdp, struct buffer *buffer, uint64_t offset, uint64_t size, uint8_t byte);
uint32_t buffer_decrypt(const struct sdp *sdp, struct buffer *buffer, uint64_t offset, const struct shm *source, uint64_t size);
bool buffer_is_its_twin(const struct sdp *sdp, const struct buffer *buffer);

/* A parameter that says to decrypt all with a key, to an offset in the destination; it is at some place in args. */
#define DESCRIPTOR_AT 2048u
struct tee_ioctl_param descriptor(const struct shm *args, uint32_t key, uint64_t offset);

/* The same numbers in each run. */
uint32_t random_number(void);
void random_bytes(uint8_t *bytes, uint64_t size);

/* A file each. */
void test_bounds(const struct sdp *sdp);
void test_kinds(const struct sdp *sdp, const char *other_heap);
void test_content(const struct sdp *sdp);
void test_cpu(const struct sdp *sdp);
void test_lifetime(const struct sdp *sdp);
void test_concurrency(const struct sdp *sdp);
void test_throughput(const struct sdp *sdp);

#endif
