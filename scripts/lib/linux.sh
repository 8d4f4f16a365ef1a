# SPDX-License-Identifier: MIT
# The guest's kernels: a git tree of the pinned Linux with our series applied
# and our whole files linked in, and what was built from it.
# Sourced after sources.sh and tree.sh.

# kernel_version NAME: which Linux a kernel's name stands for.
kernel_version() {
	case $1 in
	default | debug) echo 7.3 ;;
	7.*) echo "$1" ;;
	*) die "no kernel is called $1 (there are: default, debug, 7.2)" ;;
	esac
}

# kernel_tree NAME: the prepared tree it is built in.  A kernel with a
# configuration of its own (src/linux/NAME.config, merged over guest.config) has a
# tree of its own: two that took turns in one would compile all of it each time.
kernel_tree() {
	if [ -e "$PROTEX_TOP/src/linux/$1.config" ]; then
		echo "linux-$(kernel_version "$1")-$1"
	else
		echo "linux-$(kernel_version "$1")"
	fi
}

# linux_key NAME: what a kernel is made from.
linux_key() {
	content_key "$PINS" "$PROTEX_TOP/src/linux/files" "$PROTEX_TOP/src/linux/series" \
		"$PROTEX_TOP/src/linux/guest.config" "$PROTEX_TOP/src/linux/$1.config" \
		"$PROTEX_TOP/src/linux/$(kernel_tree "$1").without" \
		"$PROTEX_TOP/src/ta" "$PROTEX_TOP/include/protex/ta.h" \
		"$PROTEX_TOP/scripts/lib/linux.sh" "$PROTEX_TOP/scripts/lib/build-linux" \
		"$PROTEX_TOP/scripts/lib/configure-linux"
}

prepare_linux() {
	prepare_tree "$(kernel_tree "$1")" linux "linux-source-$(kernel_version "$1")_"
}

# make_linux NAME: sets LINUX_OUT to the folder with the kernel and its modules.
make_linux() {
	local tree
	tree=$(kernel_tree "$1")
	LINUX_OUT=$PROTEX_CACHE/$tree-$(linux_key "$1")
	[ -e "$LINUX_OUT/.complete" ] && return
	prepare_linux "$1"
	build_into "$LINUX_OUT" "$tree" build-linux "/src/$tree" "$1"
}

# compile_linux NAME: compiles what the series touches of a kernel, which takes a
# small part of the time that all of it takes.
compile_linux() {
	local tree out
	tree=$(kernel_tree "$1")
	out=$PROTEX_CACHE/compiled-$tree-$(linux_key "$1")
	[ -e "$out/.complete" ] && return
	prepare_linux "$1"
	build_into "$out" "what the series touches of $tree" compile-linux "/src/$tree" "$1" /protex/src/linux/series
}

# kernel_reports LOG: what the debug kernel's checkers say, if anything.
kernel_reports() {
	grep -m 20 -a -e 'Kernel panic' -e 'Oops' -e 'BUG:' -e 'WARNING:' -e 'KASAN' -e 'UBSAN' \
		-e 'INFO: possible' -e 'INFO: trying' -e 'INFO: task' -e 'INFO: rcu' -e 'kmemleak: un' "$1"
}
