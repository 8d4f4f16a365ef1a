// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: cryptography for the trusted application, by the names that
 * GlobalPlatform's TEE Internal Core API gives it (sections 5 and 6): AES-128
 * in CTR, CBC and GCM mode, and SHA-256.
 *
 * Source and destination can be mappings of pages that the direct map does not
 * have, which rules out interfaces that take scatterlists.
 */
#include <crypto/aead.h>
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "tee_emu.h"

#define GCM_IV_SIZE	12
#define GCM_TAG_SIZE	16
/* GCM messages are wrapped keys. */
#define GCM_BUFFER_SIZE	64

/* Bytes that are processed before others get the processor */
#define CHUNK_SIZE	SZ_64K

struct tee_object {
	u8 key[AES_KEYSIZE_128];
};

struct ctr_state {
	struct aes_enckey key;
	u8 counter[AES_BLOCK_SIZE];
	u8 keystream[AES_BLOCK_SIZE];
	unsigned int used;	/* bytes of keystream */
};

struct cbc_state {
	struct aes_key key;
	u8 iv[AES_BLOCK_SIZE];	/* the ciphertext of the block before */
};

struct gcm_state {
	struct crypto_aead *tfm;
	u8 iv[GCM_IV_SIZE];
	size_t aad_size;
	u8 buffer[GCM_BUFFER_SIZE];	/* associated data, message, tag */
};

struct tee_operation {
	u32 algorithm;
	union {
		struct ctr_state ctr;
		struct cbc_state cbc;
		struct gcm_state gcm;
	};
};

TEE_Result TEE_AllocateTransientObject(u32 type,
				       u32 max_size,
				       TEE_ObjectHandle *object)
{
	if (type != TEE_TYPE_AES || max_size != AES_KEYSIZE_128 * 8)
		return TEE_ERROR_NOT_SUPPORTED;

	*object = kzalloc_obj(**object, GFP_KERNEL_ACCOUNT);
	return *object ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	kfree_sensitive(object);
}

void TEE_InitRefAttribute(TEE_Attribute *attr, u32 attributeID,
			  const void *buffer, size_t length)
{
	attr->attributeID = attributeID;
	attr->content.ref.buffer = (void *)buffer;
	attr->content.ref.length = length;
}

TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object,
				       const TEE_Attribute *attrs,
				       u32 count)
{
	if (count != 1 || attrs->attributeID != TEE_ATTR_SECRET_VALUE ||
	    attrs->content.ref.length != sizeof(object->key))
		return TEE_ERROR_BAD_PARAMETERS;

	memcpy(object->key, attrs->content.ref.buffer, sizeof(object->key));
	return TEE_SUCCESS;
}

TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation,
				 u32 algorithm, u32 mode,
				 u32 max_key_size)
{
	struct tee_operation *op;

	switch (algorithm) {
	case TEE_ALG_AES_CTR:
	case TEE_ALG_AES_CBC_NOPAD:
		if (mode != TEE_MODE_DECRYPT ||
		    max_key_size != AES_KEYSIZE_128 * 8)
			return TEE_ERROR_NOT_SUPPORTED;
		break;
	case TEE_ALG_AES_GCM:
		if ((mode != TEE_MODE_ENCRYPT && mode != TEE_MODE_DECRYPT) ||
		    max_key_size != AES_KEYSIZE_128 * 8)
			return TEE_ERROR_NOT_SUPPORTED;
		break;
	case TEE_ALG_SHA256:
		if (mode != TEE_MODE_DIGEST || max_key_size)
			return TEE_ERROR_NOT_SUPPORTED;
		break;
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}

	op = kzalloc_obj(*op, GFP_KERNEL_ACCOUNT);
	if (!op)
		return TEE_ERROR_OUT_OF_MEMORY;
	op->algorithm = algorithm;

	if (algorithm == TEE_ALG_AES_GCM) {
		op->gcm.tfm = crypto_alloc_aead("gcm(aes)", 0,
						CRYPTO_ALG_ASYNC);
		if (IS_ERR(op->gcm.tfm)) {
			kfree(op);
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}

	*operation = op;
	return TEE_SUCCESS;
}

void TEE_FreeOperation(TEE_OperationHandle operation)
{
	if (operation && operation->algorithm == TEE_ALG_AES_GCM)
		crypto_free_aead(operation->gcm.tfm);
	kfree_sensitive(operation);
}

TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation,
			       TEE_ObjectHandle key)
{
	int ret;

	switch (operation->algorithm) {
	case TEE_ALG_AES_CTR:
		ret = aes_prepareenckey(&operation->ctr.key, key->key,
					sizeof(key->key));
		break;
	case TEE_ALG_AES_CBC_NOPAD:
		ret = aes_preparekey(&operation->cbc.key, key->key,
				     sizeof(key->key));
		break;
	case TEE_ALG_AES_GCM:
		ret = crypto_aead_setkey(operation->gcm.tfm, key->key,
					 sizeof(key->key));
		break;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}

	return ret ? TEE_ERROR_GENERIC : TEE_SUCCESS;
}

