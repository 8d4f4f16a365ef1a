#!/bin/bash
# SPDX-License-Identifier: MIT
# ta_build.sh TOP CC: proves that the Makefile that OP-TEE's development kit reads names all sources and
# options that it takes, and which key-encryption key the result has. There is a stand-in for the kit, which
# only compiles, and for its headers those of src/ta/gp. Prints TAP.
top=$(realpath "$1")
shift
cc=$*
. "$(dirname "$0")/../tap.sh"
kit=$(mktemp -d) || exit 1
trap 'rm -rf "$kit"' EXIT
mkdir "$kit/mk"
cat > "$kit/mk/ta_dev_kit.mk" << 'EOF'
include sub.mk
objects = $(addprefix $(O)/,$(srcs-y:.c=.o))
$(O)/ta: $(objects)
	$(CC) -r -nostdlib -o $@ $^
$(O)/%.o: %.c
	$(CC) -std=gnu11 -Wall $(addprefix -I,$(global-incdirs-y) gp) $(cppflags-y) -c -o $@ $<
EOF
echo '#define PROTEX_TA_KEK { "a key of my own" }' > "$kit/kek.h"
echo '#define PROTEX_TA_KEY { "a key of my own" }' > "$kit/misspelt.h"
echo '#define PROTEX_TA_KEK { 1, 2, 3 }' > "$kit/short.h"
# The numbers are OP-TEE's, of its user_ta_header.h.
cat > "$kit/flags.c" << 'EOF'
#define TA_FLAG_SECURE_DATA_PATH (1 << 5)
#define TA_FLAG_CACHE_MAINTENANCE (1 << 7)
#include "user_ta_header_defines.h"
_Static_assert(TA_FLAGS == (1 << 5 | 1 << 7), "flags");
EOF

build() { # OPTION...
	rm -rf "$kit/out"
	mkdir "$kit/out"
	make -C "$top/src/ta" TA_DEV_KIT_DIR="$kit" O="$kit/out" CC="$cc" "$@" 2>&1 | tee "$kit/log"
	return "${PIPESTATUS[0]}"
}
has() { grep -q -a "$1" "$kit/out/ta"; }
lacks() { ! has "$1"; }
fails() { ! "$@"; }

check 'OP-TEE gives it protected memory, and maintains caches for it' \
	$cc -fsyntax-only -I"$top/src/ta" -I"$top/include" "$kit/flags.c"
check 'without a key it is not built' fails build
check 'and says what to do' grep -q 'PROTEX_TA_KEK_HEADER=FILE' "$kit/log"
check 'it is built for development' build PROTEX_TA_DEVELOPMENT_KEK=y
check 'with the public key' has 'protex devel KEK'
check 'it is built with a key of its own' build PROTEX_TA_KEK_HEADER="$kit/kek.h"
check 'with that key' has 'a key of my own'
check 'and without the public one' lacks 'protex devel KEK'
check 'it defines what the TEE calls' \
	test "$(nm "$kit/out/ta" | grep -c ' T TA_.*EntryPoint$')" = 5
nm "$kit/out/ta" | grep -o ' U .*' | sort > "$kit/without"
check 'it is built with digests' build PROTEX_TA_KEK_HEADER="$kit/kek.h" PROTEX_TA_WITH_DIGEST=y
nm "$kit/out/ta" | grep -o ' U .*' | sort > "$kit/with"
check 'which it does not have otherwise' \
	test "$(comm -13 "$kit/without" "$kit/with" | xargs)" = 'U TEE_DigestDoFinal'
check 'it is built with keys for crypto devices' \
	build PROTEX_TA_KEK_HEADER="$kit/kek.h" PROTEX_TA_WITH_DIGEST=y PROTEX_TA_WITH_CRYPTO_KEYS=y
nm "$kit/out/ta" | grep -o ' U .*' | sort > "$kit/with"
check 'and else it asks the TEE for nothing but its interface' \
	test -z "$(grep -v ' U TEE_' "$kit/with")"
check 'a header that misspells it has no key' fails build PROTEX_TA_KEK_HEADER="$kit/misspelt.h"
check 'and it is said what it lacks' grep -q 'a header that defines PROTEX_TA_KEK' "$kit/log"
check 'nor has one whose key is too short' fails build PROTEX_TA_KEK_HEADER="$kit/short.h"
tap_end
