/* SPDX-License-Identifier: MIT */
/* Proves that the TA decrypts what pack encrypted: its own code, with the key that it unwrapped. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_internal_api.h>

#include "crypto.h"
#include "ta_host.h"

#define SIZE 100003u /* not a whole number of cipher blocks */

static void the_ta_decrypts_a_packed_frame(void **state)
{
	struct protex_ta_decrypt request = {.iv = {0, 0, 0, 0, 0, 0, 1, 2}};
	struct protex_ta_wrapped_key wrapped;
	uint8_t *plain = malloc(SIZE), *cipher = malloc(SIZE), *protected = malloc(SIZE);
	TEE_Param params[4] = {0};
	uint8_t key[16];
	void *session = NULL;

	(void)state;
	assert_int_equal(crypto_random(key, 16, NULL), 0);
	assert_int_equal(crypto_random(plain, SIZE, NULL), 0);
	assert_int_equal(crypto_wrap_key(crypto_development_kek, key, &wrapped, NULL), 0);
	assert_int_equal(crypto_ctr(key, request.iv, plain, cipher, SIZE, NULL), 0);
	assert_memory_not_equal(plain, cipher, SIZE);

	ta_host_map(&wrapped, sizeof(wrapped), false, TA_HOST_WRITE);
	ta_host_map(&request, sizeof(request), false, TA_HOST_WRITE);
	ta_host_map(cipher, SIZE, false, TA_HOST_WRITE);
	ta_host_map(protected, SIZE, true, TA_HOST_WRITE);
	assert_int_equal(TA_OpenSessionEntryPoint(TEE_PARAM_TYPES(0, 0, 0, 0), params, &session),
			 TEE_SUCCESS);

	params[0].memref.buffer = &wrapped;
	params[0].memref.size = sizeof(wrapped);
	assert_int_equal(TA_InvokeCommandEntryPoint(session, PROTEX_TA_CMD_UNWRAP_KEY,
						    TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
								    TEE_PARAM_TYPE_VALUE_OUTPUT,
								    0, 0),
						    params),
			 TEE_SUCCESS);
	request.key_id = htole32(params[1].value.a);

	params[0].memref.buffer = cipher;
	params[0].memref.size = SIZE;
	params[1].memref.buffer = protected;
	params[1].memref.size = SIZE;
	params[2].memref.buffer = &request;
	params[2].memref.size = sizeof(request);
	assert_int_equal(TA_InvokeCommandEntryPoint(session, PROTEX_TA_CMD_DECRYPT,
						    TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
								    TEE_PARAM_TYPE_MEMREF_INOUT,
								    TEE_PARAM_TYPE_MEMREF_INPUT,
								    0),
						    params),
			 TEE_SUCCESS);
	assert_memory_equal(protected, plain, SIZE);

	TA_CloseSessionEntryPoint(session);
	ta_host_unmap_all();
	free(plain);
	free(cipher);
	free(protected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ta_decrypts_a_packed_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