void TEE_CipherInit(TEE_OperationHandle operation, const void *iv,
		    size_t iv_len)
{
	struct ctr_state *ctr = &operation->ctr;
	struct cbc_state *cbc = &operation->cbc;

	if (WARN_ON(iv_len != AES_BLOCK_SIZE))
		return;

	switch (operation->algorithm) {
	case TEE_ALG_AES_CTR:
		memcpy(ctr->counter, iv, sizeof(ctr->counter));
		ctr->used = sizeof(ctr->keystream);
		break;
	case TEE_ALG_AES_CBC_NOPAD:
		memcpy(cbc->iv, iv, sizeof(cbc->iv));
		break;
	default:
		WARN_ON(1);
	}
}

static void ctr_crypt(struct ctr_state *ctr, u8 *dst, const u8 *src,
		      size_t size)
{
	while (size) {
		unsigned int n;

		if (ctr->used == AES_BLOCK_SIZE) {
			aes_encrypt(&ctr->key, ctr->keystream, ctr->counter);
			crypto_inc(ctr->counter, sizeof(ctr->counter));
			ctr->used = 0;
		}

		n = min_t(size_t, size, AES_BLOCK_SIZE - ctr->used);
		crypto_xor_cpy(dst, src, ctr->keystream + ctr->used, n);
		ctr->used += n;
		dst += n;
		src += n;
		size -= n;
	}
}

static void cbc_decrypt(struct cbc_state *cbc, u8 *dst, const u8 *src,
			size_t size)
{
	for (; size; size -= AES_BLOCK_SIZE) {
		u8 block[AES_BLOCK_SIZE];

		/* Shared memory can change: read it once. */
		memcpy(block, src, sizeof(block));
		/* In place: the stack is memory that the CPU can read. */
		aes_decrypt(&cbc->key, dst, block);
		crypto_xor(dst, cbc->iv, AES_BLOCK_SIZE);
		memcpy(cbc->iv, block, sizeof(block));
		dst += AES_BLOCK_SIZE;
		src += AES_BLOCK_SIZE;
	}
}

TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *src_data,
			    size_t src_len, void *dest_data, size_t *dest_len)
{
	bool is_cbc = operation->algorithm == TEE_ALG_AES_CBC_NOPAD;
	const u8 *src = src_data;
	u8 *dst = dest_data;
	size_t left = src_len;

	if (!is_cbc && operation->algorithm != TEE_ALG_AES_CTR)
		return TEE_ERROR_BAD_PARAMETERS;
	if (is_cbc && src_len % AES_BLOCK_SIZE)
		return TEE_ERROR_BAD_PARAMETERS;
	if (*dest_len < src_len)
		return TEE_ERROR_SHORT_BUFFER;

	while (left) {
		size_t n = min_t(size_t, left, CHUNK_SIZE);

		if (is_cbc)
			cbc_decrypt(&operation->cbc, dst, src, n);
		else
			ctr_crypt(&operation->ctr, dst, src, n);
		dst += n;
		src += n;
		left -= n;
		cond_resched();
	}

	*dest_len = src_len;
	return TEE_SUCCESS;
}

TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce,
		      size_t nonce_len, u32 tag_len, size_t aad_len,
		      size_t payload_len)
{
	struct gcm_state *gcm = &operation->gcm;

	/* aad_len and payload_len matter to AES-CCM only. */
	if (operation->algorithm != TEE_ALG_AES_GCM ||
	    nonce_len != sizeof(gcm->iv) || tag_len != GCM_TAG_SIZE * 8)
		return TEE_ERROR_NOT_SUPPORTED;
	if (crypto_aead_setauthsize(gcm->tfm, GCM_TAG_SIZE))
		return TEE_ERROR_GENERIC;

	memcpy(gcm->iv, nonce, sizeof(gcm->iv));
	gcm->aad_size = 0;
	return TEE_SUCCESS;
}

