/* SPDX-License-Identifier: MIT */
#ifndef PROTEX_CLI_ERRNO_NAME_H
#define PROTEX_CLI_ERRNO_NAME_H

/* "EACCES" of EACCES or -EACCES; a number as text where the C library has no names. The text lives
 * until the next call on the same buffer. */
const char *errno_name(int code, char buffer[16]);

#endif
