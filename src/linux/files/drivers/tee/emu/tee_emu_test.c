// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the emulated TEE: its pools, and its trusted application as
 * a client sees it.
 */
#include <crypto/aes.h>
#include <crypto/sha2.h>
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>
#include <linux/vmalloc.h>

#include <protex/ta.h>

#include "tee_emu.h"

#define POOL_SIZE	SZ_1M
#define POOL_USE	TEE_DMA_HEAP_SECURE_VIDEO_PLAY

/* NIST SP 800-38A, F.5.1 and F.5.2: CTR-AES128 */
static const u8 nist_iv[16] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
	0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};

static const u8 nist_plaintext[64] = {
	0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
	0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
	0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c,
	0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
	0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11,
	0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef,
	0xf6, 0x9f, 0x24, 0x45, 0xdf, 0x4f, 0x9b, 0x17,
	0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10,
};

static const u8 nist_ciphertext[64] = {
	0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26,
	0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
	0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70, 0xfd, 0xff,
	0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff,
	0x5a, 0xe4, 0xdf, 0x3e, 0xdb, 0xd5, 0xd3, 0x5e,
	0x5b, 0x4f, 0x09, 0x02, 0x0d, 0xb0, 0x3e, 0xab,
	0x1e, 0x03, 0x1d, 0xda, 0x2f, 0xbe, 0x03, 0xd1,
	0x79, 0x21, 0x70, 0xa0, 0xf3, 0x00, 0x9c, 0xee,
};

/* NIST SP 800-38A, F.2.1: CBC-AES128.Encrypt, of the same */
static const u8 nist_cbc_iv[16] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
};

static const u8 nist_cbc_ciphertext[32] = {
	0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
	0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
	0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee,
	0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2,
};

/* The key of these, wrapped under the public key of development builds */
static const u8 nist_wrapped_key[PROTEX_TA_WRAPPED_KEY_SIZE] = {
	0x4f, 0x58, 0x57, 0x4b, 0x01, 0x00, 0x00, 0x00,
	0x70, 0x72, 0x6f, 0x74, 0x65, 0x78, 0x20, 0x6b,
	0x75, 0x6e, 0x69, 0x74, 0x8b, 0x86, 0x70, 0x0a,
	0xd8, 0xd5, 0x04, 0x84, 0xd5, 0xf9, 0x3f, 0x78,
	0x3f, 0xd3, 0xc6, 0xd9, 0xf3, 0x4b, 0xb2, 0x7f,
	0x0e, 0xe0, 0x1e, 0x71, 0x92, 0xf4, 0x65, 0xf7,
	0x45, 0xe5, 0x3a, 0x93,
};

struct buffer {
	struct sg_table sgt;
	size_t offs;
	struct tee_shm shm;
};

static int buffer_alloc(struct tee_protmem_pool *pool, struct buffer *buf,
			size_t size)
{
	struct tee_shm *parent;
	int ret;

	memset(buf, 0, sizeof(*buf));
	ret = pool->ops->alloc(pool, &buf->sgt, size, &buf->offs);
	if (ret)
		return ret;

	buf->shm.flags = TEE_SHM_DMA_BUF;
	buf->shm.size = size;
	return pool->ops->update_shm(pool, &buf->sgt, buf->offs, &buf->shm,
				     &parent);
}

static void buffer_free(struct tee_protmem_pool *pool, struct buffer *buf)
{
	pool->ops->free(pool, &buf->sgt);
}

/* What no user of the driver can do: look into protected memory. */
static void *buffer_map(struct kunit *test, struct buffer *buf)
{
	unsigned int n = buf->sgt.sgl->length >> PAGE_SHIFT;
	struct page **pages;
	unsigned int i;
	void *va;

	pages = kunit_kcalloc(test, n, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < n; i++)
		pages[i] = sg_page(buf->sgt.sgl) + i;

	va = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, va);

	return va;
}

static bool direct_map_has(struct page *page)
{
	u8 byte;

	return !copy_from_kernel_nofault(&byte, page_address(page), 1);
}

static int pool_test_init(struct kunit *test)
{
	struct tee_protmem_pool *pool = tee_emu_pool_create(POOL_USE,
							    POOL_SIZE);

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	test->priv = pool;

	return 0;
}

