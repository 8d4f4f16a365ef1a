# SPDX-License-Identifier: MIT
# Mesa with our series, as the guest loads it with --mesa protex.  The
# unpatched one, --mesa stock, is Debian's own package in the root file system.
# Sourced after tree.sh.

mesa_key() {
	content_key "$PINS" "$PROTEX_TOP/src/mesa" "$PROTEX_TOP/scripts/lib/mesa.sh" \
		"$PROTEX_TOP/scripts/lib/build-mesa"
}

prepare_mesa() { prepare_tree mesa mesa mesa_25.0.7.orig; }

# make_mesa: sets MESA_OUT to the folder it is installed in.
make_mesa() {
	local out
	out=$PROTEX_CACHE/mesa-$(mesa_key)
	MESA_OUT=$out
	[ -e "$out/.complete" ] && return
	prepare_mesa
	run_logged "building Mesa" "$PROTEX_CACHE/log/mesa.log" \
		in_root sh /protex/scripts/lib/build-mesa /src/mesa "/cache/$(basename "$out").part"
	remove_tree "$out"
	mv "$out.part" "$out"
	touch "$out/.complete"
}
