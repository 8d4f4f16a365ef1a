# SPDX-License-Identifier: MIT
# Mesa in which each behaviour of our series can be switched off, one at a time,
# to see which tests notice.  Sourced after mesa.sh.

MUTANTS=$PROTEX_TOP/tests/mutation

# make_mutants: sets MUTANTS_OUT to the folder it is installed in.  It has a tree of
# its own, which has no links into the checkout.
make_mutants() {
	MUTANTS_OUT=$PROTEX_CACHE/mutants-$(content_key "$PINS" "$PROTEX_TOP/src/mesa" "$MUTANTS" \
		"$PROTEX_TOP/scripts/lib/build-mesa" "$PROTEX_TOP/scripts/lib/build-mutants" \
		"$PROTEX_TOP/scripts/lib/mutants.py")
	[ -e "$MUTANTS_OUT/.complete" ] && return
	prepare_mesa
	build_into "$MUTANTS_OUT" "the mutants of Mesa" build-mutants /src/mesa /src/mesa-mutants
}
