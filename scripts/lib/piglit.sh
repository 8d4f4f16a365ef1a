# SPDX-License-Identifier: MIT
# piglit's tests of protected content: a git tree of the pinned piglit with our
# series applied, and the programs that the series adds.  All other tests, and
# what runs them, are Debian's.  Sourced after tree.sh.

piglit_key() {
	content_key "$PROTEX_TOP/src/piglit" "$PROTEX_TOP/scripts/lib/piglit.sh" \
		"$PROTEX_TOP/scripts/lib/build-piglit"
}

prepare_piglit() { prepare_tree piglit piglit piglit_0.0~git20250409.af62c0dea.orig; }

# make_piglit: sets PIGLIT_OUT to the folder with the programs and their profile.
make_piglit() {
	local out
	out=$PROTEX_CACHE/piglit-$(piglit_key)
	PIGLIT_OUT=$out
	[ -e "$out/.complete" ] && return
	prepare_piglit
	run_logged "building our piglit tests" "$PROTEX_CACHE/log/piglit.log" \
		in_root sh /protex/scripts/lib/build-piglit /src/piglit "/cache/$(basename "$out").part"
	remove_tree "$out"
	mv "$out.part" "$out"
	touch "$out/.complete"
}
