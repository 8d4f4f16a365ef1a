# SPDX-License-Identifier: MIT
# Which key-encryption key it has must be said:
#	PROTEX_TA_KEK_HEADER=FILE	a header, with an absolute path, that defines PROTEX_TA_KEK
#	PROTEX_TA_DEVELOPMENT_KEK=y	the public one, which protects nothing
# PROTEX_TA_WITH_CRYPTO_KEYS=y adds keys for crypto devices, where the TEE says which memory is for them: OP-TEE
# does not yet, and takes all protected memory for it.
# PROTEX_TA_WITH_DIGEST=y adds digests of protected memory, for development and tests only.
ifneq ($(PROTEX_TA_KEK_HEADER),)
cppflags-y += -include $(PROTEX_TA_KEK_HEADER)
else ifeq ($(PROTEX_TA_DEVELOPMENT_KEK),y)
cppflags-y += -DPROTEX_TA_WITH_DEVELOPMENT_KEK
else
$(error The TA needs a key-encryption key: say PROTEX_TA_KEK_HEADER=FILE, or for development PROTEX_TA_DEVELOPMENT_KEK=y)
endif

global-incdirs-y += . ../../include
cppflags-$(PROTEX_TA_WITH_CRYPTO_KEYS) += -DPROTEX_TA_WITH_CRYPTO_KEYS
cppflags-$(PROTEX_TA_WITH_DIGEST) += -DPROTEX_TA_WITH_DIGEST
srcs-y += cache.c
srcs-y += cbcs.c
srcs-y += cipher.c
srcs-y += crypto_key.c
srcs-y += ctr.c
srcs-y += decrypt.c
srcs-y += descriptor.c
srcs-y += digest.c
srcs-y += fill.c
srcs-y += key.c
srcs-y += nal.c
srcs-y += protex_ta.c
srcs-y += range.c
srcs-y += sample.c
srcs-y += subsamples.c
