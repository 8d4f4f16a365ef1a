// SPDX-License-Identifier: MIT
/*
 * Content keys: unwrapping them, and the few that a session holds.
 */
#include "protex_ta.h"

/* A header that does not define it, or not by that name, must not mean the public one. */
#ifdef PROTEX_TA_WITH_DEVELOPMENT_KEK
#define PROTEX_TA_KEK PROTEX_TA_DEVELOPMENT_KEK
#elif !defined(PROTEX_TA_KEK)
#error "The TA needs a key-encryption key: a header that defines PROTEX_TA_KEK (see sub.mk)"
#endif

/* One that is too short would be filled up with zeros. */
_Static_assert(sizeof((const uint8_t[])PROTEX_TA_KEK) == PROTEX_TA_KEY_SIZE,
	       "PROTEX_TA_KEK has another number of bytes");

static const uint8_t kek[PROTEX_TA_KEY_SIZE] = PROTEX_TA_KEK;

/* An operation of algorithm that has an AES-128 key set. The caller frees it. */
static TEE_Result aes_operation(uint32_t algorithm, uint32_t mode,
				const uint8_t key[PROTEX_TA_KEY_SIZE],
				TEE_OperationHandle *operation)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Attribute attribute;
	TEE_Result res;

	res = TEE_AllocateTransientObject(TEE_TYPE_AES, PROTEX_TA_KEY_SIZE * 8, &object);
	if (res != TEE_SUCCESS)
		return res;

	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, key, PROTEX_TA_KEY_SIZE);
	res = TEE_PopulateTransientObject(object, &attribute, 1);
	if (res != TEE_SUCCESS)
		goto out;

	res = TEE_AllocateOperation(&op, algorithm, mode, PROTEX_TA_KEY_SIZE * 8);
	if (res != TEE_SUCCESS)
		goto out;

	res = TEE_SetOperationKey(op, object);
	if (res != TEE_SUCCESS) {
		TEE_FreeOperation(op);
		goto out;
	}

	*operation = op;
out:
	/* The operation has its own copy of the key. */
	TEE_FreeTransientObject(object);
	return res;
}

/* An operation under the key-encryption key that has what is authenticated. The caller frees it. */
static TEE_Result begin(uint32_t mode, const struct protex_wrapping *wrapping,
			TEE_OperationHandle *gcm)
{
	TEE_Result res = aes_operation(TEE_ALG_AES_GCM, mode, kek, gcm);

	if (res != TEE_SUCCESS)
		return res;

	res = TEE_AEInit(*gcm, wrapping->iv, PROTEX_WRAPPING_IV, PROTEX_WRAPPING_TAG * 8,
			 wrapping->aad_size, wrapping->size);
	if (res != TEE_SUCCESS) {
		TEE_FreeOperation(*gcm);
		return res;
	}

	TEE_AEUpdateAAD(*gcm, wrapping->aad, wrapping->aad_size);
	return TEE_SUCCESS;
}

TEE_Result protex_wrapping_seal(const struct protex_wrapping *wrapping, const uint8_t *key)
{
	TEE_OperationHandle gcm = TEE_HANDLE_NULL;
	size_t tag_size = PROTEX_WRAPPING_TAG;
	size_t size = wrapping->size;
	TEE_Result res;

	res = begin(TEE_MODE_ENCRYPT, wrapping, &gcm);
	if (res != TEE_SUCCESS)
		return res;

	res = TEE_AEEncryptFinal(gcm, key, wrapping->size, wrapping->ciphertext, &size,
				 wrapping->tag, &tag_size);
	if (res == TEE_SUCCESS && (size != wrapping->size || tag_size != PROTEX_WRAPPING_TAG))
		res = TEE_ERROR_GENERIC;
	TEE_FreeOperation(gcm);
	return res;
}

TEE_Result protex_wrapping_open(const struct protex_wrapping *wrapping, uint8_t *key)
{
	TEE_OperationHandle gcm = TEE_HANDLE_NULL;
	size_t size = wrapping->size;
	TEE_Result res;

	res = begin(TEE_MODE_DECRYPT, wrapping, &gcm);
	if (res != TEE_SUCCESS)
		return res;

	res = TEE_AEDecryptFinal(gcm, wrapping->ciphertext, wrapping->size, key, &size,
				 wrapping->tag, PROTEX_WRAPPING_TAG);
	if (res == TEE_ERROR_MAC_INVALID)
		res = TEE_ERROR_SECURITY;
	else if (res == TEE_SUCCESS && size != wrapping->size)
		res = TEE_ERROR_GENERIC;
	TEE_FreeOperation(gcm);
	return res;
}