static void pool_test_exit(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;

	if (pool)
		pool->ops->destroy_pool(pool);
}

static void pool_bad_sizes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, PTR_ERR(tee_emu_pool_create(POOL_USE, 0)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			PTR_ERR(tee_emu_pool_create(POOL_USE, PAGE_SIZE + 1)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			PTR_ERR(tee_emu_pool_create(POOL_USE,
						    SIZE_MAX & PAGE_MASK)),
			-EINVAL);
}

static void pool_alloc_bad_sizes(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;
	struct buffer buf;

	KUNIT_EXPECT_EQ(test, buffer_alloc(pool, &buf, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, buffer_alloc(pool, &buf, PAGE_SIZE - 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, buffer_alloc(pool, &buf, POOL_SIZE + PAGE_SIZE),
			-ENOMEM);
}

static void pool_exhaustion(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;
	struct buffer *bufs, one;
	unsigned int i;

	bufs = kunit_kcalloc(test, 4, sizeof(*bufs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bufs);

	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &bufs[i],
						   POOL_SIZE / 4), 0);
	KUNIT_EXPECT_EQ(test, buffer_alloc(pool, &one, PAGE_SIZE), -ENOMEM);

	buffer_free(pool, &bufs[2]);
	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &one, POOL_SIZE / 4), 0);
	KUNIT_EXPECT_EQ(test, one.offs, bufs[2].offs);
	buffer_free(pool, &one);

	buffer_free(pool, &bufs[0]);
	buffer_free(pool, &bufs[1]);
	buffer_free(pool, &bufs[3]);
	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &one, POOL_SIZE), 0);
	buffer_free(pool, &one);
}

static void pool_scrubs(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;
	struct buffer buf;
	void *va;

	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, POOL_SIZE), 0);
	va = buffer_map(test, &buf);
	KUNIT_EXPECT_NULL(test, memchr_inv(va, 0, POOL_SIZE));
	memset(va, 0xa5, POOL_SIZE);
	vunmap(va);
	buffer_free(pool, &buf);

	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, POOL_SIZE), 0);
	va = buffer_map(test, &buf);
	KUNIT_EXPECT_NULL(test, memchr_inv(va, 0, POOL_SIZE));
	vunmap(va);
	buffer_free(pool, &buf);
}

/* The neighbours of what is freed keep their content, whatever its size. */
static void pool_scrubs_no_more(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 127, 128, 129, 253 };
	struct tee_protmem_pool *pool = test->priv;
	struct buffer before, buf, after;
	void *va, *before_va, *after_va;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i] * PAGE_SIZE;

		KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &before, PAGE_SIZE), 0);
		KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, size), 0);
		KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &after, PAGE_SIZE), 0);
		before_va = buffer_map(test, &before);
		va = buffer_map(test, &buf);
		after_va = buffer_map(test, &after);
		memset(before_va, 0xa5, PAGE_SIZE);
		memset(va, 0xa5, size);
		memset(after_va, 0xa5, PAGE_SIZE);

		buffer_free(pool, &buf);
		KUNIT_EXPECT_NULL(test, memchr_inv(va, 0, size));
		KUNIT_EXPECT_NULL(test, memchr_inv(before_va, 0xa5, PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, memchr_inv(after_va, 0xa5, PAGE_SIZE));

		vunmap(after_va);
		vunmap(va);
		vunmap(before_va);
		buffer_free(pool, &after);
		buffer_free(pool, &before);
	}
}

static void pool_not_in_direct_map(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;
	struct page *ordinary;
	struct buffer buf;
	unsigned int i;

	ordinary = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ordinary);
	KUNIT_EXPECT_TRUE(test, direct_map_has(ordinary));
	__free_page(ordinary);

	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, POOL_SIZE), 0);
	for (i = 0; i < POOL_SIZE >> PAGE_SHIFT; i++)
		KUNIT_EXPECT_FALSE(test, direct_map_has(sg_page(buf.sgt.sgl) +
							i));
	buffer_free(pool, &buf);
	/* Also while it is free */
	KUNIT_EXPECT_FALSE(test, direct_map_has(phys_to_page(buf.shm.paddr)));
}

