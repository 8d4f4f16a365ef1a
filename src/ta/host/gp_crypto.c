// SPDX-License-Identifier: MIT
/*
 * Cryptography for the trusted application on the host (TEE Internal Core API, 5 and 6): AES-128 in
 * CTR, CBC and GCM mode, and SHA-256, by libcrypto.
 */
#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include <tee_internal_api.h>

#include "ta_host.h"

#define KEY_SIZE 16
#define GCM_TAG_SIZE 16

struct tee_object {
	uint8_t key[KEY_SIZE];
};

struct tee_operation {
	uint32_t algorithm;
	int encrypts;
	EVP_CIPHER_CTX *cipher;
};

TEE_Result TEE_AllocateTransientObject(uint32_t objectType, uint32_t maxObjectSize,
				       TEE_ObjectHandle *object)
{
	if (objectType != TEE_TYPE_AES || maxObjectSize != KEY_SIZE * 8)
		return TEE_ERROR_NOT_SUPPORTED;

	*object = ta_host_may_allocate() ? calloc(1, sizeof(**object)) : NULL;
	return *object ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	if (object)
		OPENSSL_cleanse(object, sizeof(*object));
	free(object);
}

void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID, const void *buffer,
			  size_t length)
{
	attr->attributeID = attributeID;
	attr->content.ref.buffer = (void *)buffer;
	attr->content.ref.length = length;
}

TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object, const TEE_Attribute *attrs,
				       uint32_t attrCount)
{
	if (attrCount != 1 || attrs->attributeID != TEE_ATTR_SECRET_VALUE ||
	    attrs->content.ref.length != sizeof(object->key))
		return TEE_ERROR_BAD_PARAMETERS;

	memcpy(object->key, attrs->content.ref.buffer, sizeof(object->key));
	return TEE_SUCCESS;
}

TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation, uint32_t algorithm, uint32_t mode,
				 uint32_t maxKeySize)
{
	bool cipher = algorithm == TEE_ALG_AES_CTR || algorithm == TEE_ALG_AES_CBC_NOPAD ||
		      algorithm == TEE_ALG_AES_GCM;
	struct tee_operation *op;

	/* Nobody encrypts with another. */
	bool mode_fits = mode == TEE_MODE_DECRYPT ||
			 (mode == TEE_MODE_ENCRYPT && algorithm == TEE_ALG_AES_GCM);

	if (cipher ? !mode_fits || maxKeySize != KEY_SIZE * 8
		   : algorithm != TEE_ALG_SHA256 || mode != TEE_MODE_DIGEST || maxKeySize)
		return TEE_ERROR_NOT_SUPPORTED;

	op = ta_host_may_allocate() ? calloc(1, sizeof(*op)) : NULL;
	if (!op)
		return TEE_ERROR_OUT_OF_MEMORY;
	op->algorithm = algorithm;
	op->encrypts = mode == TEE_MODE_ENCRYPT;
	if (cipher) {
		op->cipher = EVP_CIPHER_CTX_new();
		if (!op->cipher) {
			free(op);
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}

	*operation = op;
	return TEE_SUCCESS;
}

void TEE_FreeOperation(TEE_OperationHandle operation)
{
	if (operation)
		EVP_CIPHER_CTX_free(operation->cipher);
	free(operation);
}

TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key)
{
	const EVP_CIPHER *cipher = operation->algorithm == TEE_ALG_AES_CTR	   ? EVP_aes_128_ctr()
				   : operation->algorithm == TEE_ALG_AES_CBC_NOPAD ? EVP_aes_128_cbc()
										   : EVP_aes_128_gcm();

	if (!EVP_CipherInit_ex(operation->cipher, cipher, NULL, key->key, NULL,
			       operation->encrypts) ||
	    !EVP_CIPHER_CTX_set_padding(operation->cipher, 0))
		return TEE_ERROR_GENERIC;
	return TEE_SUCCESS;
}

