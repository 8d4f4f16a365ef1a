/* SPDX-License-Identifier: MIT */
/* The configuration of H.264 and HEVC in MP4 files (ISO/IEC 14496-15): 'avcC' and 'hvcC'. */
#ifndef PROTEX_CONTENT_NAL_H
#define PROTEX_CONTENT_NAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/*
 * How many octets the lengths of NAL units have, and the parameter sets, each after a start code, which
 * are appended to head: what a decoder that is handed samples takes in front of the first one. false:
 * it is damaged, and nothing was appended.
 */
bool nal_read_avcc(const uint8_t *data, size_t size, unsigned *length_size, struct bytes *head);
bool nal_read_hvcc(const uint8_t *data, size_t size, unsigned *length_size, struct bytes *head);

#endif