/* Decrypts wrapped, which is private memory and has a known magic and version. */
static TEE_Result unwrap(struct protex_ta_wrapped_key *wrapped, uint8_t key[PROTEX_TA_KEY_SIZE])
{
	const struct protex_wrapping wrapping = PROTEX_WRAPPING(*wrapped,
								PROTEX_TA_WRAPPED_KEY_AAD_SIZE);

	return protex_wrapping_open(&wrapping, key);
}

static void forget(struct protex_key *key)
{
	TEE_FreeOperation(key->ctr);
	TEE_FreeOperation(key->cbc);
	key->ctr = TEE_HANDLE_NULL;
	key->cbc = TEE_HANDLE_NULL;
	key->id = 0;
}

TEE_Result protex_key_unwrap(struct protex_session *session, uint32_t types,
			     TEE_Param params[TEE_NUM_PARAMS])
{
	struct protex_ta_wrapped_key wrapped;
	uint8_t value[PROTEX_TA_KEY_SIZE];
	struct protex_key *key = NULL;
	TEE_Result res;
	unsigned int i;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_shared(&params[0], TEE_MEMORY_ACCESS_READ);
	if (res != TEE_SUCCESS)
		return res;
	if (params[0].memref.size < sizeof(wrapped))
		return TEE_ERROR_SHORT_BUFFER;
	if (params[0].memref.size > sizeof(wrapped))
		return TEE_ERROR_BAD_PARAMETERS;

	/* The client may change shared memory while it is looked at: work on a copy. */
	TEE_MemMove(&wrapped, params[0].memref.buffer, sizeof(wrapped));
	if (protex_get_le32((uint8_t *)&wrapped.magic) != PROTEX_TA_WRAPPED_KEY_MAGIC ||
	    protex_get_le32((uint8_t *)&wrapped.version) != PROTEX_TA_WRAPPED_KEY_VERSION)
		return TEE_ERROR_BAD_FORMAT;

	for (i = 0; i < PROTEX_TA_MAX_KEYS && !key; i++)
		if (!session->keys[i].id)
			key = &session->keys[i];
	/* An id is never used twice, so that a stale one cannot mean another key. */
	if (!key || session->last_key_id == ~(uint32_t)0)
		return TEE_ERROR_STORAGE_NO_SPACE;

	res = unwrap(&wrapped, value);
	if (res == TEE_SUCCESS)
		res = aes_operation(TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, value, &key->ctr);
	if (res == TEE_SUCCESS)
		res = aes_operation(TEE_ALG_AES_CBC_NOPAD, TEE_MODE_DECRYPT, value, &key->cbc);
	TEE_MemFill(value, 0, sizeof(value));
	if (res != TEE_SUCCESS) {
		forget(key);
		return res;
	}

	key->id = ++session->last_key_id;
	params[1].value.a = key->id;
	params[1].value.b = 0;
	return TEE_SUCCESS;
}

const struct protex_key *protex_key_find(const struct protex_session *session, uint32_t id)
{
	unsigned int i;

	for (i = 0; id && i < PROTEX_TA_MAX_KEYS; i++)
		if (session->keys[i].id == id)
			return &session->keys[i];

	return NULL;
}

TEE_Result protex_key_forget(struct protex_session *session, uint32_t types,
			     TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned int i;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_NONE,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE) ||
	    params[0].value.b)
		return TEE_ERROR_BAD_PARAMETERS;

	for (i = 0; params[0].value.a && i < PROTEX_TA_MAX_KEYS; i++) {
		if (session->keys[i].id == params[0].value.a) {
			forget(&session->keys[i]);
			return TEE_SUCCESS;
		}
	}

	return TEE_ERROR_ITEM_NOT_FOUND;
}

void protex_key_forget_all(struct protex_session *session)
{
	unsigned int i;

	for (i = 0; i < PROTEX_TA_MAX_KEYS; i++)
		if (session->keys[i].id)
			forget(&session->keys[i]);
}
