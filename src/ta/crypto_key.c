// SPDX-License-Identifier: MIT
/*
 * Keys for crypto devices: made here, stored wrapped, and unwrapped into protected memory, from
 * which the device reads them.
 */
#include "protex_ta.h"

#ifdef PROTEX_TA_WITH_CRYPTO_KEYS

static bool size_is_valid(uint32_t size)
{
	return size == 16 || size == 24 || size == 32;
}

static void put_le32(uint32_t *to, uint32_t value)
{
	uint8_t *p = (uint8_t *)to;

	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

/* Encrypts key, PROTEX_TA_CRYPTO_KEY_MAX bytes, under the key-encryption key. */
static TEE_Result wrap(struct protex_ta_wrapped_crypto_key *wrapped, const uint8_t *key,
		       uint32_t key_size)
{
	const struct protex_wrapping wrapping =
		PROTEX_WRAPPING(*wrapped, PROTEX_TA_WRAPPED_CRYPTO_KEY_AAD_SIZE);

	put_le32(&wrapped->magic, PROTEX_TA_WRAPPED_CRYPTO_KEY_MAGIC);
	put_le32(&wrapped->version, PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION);
	put_le32(&wrapped->key_size, key_size);
	TEE_GenerateRandom(wrapped->iv, sizeof(wrapped->iv));
	return protex_wrapping_seal(&wrapping, key);
}

/* Decrypts wrapped, which is private memory and has a known magic and version. */
static TEE_Result unwrap(struct protex_ta_wrapped_crypto_key *wrapped, uint8_t *key)
{
	const struct protex_wrapping wrapping =
		PROTEX_WRAPPING(*wrapped, PROTEX_TA_WRAPPED_CRYPTO_KEY_AAD_SIZE);

	return protex_wrapping_open(&wrapping, key);
}

TEE_Result protex_crypto_key_make(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	struct protex_ta_wrapped_crypto_key wrapped;
	uint8_t key[PROTEX_TA_CRYPTO_KEY_MAX];
	uint32_t key_size = params[0].value.a;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE) ||
	    params[0].value.b || !size_is_valid(key_size))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_shared(&params[1], TEE_MEMORY_ACCESS_WRITE);
	if (res != TEE_SUCCESS)
		return res;
	if (params[1].memref.size < sizeof(wrapped)) {
		params[1].memref.size = sizeof(wrapped);
		return TEE_ERROR_SHORT_BUFFER;
	}

	TEE_MemFill(key, 0, sizeof(key));
	TEE_GenerateRandom(key, key_size);
	/* Not in shared memory, where the key-encryption key would meet what the client writes. */
	res = wrap(&wrapped, key, key_size);
	TEE_MemFill(key, 0, sizeof(key));
	if (res != TEE_SUCCESS)
		return res;

	TEE_MemMove(params[1].memref.buffer, &wrapped, sizeof(wrapped));
	params[1].memref.size = sizeof(wrapped);
	return TEE_SUCCESS;
}

/*
 * The last word of a slot is 0 in new memory, and never again: sessions that come for the same slot
 * at the same time must not both get it, or the one's key might be mixed with the other's, which
 * the caller knows.
 */
#define CLAIM_OFFSET (PROTEX_TA_CRYPTO_KEY_SLOT - sizeof(uint32_t))

_Static_assert(PROTEX_TA_CRYPTO_KEY_MAX <= CLAIM_OFFSET, "a slot holds a key and the claim");

static TEE_Result claim_slot(uint8_t *slot)
{
	uint32_t free = 0, claim = 0;
	TEE_Result res;

	res = protex_cache_read(slot, PROTEX_TA_CRYPTO_KEY_SLOT);
	if (res != TEE_SUCCESS)
		return res;

	TEE_GenerateRandom(&claim, sizeof(claim));
	if (!__atomic_compare_exchange_n((uint32_t *)(slot + CLAIM_OFFSET), &free, claim | 1, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return TEE_ERROR_BAD_STATE;
	return TEE_SUCCESS;
}

/* Random bytes first, and for the device to see: it never reads a part of the key with zeros. */
static TEE_Result write_slot(uint8_t *slot, const uint8_t *key, uint32_t key_size)
{
	TEE_Result res;

	TEE_GenerateRandom(slot, CLAIM_OFFSET);
	res = protex_cache_written(slot, PROTEX_TA_CRYPTO_KEY_SLOT, TEE_SUCCESS);
	if (res != TEE_SUCCESS)
		return res;

	TEE_MemMove(slot, key, key_size);
	return protex_cache_written(slot, PROTEX_TA_CRYPTO_KEY_SLOT, TEE_SUCCESS);
}

TEE_Result protex_crypto_key_unwrap(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	struct protex_ta_wrapped_crypto_key wrapped;
	uint8_t key[PROTEX_TA_CRYPTO_KEY_MAX];
	uint32_t key_size;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				     TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_shared(&params[0], TEE_MEMORY_ACCESS_READ);
	if (res != TEE_SUCCESS)
		return res;
	res = protex_range_check_crypto_key(&params[1]);
	if (res != TEE_SUCCESS)
		return res;
	if (params[0].memref.size < sizeof(wrapped))
		return TEE_ERROR_SHORT_BUFFER;
	if (params[0].memref.size > sizeof(wrapped))
		return TEE_ERROR_BAD_PARAMETERS;
	/* Buffers begin with a page, and mappings keep where in it something is. */
	if (params[1].memref.size != PROTEX_TA_CRYPTO_KEY_SLOT ||
	    (uintptr_t)params[1].memref.buffer % PROTEX_TA_CRYPTO_KEY_SLOT)
		return TEE_ERROR_BAD_PARAMETERS;

	/* The client may change shared memory while it is looked at: work on a copy. */
	TEE_MemMove(&wrapped, params[0].memref.buffer, sizeof(wrapped));
	key_size = protex_get_le32((uint8_t *)&wrapped.key_size);
	if (protex_get_le32((uint8_t *)&wrapped.magic) != PROTEX_TA_WRAPPED_CRYPTO_KEY_MAGIC ||
	    protex_get_le32((uint8_t *)&wrapped.version) != PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION ||
	    !size_is_valid(key_size))
		return TEE_ERROR_BAD_FORMAT;

	res = unwrap(&wrapped, key);
	if (res == TEE_SUCCESS)
		res = claim_slot(params[1].memref.buffer);
	if (res == TEE_SUCCESS)
		res = write_slot(params[1].memref.buffer, key, key_size);
	TEE_MemFill(key, 0, sizeof(key));
	if (res != TEE_SUCCESS)
		return res;

	params[2].value.a = key_size;
	params[2].value.b = 0;
	return TEE_SUCCESS;
}

#else

TEE_Result protex_crypto_key_make(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)types;
	(void)params;

	return TEE_ERROR_NOT_SUPPORTED;
}

TEE_Result protex_crypto_key_unwrap(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)types;
	(void)params;

	return TEE_ERROR_NOT_SUPPORTED;
}

#endif
