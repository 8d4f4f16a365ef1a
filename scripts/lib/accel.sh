# SPDX-License-Identifier: MIT
# Does KVM work here?  A device node is not enough (nested virtualisation may
# start and then hang), so a kernel is booted once to see, and the answer kept
# until the machine is booted again.  Sourced after linux.sh.

# find_accelerator IMAGE: called with the lock; somebody may have found it meanwhile.
find_accelerator() {
	[ ! -s "$accelerator" ] || return 0
	rm -f "$PROTEX_CACHE"/accel-*
	echo tcg > "$accelerator.part"
	if [ -w /dev/kvm ]; then
		PROTEX_ENV= in_root bash /protex/scripts/host/try-kvm "$1" &&
			echo kvm > "$accelerator.part"
	fi > "$PROTEX_CACHE/log/kvm.log" 2>&1
	mv "$accelerator.part" "$accelerator"
}

# accelerator IMAGE: prints kvm or tcg; IMAGE is a kernel to try it with.
accelerator() {
	local accelerator=$PROTEX_CACHE/accel-$(cat /proc/sys/kernel/random/boot_id)
	if [ -n "${PROTEX_ACCEL:-}" ]; then
		echo "$PROTEX_ACCEL"
		return
	fi
	[ -s "$accelerator" ] || with_lock accel find_accelerator "$1"
	cat "$accelerator"
}
