#!/bin/bash
# SPDX-License-Identifier: MIT
# commands.sh RESULTS: in the guest, 'protex key' and 'protex crypt'.  Prints TAP.
results=$(realpath "$1")
. "$(dirname "$0")/../tap.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
reference=$TOP/build/guest/tests/keys/keys-reference
cd "$work" || exit 1

# fails STATUS PATTERN CMD…: CMD ends with STATUS, and says something like PATTERN.
fails() {
	local status=$1 pattern=$2 said
	shift 2
	said=$("$@" 2>&1)
	[ $? = "$status" ] && grep -q -- "$pattern" <<< "$said" || { echo "$said"; return 1; }
}
round_trip() { # BITS BYTES
	head -c "$2" /dev/urandom > plain
	protex crypt encrypt --key "key$1" plain cipher &&
		[ "$(stat -c %s cipher)" = $((16 + ($2 / 16 + 1) * 16)) ] &&
		! cmp -s plain cipher && protex crypt decrypt --key "key$1" cipher back && cmp plain back
}
# The same as libcrypto, where there is a key that somebody has.
like_libcrypto() { # BITS
	local key iv
	key=$(head -c $(($1 / 8)) /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	echo "$key" > clear
	head -c 100000 /dev/urandom > plain
	rm -f wrapped
	protex key wrap --key clear wrapped 2> /dev/null && protex crypt encrypt --key wrapped plain cipher || return
	iv=$(head -c 16 cipher | od -An -v -tx1 | tr -d ' \n')
	tail -c +17 cipher | "$reference" "$key" "$iv" | cmp - plain
}
by_inherited_key() {
	head -c 5000 /dev/urandom > plain
	protex crypt encrypt --key key256 plain cipher &&
		protex key unwrap key256 -- protex crypt decrypt --key-fd 3 cipher back && cmp plain back
}
# What a key encrypted is lost with it: no other takes its place.
not_replaced() {
	cp key128 kept
	fails 1 'is there already' protex key make key128 && cmp key128 kept && [ "$(stat -c %a key128)" = 600 ]
}
destroyed() {
	protex key make doomed > /dev/null && protex key destroy doomed && [ ! -e doomed ]
}

for bits in 128 192 256; do
	check "the TEE makes a key of $bits bits" protex key make --bits $bits key$bits
	check "and takes it" protex key info key$bits
	sizes="0 1 15 16 17 4096"
	[ $bits != 128 ] || sizes="$sizes 1048575 1048576 1048577"
	for bytes in $sizes; do
		check "AES-$bits: a file of $bytes bytes comes back" round_trip $bits $bytes
	done
	check "AES-$bits: encrypts as libcrypto does" like_libcrypto $bits
done
check "a key is not replaced by another" not_replaced
check "keys are not the same" test "$(cat key128 key192 key256 | sort -u | wc -c)" -gt 100
check "a key that is inherited, unwrapped" by_inherited_key
check "what another key encrypted is refused" fails 1 'another key' protex crypt decrypt --key key128 cipher back
head -c 100 cipher > short
check "so is what is cut off" fails 1 'cut off' protex crypt decrypt --key key256 short back
check "and nothing is left of the attempt" test ! -e back.part
tr '\000-\377' '\001-\377\000' < key128 > altered
check "a key that was altered is no key" fails 1 'not a wrapped key' protex key info altered
{ head -c 40 key128; head -c 32 /dev/zero; } > altered
check "nor is one whose end was" fails 1 'not authentic' protex key info altered
check "a key has a size of AES" \
	fails 64 'from 128 to 256' protex key unwrap key128 -- protex crypt encrypt --key-fd 3 --bits 120 plain cipher
check "video memory holds no key" \
	fails 1 'not for keys' protex alloc --use secure-video --size 4096 -- protex crypt encrypt --key-fd 3 plain cipher
check "nor does ordinary memory" \
	fails 1 'not for keys' protex alloc --ordinary --size 4096 -- protex crypt encrypt --key-fd 3 plain cipher
check "a key is destroyed" destroyed
echo text > text
check "nothing else is" fails 1 'not a wrapped key' protex key destroy text
check "and stays" test -e text
check "info says that there is memory for keys" sh -c 'protex info | grep -q "crypto-key"'
tap_end
