# SPDX-License-Identifier: MIT
# Mesa without our series, built as ours is, for scripts/bench: Debian's is built in another way.  Sourced after mesa.sh.

# make_plain_mesa: sets PLAIN_MESA_OUT to the folder that it is in.
make_plain_mesa() {
	PLAIN_MESA_OUT=$PROTEX_CACHE/mesa-plain-$(content_key "$PINS" "$PROTEX_TOP/scripts/lib/build-mesa")
	[ ! -e "$PLAIN_MESA_OUT/.complete" ] || return 0
	unpack_tree mesa-plain mesa mesa_25.0.7.orig
	build_into "$PLAIN_MESA_OUT" "Mesa without the series" build-mesa /src/mesa-plain
}