static void pool_gives_back(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;
	struct page *first;
	struct buffer buf;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, POOL_SIZE), 0);
	first = sg_page(buf.sgt.sgl);
	buffer_free(pool, &buf);
	pool->ops->destroy_pool(pool);
	test->priv = NULL;

	for (i = 0; i < POOL_SIZE >> PAGE_SHIFT; i++)
		KUNIT_EXPECT_TRUE(test, direct_map_has(first + i));
	KUNIT_EXPECT_NULL(test, tee_emu_pool_pages(page_to_phys(first), 1,
						   NULL));
}

static void pool_pages_bounds(struct kunit *test)
{
	struct tee_protmem_pool *pool = test->priv;
	struct buffer buf;
	enum tee_dma_heap_id use = 0;
	phys_addr_t base;

	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, POOL_SIZE), 0);
	base = buf.shm.paddr;
	KUNIT_EXPECT_NOT_NULL(test, tee_emu_pool_pages(base, POOL_SIZE, &use));
	KUNIT_EXPECT_EQ(test, use, POOL_USE);
	KUNIT_EXPECT_NULL(test, tee_emu_pool_pages(base, POOL_SIZE + 1, NULL));
	KUNIT_EXPECT_NULL(test, tee_emu_pool_pages(base + 1, POOL_SIZE, NULL));
	KUNIT_EXPECT_NULL(test, tee_emu_pool_pages(base - 1, 1, NULL));
	KUNIT_EXPECT_NULL(test, tee_emu_pool_pages(base + POOL_SIZE, 1, NULL));
	KUNIT_EXPECT_NULL(test, tee_emu_pool_pages(base + 1, SIZE_MAX, NULL));
	buffer_free(pool, &buf);
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(pool_bad_sizes),
	KUNIT_CASE(pool_alloc_bad_sizes),
	KUNIT_CASE(pool_exhaustion),
	KUNIT_CASE(pool_scrubs),
	KUNIT_CASE(pool_scrubs_no_more),
	KUNIT_CASE(pool_not_in_direct_map),
	KUNIT_CASE(pool_gives_back),
	KUNIT_CASE(pool_pages_bounds),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "tee_emu_pool",
	.init = pool_test_init,
	.exit = pool_test_exit,
	.test_cases = pool_cases,
};

/* A client with a session, a shared buffer and a protected one */
struct client {
	struct tee_protmem_pool *pool;
	struct tee_context ctx;
	u32 session;
	u32 key;
	struct tee_shm shared;
	u8 *shared_va;
	struct buffer prot;
	u8 *prot_va;
};

/* Where things are in the shared buffer */
#define SHARED_SIZE	(2 * PAGE_SIZE)
#define SHARED_SOURCE	(PAGE_SIZE - 16)	/* crosses a page */
#define SHARED_ARGS	(PAGE_SIZE + 1024)	/* descriptors, wrapped keys */
#define PROT_SIZE	(2 * PAGE_SIZE)

static struct tee_param memref(u64 attr, struct tee_shm *shm, size_t offs,
			       size_t size)
{
	return (struct tee_param){
		.attr = attr,
		.u.memref = { .shm = shm, .shm_offs = offs, .size = size },
	};
}

#define MEMREF_IN(...)	\
	memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, __VA_ARGS__)
#define MEMREF_OUT(...)	\
	memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, __VA_ARGS__)
#define MEMREF_INOUT(...)	\
	memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, __VA_ARGS__)

static int open_session(struct client *c, const u8 *uuid, u32 *session)
{
	struct tee_ioctl_open_session_arg arg = {};
	int ret;

	memcpy(arg.uuid, uuid, sizeof(arg.uuid));
	ret = tee_emu_open_session(&c->ctx, &arg, NULL);
	*session = arg.session;

	return ret ? ret : arg.ret;
}

/* The TA's result, or the driver's error if the TA was not called */
static u32 invoke(struct client *c, u32 func, struct tee_param *params,
		  u32 num_params)
{
	struct tee_ioctl_invoke_arg arg = {
		.func = func,
		.session = c->session,
		.num_params = num_params,
	};
	int ret = tee_emu_invoke_func(&c->ctx, &arg, params);

	return ret ? ret : arg.ret;
}

