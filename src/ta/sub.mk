# SPDX-License-Identifier: MIT
# PROTEX_TA_WITH_DIGEST=y adds digests of protected memory, for development and tests only.
global-incdirs-y += . ../../include
cppflags-$(PROTEX_TA_WITH_DIGEST) += -DPROTEX_TA_WITH_DIGEST
srcs-y += decrypt.c
srcs-y += digest.c
srcs-y += fill.c
srcs-y += key.c
srcs-y += protex_ta.c
srcs-y += range.c
