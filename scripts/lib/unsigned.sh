# SPDX-License-Identifier: MIT
# A module that is not of the kernel's build, and so not signed.  Sourced after linux.sh.

# make_unsigned: sets UNSIGNED_OUT to the folder with tests/lockdown/module for the kernel of the tests.
make_unsigned() {
	find_linux tests
	UNSIGNED_OUT=$PROTEX_CACHE/unsigned-$(basename "$LINUX_OUT")-$(content_key "$PROTEX_TOP/tests/lockdown/module" \
		"$PROTEX_TOP/scripts/lib/build-unsigned")
	[ -e "$UNSIGNED_OUT/.complete" ] && return
	with_lock setup build_unsigned
}

build_unsigned() {
	make_linux tests
	prepare_linux tests
	build_into "$UNSIGNED_OUT" "a module that is not signed" build-unsigned \
		"/src/$(kernel_tree tests)" "$(kernel_build tests)" "$(kernel_configs tests)"
}
