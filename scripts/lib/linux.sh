# SPDX-License-Identifier: MIT
# The guest's kernel: a git tree of the pinned Linux with our series applied
# and our whole files linked in, and what was built from it.
# Sourced after sources.sh and tree.sh.

# kernel_version NAME: which Linux a kernel's name stands for.
kernel_version() {
	case $1 in
	default | debug) echo 7.3 ;;
	7.*) echo "$1" ;;
	*) die "no kernel is called $1 (there are: default, 7.2)" ;;
	esac
}

# linux_key: what a kernel is made from.
linux_key() {
	content_key "$PINS" "$PROTEX_TOP/src/linux" "$PROTEX_TOP/src/ta" \
		"$PROTEX_TOP/include/protex/ta.h" "$PROTEX_TOP/scripts/lib/linux.sh" \
		"$PROTEX_TOP/scripts/lib/build-linux"
}

prepare_linux() { prepare_tree "linux-$1" linux "linux-source-${1}_"; }

# make_linux NAME: sets LINUX_OUT to the folder with the kernel and its modules.
make_linux() {
	local version out
	version=$(kernel_version "$1")
	out=$PROTEX_CACHE/linux-$version-$(linux_key)
	LINUX_OUT=$out
	[ -e "$out/.complete" ] && return
	prepare_linux "$version"
	run_logged "building Linux $version" "$PROTEX_CACHE/log/linux-$version.log" \
		in_root sh /protex/scripts/lib/build-linux \
		"/src/linux-$version" "/cache/$(basename "$out").part"
	remove_tree "$out"
	mv "$out.part" "$out"
	touch "$out/.complete"
}
