#!/bin/bash
# SPDX-License-Identifier: MIT
# guest.sh RESULTS WEAKENED [policy|users]: in the guest, what the suite "keys" tests.  WEAKENED is the folder with the modules
# that lack something.  With "policy", what is tried is only what the policy of pools refuses, which lets it here. With "users", the
# device is taken away from a driver that does not count who uses it.
# Leaves RESULTS/NAME.tap.
results=$1 weakened=$2
programs=build/guest/tests/keys
export KEYS_HIDDEN=$results/hidden
modprobe virtio_crypto && modprobe algif_skcipher || exit 1

run() { # NAME PROGRAM ARG…
	local name=$1
	shift
	"$programs/keys-$1" "${@:2}" > "$results/$name.tap" 2>&1
}
if [ "${3:-}" = users ]; then
	rmmod virtio_crypto && insmod "$weakened/users.ko" || exit 1
	run without-users removal
	exit
fi
if [ "${3:-}" = policy ]; then
	run without-policy attacks policy
	rmmod virtio_crypto && insmod "$weakened/use.ko" || exit 1
	run without-use attacks use
	exit
fi
run vectors vectors
run attacks attacks
run faults faults
run removal removal
bash tests/keys/commands.sh "$results" > "$results/commands.tap" 2>&1

while read -r name what _; do
	# Without users the kernel crashes.
	case $name in '#'* | users) continue ;; esac
	[ "$name" != module ] || { module=$what; continue; }
	# Lockdown would refuse what is not signed, and without it the TEE wants to be told.
	parameter=
	[ "$module" != tee_emu ] || parameter=readable_by_root=1
	rmmod "$module" && insmod "$weakened/$name.ko" $parameter || exit 1
	case $name in
	# The policy of the pools holds, too.
	use) run use-alone attacks use still ;;
	clear)
		run compared vectors clear
		run bench bench ;;
	*) run "without-$name" attacks "$name" ;;
	esac
	rmmod "$module" && modprobe "$module" || exit 1
done < tests/keys/weaken/modules
