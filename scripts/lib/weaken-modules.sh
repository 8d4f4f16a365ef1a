# SPDX-License-Identifier: MIT
# Modules that lack something, to show that attacks are real: for the kernel of the tests, which
# loads them in place of its own.  Sourced after linux.sh.

# make_weakened_modules LIST: sets WEAKENED_OUT to the folder with the modules that LIST, a file
# of the checkout, names for build-weakened-modules.
make_weakened_modules() {
	find_linux tests
	[ -e "$LINUX_OUT/.complete" ] || with_lock setup make_linux tests
	WEAKENED_OUT=$PROTEX_CACHE/weakened-modules-$(basename "$LINUX_OUT")-$(content_key "$LINUX_OUT/config" \
		"$PROTEX_TOP/${1%/*}" "$PROTEX_TOP/scripts/lib/build-weakened-modules" "$PROTEX_TOP/scripts/lib/configure-linux")
	[ -e "$WEAKENED_OUT/.complete" ] || with_lock setup build_weakened_modules "$1"
}
build_weakened_modules() {
	# Another checkout may have made them meanwhile.
	[ ! -e "$WEAKENED_OUT/.complete" ] || return 0
	prepare_linux tests
	build_into "$WEAKENED_OUT" "modules that lack something" build-weakened-modules \
		"/src/$(kernel_tree tests)" "$(kernel_build tests)" "$(kernel_configs tests)" "/protex/$1"
}