static int shared_init(struct kunit *test, struct client *c)
{
	unsigned int i;

	c->shared_va = vzalloc(SHARED_SIZE);
	c->shared.num_pages = SHARED_SIZE >> PAGE_SHIFT;
	c->shared.pages = kunit_kcalloc(test, c->shared.num_pages,
					sizeof(*c->shared.pages), GFP_KERNEL);
	if (!c->shared_va || !c->shared.pages)
		return -ENOMEM;

	c->shared.flags = TEE_SHM_DYNAMIC;
	c->shared.size = SHARED_SIZE;
	for (i = 0; i < c->shared.num_pages; i++)
		c->shared.pages[i] = vmalloc_to_page(c->shared_va +
						     i * PAGE_SIZE);

	return 0;
}

static u32 unwrap(struct client *c, const u8 *wrapped, size_t size, u32 *key)
{
	struct tee_param params[2] = {
		MEMREF_IN(&c->shared, SHARED_ARGS, size),
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT },
	};
	u32 res;

	memcpy(c->shared_va + SHARED_ARGS, wrapped, size);
	res = invoke(c, PROTEX_TA_CMD_UNWRAP_KEY, params, 2);
	*key = params[1].u.value.a;

	return res;
}

static const u8 ta_uuid[] = PROTEX_TA_UUID_OCTETS;

static int ta_test_init(struct kunit *test)
{
	struct client *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	int ret;

	if (!c)
		return -ENOMEM;
	test->priv = c;

	c->pool = tee_emu_pool_create(POOL_USE, POOL_SIZE);
	if (IS_ERR(c->pool)) {
		ret = PTR_ERR(c->pool);
		c->pool = NULL;
		return ret;
	}

	ret = buffer_alloc(c->pool, &c->prot, PROT_SIZE);
	if (ret)
		return ret;
	c->prot_va = buffer_map(test, &c->prot);

	ret = shared_init(test, c);
	if (ret)
		return ret;

	ret = tee_emu_open(&c->ctx);
	if (ret)
		return ret;

	ret = open_session(c, ta_uuid, &c->session);
	if (ret)
		return ret;

	return unwrap(c, nist_wrapped_key, sizeof(nist_wrapped_key), &c->key);
}

static void ta_test_exit(struct kunit *test)
{
	struct client *c = test->priv;

	if (!c)
		return;
	if (c->ctx.data) {
		tee_emu_close_context(&c->ctx);
		tee_emu_release(&c->ctx);
	}
	vfree(c->shared_va);
	vunmap(c->prot_va);
	if (c->prot.shm.size)
		buffer_free(c->pool, &c->prot);
	if (c->pool)
		c->pool->ops->destroy_pool(c->pool);
}

static size_t put_descriptor(struct client *c, u32 key, u64 offset,
			     const u32 *subsamples, u32 count)
{
	u8 *p = c->shared_va + SHARED_ARGS;
	u32 i;

	put_unaligned_le32(key, p);
	put_unaligned_le32(count, p + 4);
	memcpy(p + 8, nist_iv, sizeof(nist_iv));
	put_unaligned_le64(offset, p + 24);
	for (i = 0; i < 2 * count; i++)
		put_unaligned_le32(subsamples[i], p + 32 + 4 * i);

	return PROTEX_TA_DECRYPT_SIZE + count * PROTEX_TA_SUBSAMPLE_SIZE;
}

static u32 decrypt(struct client *c, size_t size, u32 key, u64 offset,
		   const u32 *subsamples, u32 count)
{
	size_t args = put_descriptor(c, key, offset, subsamples, count);
	struct tee_param params[3] = {
		MEMREF_IN(&c->shared, SHARED_SOURCE, size),
		MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE),
		MEMREF_IN(&c->shared, SHARED_ARGS, args),
	};

	return invoke(c, PROTEX_TA_CMD_DECRYPT, params, 3);
}

