/* SPDX-License-Identifier: MIT */
/*
 * The part of GlobalPlatform's TEE Internal Core API (1.3) that the protex TA uses, for homes that
 * have none of their own: the kernel's emulated TEE and the host. Numbers are the specification's.
 */
#ifndef TEE_INTERNAL_API_H
#define TEE_INTERNAL_API_H

#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

/* Common definitions (3) */
typedef uint32_t TEE_Result;

#define TEE_SUCCESS 0x00000000
#define TEE_ERROR_GENERIC 0xFFFF0000
#define TEE_ERROR_ACCESS_DENIED 0xFFFF0001
#define TEE_ERROR_EXCESS_DATA 0xFFFF0004
#define TEE_ERROR_BAD_FORMAT 0xFFFF0005
#define TEE_ERROR_BAD_PARAMETERS 0xFFFF0006
#define TEE_ERROR_BAD_STATE 0xFFFF0007
#define TEE_ERROR_ITEM_NOT_FOUND 0xFFFF0008
#define TEE_ERROR_NOT_SUPPORTED 0xFFFF000A
#define TEE_ERROR_OUT_OF_MEMORY 0xFFFF000C
#define TEE_ERROR_SECURITY 0xFFFF000F
#define TEE_ERROR_SHORT_BUFFER 0xFFFF0010
#define TEE_ERROR_STORAGE_NO_SPACE 0xFFFF3041
#define TEE_ERROR_MAC_INVALID 0xFFFF3071

#define TEE_HANDLE_NULL 0

/* Trusted core framework (4) */
#define TEE_NUM_PARAMS 4

#define TEE_PARAM_TYPE_NONE 0
#define TEE_PARAM_TYPE_VALUE_INPUT 1
#define TEE_PARAM_TYPE_VALUE_OUTPUT 2
#define TEE_PARAM_TYPE_MEMREF_INPUT 5
#define TEE_PARAM_TYPE_MEMREF_OUTPUT 6
#define TEE_PARAM_TYPE_MEMREF_INOUT 7

#define TEE_PARAM_TYPES(t0, t1, t2, t3) ((t0) | (t1) << 4 | (t2) << 8 | (t3) << 12)
#define TEE_PARAM_TYPE_GET(t, i) (((t) >> ((i) * 4)) & 0xF)

typedef union {
	struct {
		void *buffer;
		size_t size;
	} memref;
	struct {
		uint32_t a;
		uint32_t b;
	} value;
} TEE_Param;

#define TEE_MEMORY_ACCESS_READ 0x00000001
#define TEE_MEMORY_ACCESS_WRITE 0x00000002
#define TEE_MEMORY_ACCESS_ANY_OWNER 0x00000004

#define TEE_MALLOC_FILL_ZERO 0x00000000

TEE_Result TA_CreateEntryPoint(void);
void TA_DestroyEntryPoint(void);
TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context);
void TA_CloseSessionEntryPoint(void *context);
TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command,
				      uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

TEE_Result TEE_CheckMemoryAccessRights(uint32_t flags, void *buffer, size_t size);
void *TEE_Malloc(size_t size, uint32_t hint);
void TEE_Free(void *buffer);
void *TEE_MemMove(void *dest, const void *src, size_t size);
void *TEE_MemFill(void *buffer, uint32_t x, size_t size);

/* Transient objects (5) */
typedef struct tee_object *TEE_ObjectHandle;

typedef struct {
	uint32_t attributeID;
	union {
		struct {
			void *buffer;
			size_t length;
		} ref;
		struct {
			uint32_t a;
			uint32_t b;
		} value;
	} content;
} TEE_Attribute;

#define TEE_TYPE_AES 0xA0000010
#define TEE_ATTR_SECRET_VALUE 0xC0000000

TEE_Result TEE_AllocateTransientObject(uint32_t type, uint32_t max_size,
				       TEE_ObjectHandle *object);
void TEE_FreeTransientObject(TEE_ObjectHandle object);
void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID, const void *buffer,
			  size_t length);
TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object, const TEE_Attribute *attrs,
				       uint32_t count);

/* Cryptographic operations (6) */
typedef struct tee_operation *TEE_OperationHandle;

#define TEE_MODE_ENCRYPT 0
#define TEE_MODE_DECRYPT 1
#define TEE_MODE_DIGEST 5

#define TEE_ALG_AES_CBC_NOPAD 0x10000110
#define TEE_ALG_AES_CTR 0x10000210
#define TEE_ALG_AES_GCM 0x40000810
#define TEE_ALG_SHA256 0x50000004

TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation, uint32_t algorithm, uint32_t mode,
				 uint32_t max_key_size);
void TEE_FreeOperation(TEE_OperationHandle operation);
TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key);

void TEE_CipherInit(TEE_OperationHandle operation, const void *iv, size_t iv_len);
TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *src_data, size_t src_len,
			    void *dest_data, size_t *dest_len);

TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonce_len,
		      uint32_t tag_len, size_t aad_len, size_t payload_len);
void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *aad_data, size_t aad_data_len);
TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *src_data, size_t src_len,
			      void *dest_data, size_t *dest_len, void *tag, size_t *tag_len);
TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *src_data, size_t src_len,
			      void *dest_data, size_t *dest_len, void *tag, size_t tag_len);

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk, size_t chunk_len,
			     void *hash, size_t *hash_len);

void TEE_GenerateRandom(void *random_buffer, size_t random_buffer_len);

#endif
