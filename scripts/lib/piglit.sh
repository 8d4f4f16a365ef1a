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
	PIGLIT_OUT=$PROTEX_CACHE/piglit-$(piglit_key)
	[ -e "$PIGLIT_OUT/.complete" ] && return
	prepare_piglit
	build_into "$PIGLIT_OUT" "our piglit tests" build-piglit /src/piglit
}