static void ta_decrypts(struct kunit *test)
{
	const u64 offset = PAGE_SIZE - 7;	/* crosses a page, unaligned */
	struct client *c = test->priv;

	memset(c->prot_va, 0xee, PROT_SIZE);
	memcpy(c->shared_va + SHARED_SOURCE, nist_ciphertext, 64);
	KUNIT_ASSERT_EQ(test, decrypt(c, 64, c->key, offset, NULL, 0),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_MEMEQ(test, c->prot_va + offset, nist_plaintext, 64);
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va, 0xee, offset));
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va + offset + 64, 0xee,
					   PROT_SIZE - offset - 64));
}

static void ta_decrypts_subsamples(struct kunit *test)
{
	static const u32 subsamples[] = { 4, 5, 3, 0, 0, 27, 1, 32 };
	struct client *c = test->priv;
	u8 *src = c->shared_va + SHARED_SOURCE;
	u8 expected[72];

	memcpy(src, "head", 4);
	memcpy(src + 4, nist_ciphertext, 5);
	memcpy(src + 9, "mid", 3);
	memcpy(src + 12, nist_ciphertext + 5, 27);
	memcpy(src + 39, "-", 1);
	memcpy(src + 40, nist_ciphertext + 32, 32);

	memcpy(expected, src, sizeof(expected));
	memcpy(expected + 4, nist_plaintext, 5);
	memcpy(expected + 12, nist_plaintext + 5, 27);
	memcpy(expected + 40, nist_plaintext + 32, 32);

	KUNIT_ASSERT_EQ(test, decrypt(c, 72, c->key, 0, subsamples, 4),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_MEMEQ(test, c->prot_va, expected, sizeof(expected));
}

static size_t put_sample(struct client *c, u8 scheme, const u8 *iv,
			 const u32 *subsamples, u32 count, u8 nal_length_size)
{
	u8 *p = c->shared_va + SHARED_ARGS;
	u32 i;

	put_unaligned_le32(c->key, p);
	put_unaligned_le32(count, p + 4);
	memcpy(p + 8, iv, AES_BLOCK_SIZE);
	put_unaligned_le64(0, p + 24);
	put_unaligned_le32(4, p + 32);
	p[36] = scheme;
	p[37] = 0;
	p[38] = 0;
	p[39] = nal_length_size;
	p += PROTEX_TA_DECRYPT_SAMPLE_SIZE;
	for (i = 0; i < 2 * count; i++, p += 4)
		put_unaligned_le32(subsamples[i], p);
	memcpy(p, "head", 4);

	return PROTEX_TA_DECRYPT_SAMPLE_SIZE +
	       count * PROTEX_TA_SUBSAMPLE_SIZE + 4;
}

static u32 decrypt_sample(struct client *c, size_t size, size_t args,
			  u64 *written)
{
	struct tee_param params[4] = {
		MEMREF_IN(&c->shared, SHARED_SOURCE, size),
		MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE),
		MEMREF_IN(&c->shared, SHARED_ARGS, args),
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT },
	};
	u32 res = invoke(c, PROTEX_TA_CMD_DECRYPT_SAMPLE, params, 4);

	*written = params[3].u.value.a;
	return res;
}