void TEE_CipherInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
	int ret;

	assert(operation->algorithm != TEE_ALG_AES_GCM && operation->cipher && IVLen == 16);
	ret = EVP_DecryptInit_ex(operation->cipher, NULL, NULL, NULL, IV);
	assert(ret);
	(void)ret;
}

TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
			    void *destData, size_t *destLen)
{
	int size;

	if (*destLen < srcLen)
		return TEE_ERROR_SHORT_BUFFER;
	if (srcLen > INT_MAX ||
	    !EVP_DecryptUpdate(operation->cipher, destData, &size, srcData, (int)srcLen))
		return TEE_ERROR_GENERIC;

	*destLen = (size_t)size;
	return TEE_SUCCESS;
}

TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonceLen,
		      uint32_t tagLen, size_t AADLen, size_t payloadLen)
{
	/* AADLen and payloadLen matter to AES-CCM only. */
	(void)AADLen;
	(void)payloadLen;

	if (operation->algorithm != TEE_ALG_AES_GCM || nonceLen != 12 || tagLen != GCM_TAG_SIZE * 8)
		return TEE_ERROR_NOT_SUPPORTED;
	if (!EVP_CipherInit_ex(operation->cipher, NULL, NULL, NULL, nonce, operation->encrypts))
		return TEE_ERROR_GENERIC;
	return TEE_SUCCESS;
}

void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *AADdata, size_t AADdataLen)
{
	int size;
	int ret = EVP_CipherUpdate(operation->cipher, NULL, &size, AADdata, (int)AADdataLen);

	assert(ret);
	(void)ret;
}

TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
			      void *destData, size_t *destLen, void *tag, size_t *tagLen)
{
	uint8_t rest[16];
	int size;

	if (!operation->encrypts || srcLen > INT_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	if (*destLen < srcLen || *tagLen < GCM_TAG_SIZE)
		return TEE_ERROR_SHORT_BUFFER;
	if (!EVP_EncryptUpdate(operation->cipher, destData, &size, srcData, (int)srcLen))
		return TEE_ERROR_GENERIC;

	*destLen = (size_t)size;
	*tagLen = GCM_TAG_SIZE;
	if (!EVP_EncryptFinal_ex(operation->cipher, rest, &size) ||
	    !EVP_CIPHER_CTX_ctrl(operation->cipher, EVP_CTRL_GCM_GET_TAG, GCM_TAG_SIZE, tag))
		return TEE_ERROR_GENERIC;
	return TEE_SUCCESS;
}

TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
			      void *destData, size_t *destLen, void *tag, size_t tagLen)
{
	uint8_t rest[16];
	int size;

	if (operation->encrypts || tagLen != GCM_TAG_SIZE || srcLen > INT_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	if (*destLen < srcLen)
		return TEE_ERROR_SHORT_BUFFER;
	if (!EVP_DecryptUpdate(operation->cipher, destData, &size, srcData, (int)srcLen) ||
	    !EVP_CIPHER_CTX_ctrl(operation->cipher, EVP_CTRL_GCM_SET_TAG, GCM_TAG_SIZE, tag))
		return TEE_ERROR_GENERIC;

	*destLen = (size_t)size;
	if (EVP_DecryptFinal_ex(operation->cipher, rest, &size) <= 0) {
		memset(destData, 0, srcLen);
		return TEE_ERROR_MAC_INVALID;
	}
	return TEE_SUCCESS;
}

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk, size_t chunkLen,
			     void *hash, size_t *hashLen)
{
	unsigned int size;

	if (operation->algorithm != TEE_ALG_SHA256)
		return TEE_ERROR_BAD_PARAMETERS;
	if (*hashLen < 32)
		return TEE_ERROR_SHORT_BUFFER;
	if (!EVP_Digest(chunk, chunkLen, hash, &size, EVP_sha256(), NULL))
		return TEE_ERROR_GENERIC;

	*hashLen = size;
	return TEE_SUCCESS;
}

void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen)
{
	/* The specification has the TA panic if there are none. */
	if (RAND_bytes(randomBuffer, (int)randomBufferLen) != 1)
		abort();
}
