# SPDX-License-Identifier: MIT
# Mesa with our series, as the guest loads it with --mesa protex.  The
# unpatched one, --mesa stock, is Debian's own package in the root file system.
# Sourced after tree.sh.

mesa_key() {
	content_key "$PINS" "$PROTEX_TOP/src/mesa" "$PROTEX_TOP/scripts/lib/mesa.sh" \
		"$PROTEX_TOP/scripts/lib/build-mesa"
}

prepare_mesa() { prepare_tree mesa mesa mesa_25.0.7.orig; }

# find_mesa: sets MESA_OUT to the folder it is installed in, which need not be there.
find_mesa() { MESA_OUT=${MESA_OUT:-$PROTEX_CACHE/mesa-$(mesa_key)}; }

# mesa_steps: what make_mesa would do.
mesa_steps() {
	local MESA_OUT=${MESA_OUT:-}
	find_mesa
	[ ! -e "$MESA_OUT/.complete" ] || return 0
	tree_steps mesa mesa
	echo "building Mesa"
}

# make_mesa: find_mesa, and then it is there.
make_mesa() {
	find_mesa
	[ -e "$MESA_OUT/.complete" ] && return
	prepare_mesa
	build_into "$MESA_OUT" Mesa build-mesa /src/mesa
}