static void ta_decrypts_samples(struct kunit *test)
{
	static const u32 subsamples[] = { 6, 64 };
	static const u32 encrypted_length[] = { 4, 66 };
	struct client *c = test->priv;
	u8 *src = c->shared_va + SHARED_SOURCE;
	size_t args;
	u64 written;

	/* A NAL unit of one byte in the clear, and one of an encrypted 64 */
	memcpy(src, "\0\1a\0Ab", 6);
	memcpy(src + 6, nist_ciphertext, 64);
	args = put_sample(c, PROTEX_TA_SCHEME_CENC, nist_iv, subsamples, 1, 2);
	KUNIT_ASSERT_EQ(test, decrypt_sample(c, 70, args, &written),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_EQ(test, written, 4 + 5 + 5 + 64);
	KUNIT_EXPECT_MEMEQ(test, c->prot_va, "head\0\0\0\1a\0\0\0\1b", 14);
	KUNIT_EXPECT_MEMEQ(test, c->prot_va + 14, nist_plaintext, 64);

	memset(c->prot_va, 0xee, PROT_SIZE);
	args = put_sample(c, PROTEX_TA_SCHEME_CENC, nist_iv, encrypted_length,
			  1, 2);
	KUNIT_EXPECT_EQ(test, decrypt_sample(c, 70, args, &written),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va, 0xee, PROT_SIZE));

	/* Not of NAL units, by AES-CBC, with an end that is no block */
	memcpy(src, nist_cbc_ciphertext, 32);
	memcpy(src + 32, "tail", 4);
	args = put_sample(c, PROTEX_TA_SCHEME_CBCS, nist_cbc_iv, NULL, 0, 0);
	KUNIT_ASSERT_EQ(test, decrypt_sample(c, 36, args, &written),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_EQ(test, written, 40);
	KUNIT_EXPECT_MEMEQ(test, c->prot_va + 4, nist_plaintext, 32);
	KUNIT_EXPECT_MEMEQ(test, c->prot_va + 36, "tail", 4);
}

static void ta_decrypt_bounds(struct kunit *test)
{
	static const u32 too_much[] = { 1, 64 };
	static const u32 wraps[] = { U32_MAX, 65 };
	struct client *c = test->priv;

	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, PROT_SIZE - 64, NULL, 0),
			PROTEX_TA_SUCCESS);
	memset(c->prot_va, 0, PROT_SIZE);

	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, PROT_SIZE - 63, NULL, 0),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, PROT_SIZE, NULL, 0),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, U64_MAX, NULL, 0),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, U64_MAX - 63, NULL, 0),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 0, c->key, 0, NULL, 0),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, 0, too_much, 1),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, 0, wraps, 1),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key + 1, 0, NULL, 0),
			PROTEX_TA_ERROR_ITEM_NOT_FOUND);
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va, 0, PROT_SIZE));
}

static void ta_driver_bounds(struct kunit *test)
{
	struct client *c = test->priv;
	struct tee_param params[2] = {};

	params[0] = MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE + 1);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			(u32)-EINVAL);
	params[0] = MEMREF_INOUT(&c->prot.shm, PROT_SIZE + 1, 0);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	params[0] = MEMREF_INOUT(&c->prot.shm, 16, SIZE_MAX - 8);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			(u32)-EINVAL);
	params[0] = MEMREF_INOUT(NULL, 0, 16);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			PROTEX_TA_ERROR_BAD_PARAMETERS);
	params[0] = MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE);
	params[0].attr |= TEE_IOCTL_PARAM_ATTR_META;
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			(u32)-EINVAL);
	/* The TA has 32 bits for the byte to fill with. */
	params[0] = MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE);
	params[1].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	params[1].u.value.a = BIT_ULL(32);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_FILL, params, 2),
			(u32)-EINVAL);
}

static void ta_wrong_memory(struct kunit *test)
{
	struct client *c = test->priv;
	size_t args = put_descriptor(c, c->key, 0, NULL, 0);
	struct tee_param params[3];

	/* Destination not protected */
	params[0] = MEMREF_IN(&c->shared, SHARED_SOURCE, 64);
	params[1] = MEMREF_INOUT(&c->shared, 0, 64);
	params[2] = MEMREF_IN(&c->shared, SHARED_ARGS, args);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_DECRYPT, params, 3),
			PROTEX_TA_ERROR_ACCESS_DENIED);

	/* Source protected, and the same as the destination */
	params[0] = MEMREF_IN(&c->prot.shm, 0, 64);
	params[1] = MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_DECRYPT, params, 3),
			PROTEX_TA_ERROR_ACCESS_DENIED);

	/* Descriptor protected */
	params[0] = MEMREF_IN(&c->shared, SHARED_SOURCE, 64);
	params[2] = MEMREF_IN(&c->prot.shm, 0, args);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_DECRYPT, params, 3),
			PROTEX_TA_ERROR_ACCESS_DENIED);

	/* Digest of shared memory, digest to protected memory */
	params[0] = MEMREF_IN(&c->shared, 0, 64);
	params[1] = MEMREF_OUT(&c->shared, SHARED_ARGS, 32);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_DIGEST, params, 2),
			PROTEX_TA_ERROR_ACCESS_DENIED);
	params[0] = MEMREF_IN(&c->prot.shm, 0, 64);
	params[1] = MEMREF_OUT(&c->prot.shm, 64, 32);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_DIGEST, params, 2),
			PROTEX_TA_ERROR_ACCESS_DENIED);

	/* Shared memory is not the TA's to fill */
	params[0] = MEMREF_INOUT(&c->shared, 0, SHARED_SIZE);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			PROTEX_TA_ERROR_ACCESS_DENIED);
}

