# SPDX-License-Identifier: MIT
# The guest's kernels: a git tree of the pinned Linux with our series applied
# and our whole files linked in, and what was built from it.
# Sourced after sources.sh and tree.sh.

# kernel_version NAME: which Linux a kernel's name stands for.
kernel_version() {
	case $1 in
	default | tests | debug | optee) echo 7.3 ;;
	7.*) echo "${1%-optee}" ;;
	*) die "no kernel is called $1 (there are: default, tests, debug, 7.2, and optee for that machine)" ;;
	esac
}

# kernel_arch NAME: whose kernel it is, as uname has it.
kernel_arch() {
	case $1 in
	optee | *-optee) echo aarch64 ;;
	*) echo "$PROTEX_ARCH" ;;
	esac
}

# kernel_configs NAME: the files of src/linux that are merged, one over the other.
kernel_configs() {
	case $1 in
	default) echo guest.config ;;
	debug) echo guest.config tests.config debug.config ;;
	optee | *-optee) echo optee.config ;;
	*) echo guest.config tests.config ;;
	esac
}

# kernel_tree NAME: the prepared tree with its sources, which kernels share.
kernel_tree() { echo "linux-$(kernel_version "$1")"; }

# kernel_build NAME: the folder with its objects, as the tool chain sees it.
kernel_build() { echo "/src/$(kernel_tree "$1")-$1"; }

# linux_key NAME: what a kernel is made from.
linux_key() {
	# shellcheck disable=SC2046
	content_key "$PINS" "$PROTEX_TOP/src/linux/files" "$PROTEX_TOP/src/linux/series" \
		$(printf "$PROTEX_TOP/src/linux/%s " $(kernel_configs "$1")) \
		"$PROTEX_TOP/src/linux/$(kernel_tree "$1").without" \
		"$PROTEX_TOP/src/ta" "$PROTEX_TOP/include/protex/ta.h" \
		"$PROTEX_TOP/scripts/lib/linux.sh" "$PROTEX_TOP/scripts/lib/build-linux" "$PROTEX_TOP/scripts/lib/module-key.c" \
		"$PROTEX_TOP/scripts/lib/configure-linux"
}

prepare_linux() {
	prepare_tree "$(kernel_tree "$1")" linux "linux-source-$(kernel_version "$1")_"
}

# find_linux NAME: sets LINUX_OUT to the folder with the kernel and its modules, which need not be there.
declare -A LINUX_OUTS
find_linux() {
	[ -n "${LINUX_OUTS[$1]:-}" ] || LINUX_OUTS[$1]=$PROTEX_CACHE/$(kernel_tree "$1")-$1-$(linux_key "$1")
	LINUX_OUT=${LINUX_OUTS[$1]}
}

# linux_steps NAME: what make_linux would do.
linux_steps() {
	local LINUX_OUT
	find_linux "$1"
	[ ! -e "$LINUX_OUT/.complete" ] || return 0
	tree_steps "$(kernel_tree "$1")" linux
	echo "building $(kernel_tree "$1") ($1)"
}

# make_linux NAME: find_linux, and then they are there.
make_linux() {
	find_linux "$1"
	[ -e "$LINUX_OUT/.complete" ] && return
	prepare_linux "$1"
	build_into "$LINUX_OUT" "$(kernel_tree "$1") ($1)" build-linux "$(kernel_arch "$1")" \
		"/src/$(kernel_tree "$1")" "$(kernel_build "$1")" "$(kernel_configs "$1")"
}

# compile_linux NAME: compiles what the series touches of a kernel, which takes a
# small part of the time that all of it takes.
compile_linux() {
	local LINUX_OUT out
	find_linux "$1"
	out=$PROTEX_CACHE/compiled-$(basename "$LINUX_OUT")-$(content_key "$PROTEX_TOP/scripts/lib/compile-linux")
	[ -e "$out/.complete" ] && return
	prepare_linux "$1"
	build_into "$out" "what the series touches of $(kernel_tree "$1") ($(kernel_arch "$1"))" compile-linux "$(kernel_arch "$1")" \
		"/src/$(kernel_tree "$1")" "$(kernel_build "$1")" "$(kernel_configs "$1")"
}

# kernel_reports LOG: what the debug kernel's checkers say, if anything.
kernel_reports() {
	grep -m 20 -a -e 'Kernel panic' -e 'Oops' -e 'BUG:' -e 'WARNING:' -e 'KASAN' -e 'UBSAN' \
		-e 'INFO: possible' -e 'INFO: trying' -e 'INFO: task' -e 'INFO: rcu' -e 'kmemleak: un' "$1"
}
