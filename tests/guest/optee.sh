#!/bin/bash
# SPDX-License-Identifier: MIT
# optee.sh FOLDER: what of the guest's test programs is about a TEE, on the machine with OP-TEE; and what
# only that has.  Each leaves its TAP in FOLDER.
folder=$1
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/hold.sh"
for name in tee sdp; do
	timeout 600 "build/guest/tests/guest/$name" > "$folder/$name.tap" 2> "$folder/$name.stderr"
	status=$?
	# It may die after its plan.
	[ $status -lt 124 ] || result 'not ok' "it ended with status $status" >> "$folder/$name.tap"
done

cma_free() { awk '$1 == "CmaFree:" { print $2 }' /proc/meminfo; }

# Of memory that nobody has, the system has all back.
comes_back() {
	local before during after
	before=$(cma_free)
	during=$(protex alloc --size 33554432 -- awk '$1 == "CmaFree:" { print $2 > "/tmp/during" }' /proc/meminfo > /dev/null && cat /tmp/during)
	after=$(cma_free)
	echo "CmaFree: $before kB before, $during kB while 32 MiB are protected, $after kB after"
	[ $((before - during)) -ge 32768 ] && [ "$after" = "$before" ]
}

# Of all sizes from a page to 8 MiB.
nothing_is_lost() {
	local before n
	before=$(cma_free)
	for ((n = 0; n < 200; n++)); do
		protex alloc --size $((4096 << n % 12)) -- true || return
	done
	echo "CmaFree: $before kB before, $(cma_free) kB after"
	[ "$(cma_free)" = "$before" ]
}

ta=$(echo /usr/lib/optee_armtz/*.ta)
runs() { protex alloc --size 4096 --fill 7 -- true; }
# In the middle is code.
changed_is_refused() {
	local middle=$(($(stat -c %s "$ta") / 2)) byte status=0
	runs || return
	cp "$ta" /tmp/ta
	byte=$(od -An -tu1 -j $middle -N1 /tmp/ta)
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$ta" bs=1 seek=$middle conv=notrunc status=none
	cmp "$ta" /tmp/ta
	! runs || status=1
	cp /tmp/ta "$ta"
	runs && return $status
}

{
	tap_count=0
	check "a pool grows by what is asked for" hold 4 1048576
	check "memory is made protected when it is asked for, and is the system's again" comes_back
	check "of 200 allocations nothing is lost" nothing_is_lost
	check "a trusted application with one bit changed does not run, and with it changed back does" changed_is_refused
	check "the kernel has nothing to complain of" sh -c '! dmesg | grep -e WARNING: -e "not given back" -e "cannot be cleared"'
	tap_end
} > "$folder/pool.tap"
exit 0