static void ta_fills_and_digests(struct kunit *test)
{
	struct client *c = test->priv;
	struct tee_param params[2] = {
		MEMREF_INOUT(&c->prot.shm, 100, 5000),
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		  .u.value.a = 0x5a },
	};
	u8 digest[SHA256_DIGEST_SIZE];

	KUNIT_ASSERT_EQ(test, invoke(c, PROTEX_TA_CMD_FILL, params, 2),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va, 0, 100));
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va + 100, 0x5a, 5000));
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va + 5100, 0,
					   PROT_SIZE - 5100));

	params[0] = MEMREF_IN(&c->prot.shm, 0, PROT_SIZE);
	params[1] = MEMREF_OUT(&c->shared, 0, 64);
	KUNIT_ASSERT_EQ(test, invoke(c, PROTEX_TA_CMD_DIGEST, params, 2),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_EQ(test, params[1].u.memref.size, sizeof(digest));
	sha256(c->prot_va, PROT_SIZE, digest);
	KUNIT_EXPECT_MEMEQ(test, c->shared_va, digest, sizeof(digest));

	params[1] = MEMREF_OUT(&c->shared, 0, 31);
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_DIGEST, params, 2),
			PROTEX_TA_ERROR_SHORT_BUFFER);

	params[0] = MEMREF_INOUT(&c->prot.shm, 0, PROT_SIZE);
	KUNIT_ASSERT_EQ(test, invoke(c, PROTEX_TA_CMD_SCRUB, params, 1),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_NULL(test, memchr_inv(c->prot_va, 0, PROT_SIZE));
}

static void ta_wrapped_keys(struct kunit *test)
{
	struct client *c = test->priv;
	u8 wrapped[sizeof(nist_wrapped_key)];
	unsigned int i;
	u32 key, res;

	for (i = 0; i < sizeof(wrapped); i++) {
		memcpy(wrapped, nist_wrapped_key, sizeof(wrapped));
		wrapped[i] ^= 1;
		res = unwrap(c, wrapped, sizeof(wrapped), &key);
		KUNIT_EXPECT_EQ(test, res, i < PROTEX_TA_WRAPPED_KEY_AAD_SIZE ?
				PROTEX_TA_ERROR_BAD_FORMAT :
				PROTEX_TA_ERROR_SECURITY);
	}

	KUNIT_EXPECT_EQ(test, unwrap(c, nist_wrapped_key,
				     sizeof(wrapped) - 1, &key),
			PROTEX_TA_ERROR_SHORT_BUFFER);
}

static u32 make_crypto_key(struct client *c, u32 size)
{
	struct tee_param params[2] = {
		{
			.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
			.u.value.a = size,
		},
		MEMREF_OUT(&c->shared, SHARED_ARGS,
			   PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE),
	};

	return invoke(c, PROTEX_TA_CMD_MAKE_CRYPTO_KEY, params, 2);
}

/* What make_crypto_key() left in the shared buffer */
static u32 unwrap_crypto_key(struct client *c, struct tee_shm *shm, u64 *size)
{
	struct tee_param params[3] = {
		MEMREF_IN(&c->shared, SHARED_ARGS,
			  PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE),
		MEMREF_INOUT(shm, PROTEX_TA_CRYPTO_KEY_SLOT,
			     PROTEX_TA_CRYPTO_KEY_SLOT),
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT },
	};
	u32 res = invoke(c, PROTEX_TA_CMD_UNWRAP_CRYPTO_KEY, params, 3);

	*size = params[2].u.value.a;
	return res;
}

