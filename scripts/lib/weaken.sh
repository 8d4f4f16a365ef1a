# SPDX-License-Identifier: MIT
# Drivers that lack a rule, to show that attacks are real.  They are modules for
# the kernel of the tests, which knows nothing of them.  Sourced after linux.sh.

weakened_key() {
	content_key "$LINUX_OUT/config" "$PROTEX_TOP/src/linux/files" "$PROTEX_TOP/src/linux/series" \
		"$PROTEX_TOP/tests/attack/weaken" "$PROTEX_TOP/scripts/lib/build-weakened" \
		"$PROTEX_TOP/scripts/lib/configure-linux"
}

# make_weakened: sets WEAKENED_OUT to the folder with a module for each patch of
# tests/attack/weaken.
make_weakened() {
	make_linux tests
	WEAKENED_OUT=$PROTEX_CACHE/weakened-$(basename "$LINUX_OUT")-$(weakened_key)
	[ -e "$WEAKENED_OUT/.complete" ] && return
	prepare_linux tests
	build_into "$WEAKENED_OUT" "the weakened drivers" build-weakened \
		"/src/$(kernel_tree tests)" "$(kernel_build tests)" "$(kernel_configs tests)"
}