void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *aad_data,
		     size_t aad_data_len)
{
	struct gcm_state *gcm = &operation->gcm;

	if (WARN_ON(operation->algorithm != TEE_ALG_AES_GCM ||
		    aad_data_len > sizeof(gcm->buffer) - gcm->aad_size))
		return;

	memcpy(gcm->buffer + gcm->aad_size, aad_data, aad_data_len);
	gcm->aad_size += aad_data_len;
}

/* What is behind the associated data in the buffer, in place */
static TEE_Result gcm_crypt(struct gcm_state *gcm, size_t size, bool encrypt)
{
	size_t in = encrypt ? size : size + GCM_TAG_SIZE;
	struct aead_request *req;
	struct scatterlist sg;
	int ret;

	req = aead_request_alloc(gcm->tfm, GFP_KERNEL);
	if (!req)
		return TEE_ERROR_OUT_OF_MEMORY;

	sg_init_one(&sg, gcm->buffer, gcm->aad_size + size + GCM_TAG_SIZE);
	aead_request_set_callback(req, 0, NULL, NULL);
	aead_request_set_ad(req, gcm->aad_size);
	aead_request_set_crypt(req, &sg, &sg, in, gcm->iv);
	ret = encrypt ? crypto_aead_encrypt(req) : crypto_aead_decrypt(req);
	aead_request_free(req);
	if (ret)
		return ret == -EBADMSG ? TEE_ERROR_MAC_INVALID :
					 TEE_ERROR_GENERIC;

	return TEE_SUCCESS;
}

static bool gcm_has_room(const struct gcm_state *gcm, size_t size)
{
	size_t space = sizeof(gcm->buffer) - gcm->aad_size;

	return space >= GCM_TAG_SIZE && size <= space - GCM_TAG_SIZE;
}

TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation,
			      const void *src_data, size_t src_len,
			      void *dest_data, size_t *dest_len, void *tag,
			      size_t *tag_len)
{
	struct gcm_state *gcm = &operation->gcm;
	u8 *message = gcm->buffer + gcm->aad_size;
	TEE_Result res;

	if (operation->algorithm != TEE_ALG_AES_GCM ||
	    !gcm_has_room(gcm, src_len))
		return TEE_ERROR_BAD_PARAMETERS;
	if (*dest_len < src_len || *tag_len < GCM_TAG_SIZE)
		return TEE_ERROR_SHORT_BUFFER;

	memcpy(message, src_data, src_len);
	res = gcm_crypt(gcm, src_len, true);
	if (res != TEE_SUCCESS)
		return res;

	memcpy(dest_data, message, src_len);
	*dest_len = src_len;
	memcpy(tag, message + src_len, GCM_TAG_SIZE);
	*tag_len = GCM_TAG_SIZE;
	return TEE_SUCCESS;
}

TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation,
			      const void *src_data, size_t src_len,
			      void *dest_data, size_t *dest_len, void *tag,
			      size_t tag_len)
{
	struct gcm_state *gcm = &operation->gcm;
	u8 *message = gcm->buffer + gcm->aad_size;
	TEE_Result res;

	if (operation->algorithm != TEE_ALG_AES_GCM || tag_len != GCM_TAG_SIZE ||
	    !gcm_has_room(gcm, src_len))
		return TEE_ERROR_BAD_PARAMETERS;
	if (*dest_len < src_len)
		return TEE_ERROR_SHORT_BUFFER;

	memcpy(message, src_data, src_len);
	memcpy(message + src_len, tag, tag_len);
	res = gcm_crypt(gcm, src_len, false);
	if (res != TEE_SUCCESS)
		return res;

	memcpy(dest_data, message, src_len);
	*dest_len = src_len;
	return TEE_SUCCESS;
}

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk,
			     size_t chunk_len, void *hash, size_t *hash_len)
{
	struct sha256_ctx ctx;
	const u8 *src = chunk;

	if (operation->algorithm != TEE_ALG_SHA256)
		return TEE_ERROR_BAD_PARAMETERS;
	if (*hash_len < SHA256_DIGEST_SIZE)
		return TEE_ERROR_SHORT_BUFFER;

	sha256_init(&ctx);
	while (chunk_len) {
		size_t n = min_t(size_t, chunk_len, CHUNK_SIZE);

		sha256_update(&ctx, src, n);
		src += n;
		chunk_len -= n;
		cond_resched();
	}
	sha256_final(&ctx, hash);

	*hash_len = SHA256_DIGEST_SIZE;
	return TEE_SUCCESS;
}

void TEE_GenerateRandom(void *random_buffer, size_t random_buffer_len)
{
	/* The driver was not loaded before there were any. */
	get_random_bytes(random_buffer, random_buffer_len);
}