static void ta_crypto_keys(struct kunit *test)
{
	struct tee_protmem_pool *pool;
	struct client *c = test->priv;
	struct tee_param fill[2] = {
		MEMREF_INOUT(NULL, 0, 1),
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT },
	};
	struct buffer buf;
	u64 size;
	u8 *va;

	pool = tee_emu_pool_create(TEE_DMA_HEAP_CRYPTO_KEY, POOL_SIZE);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	KUNIT_ASSERT_EQ(test, buffer_alloc(pool, &buf, PAGE_SIZE), 0);
	va = buffer_map(test, &buf);

	KUNIT_ASSERT_EQ(test, make_crypto_key(c, 32), PROTEX_TA_SUCCESS);
	/* not into memory for video */
	KUNIT_EXPECT_EQ(test, unwrap_crypto_key(c, &c->prot.shm, &size),
			PROTEX_TA_ERROR_ACCESS_DENIED);
	/* nothing but keys into memory for keys */
	fill[0].u.memref.shm = &buf.shm;
	KUNIT_EXPECT_EQ(test, invoke(c, PROTEX_TA_CMD_FILL, fill, 2),
			PROTEX_TA_ERROR_ACCESS_DENIED);
	KUNIT_EXPECT_NULL(test, memchr_inv(va, 0, PAGE_SIZE));

	KUNIT_ASSERT_EQ(test, unwrap_crypto_key(c, &buf.shm, &size),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_EQ(test, size, 32);
	KUNIT_EXPECT_NULL(test, memchr_inv(va, 0, PROTEX_TA_CRYPTO_KEY_SLOT));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(va + PROTEX_TA_CRYPTO_KEY_SLOT,
					       0, 32));
	/* and one of these */
	KUNIT_EXPECT_EQ(test, unwrap_crypto_key(c, &buf.shm, &size),
			PROTEX_TA_ERROR_BAD_STATE);

	vunmap(va);
	buffer_free(pool, &buf);
	pool->ops->destroy_pool(pool);
}

static void ta_sessions(struct kunit *test)
{
	static const u8 nil[16];
	struct client *c = test->priv;
	u32 session, other;

	KUNIT_EXPECT_EQ(test, open_session(c, nil, &session),
			PROTEX_TA_ERROR_ITEM_NOT_FOUND);

	/* A key of one session is nothing to another. */
	KUNIT_ASSERT_EQ(test, open_session(c, ta_uuid, &other), 0);
	KUNIT_EXPECT_NE(test, other, c->session);
	session = c->session;
	c->session = other;
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, 0, NULL, 0),
			PROTEX_TA_ERROR_ITEM_NOT_FOUND);

	/* Neither is a closed session. */
	KUNIT_EXPECT_EQ(test, tee_emu_close_session(&c->ctx, other), 0);
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, 0, NULL, 0),
			(u32)-EINVAL);
	KUNIT_EXPECT_EQ(test, tee_emu_close_session(&c->ctx, other), -EINVAL);

	c->session = session;
	KUNIT_EXPECT_EQ(test, decrypt(c, 64, c->key, 0, NULL, 0),
			PROTEX_TA_SUCCESS);
	KUNIT_EXPECT_EQ(test, invoke(c, 0xffff, NULL, 0),
			PROTEX_TA_ERROR_NOT_SUPPORTED);
}

static struct kunit_case ta_cases[] = {
	KUNIT_CASE(ta_decrypts),
	KUNIT_CASE(ta_decrypts_subsamples),
	KUNIT_CASE(ta_decrypts_samples),
	KUNIT_CASE(ta_decrypt_bounds),
	KUNIT_CASE(ta_driver_bounds),
	KUNIT_CASE(ta_wrong_memory),
	KUNIT_CASE(ta_fills_and_digests),
	KUNIT_CASE(ta_wrapped_keys),
	KUNIT_CASE(ta_crypto_keys),
	KUNIT_CASE(ta_sessions),
	{}
};

static struct kunit_suite ta_suite = {
	.name = "tee_emu_ta",
	.init = ta_test_init,
	.exit = ta_test_exit,
	.test_cases = ta_cases,
};

kunit_test_suites(&pool_suite, &ta_suite);

MODULE_DESCRIPTION("KUnit tests of the emulated TEE");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
