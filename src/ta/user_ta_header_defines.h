/* SPDX-License-Identifier: MIT */
/*
 * What OP-TEE wants to know of the trusted application.
 */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <protex/ta.h>

#define TA_UUID PROTEX_TA_UUID

/*
 * One instance a session: sessions share nothing. Without the first flag, OP-TEE refuses protected memory
 * as a parameter, and without the second it maintains no cache for the TA.
 */
#define TA_FLAGS (TA_FLAG_SECURE_DATA_PATH | TA_FLAG_CACHE_MAINTENANCE)
#define TA_STACK_SIZE (4 * 1024)
/* The largest descriptor, the keys, and room for what the TEE keeps of operations */
#define TA_DATA_SIZE (64 * 1024)

#define TA_VERSION "1.0"
#define TA_DESCRIPTION "protex: decryption into protected memory"

#endif
