# SPDX-License-Identifier: MIT
# Our own programs, built in the tool chain: below build/guest of the checkout as the host runs
# them, and the guest whose code is the host's; below build/guest-arm64 as another guest does, which
# has them in build/guest.  Sourced after root.sh.

PROGRAMS=$PROTEX_TOP/build/guest

# What is built depends on which libraries are there.
layers_here() { (cd "$ROOT_DIR" && echo .layer-*); }

make_programs() {
	make_programs_in build/guest "$(layers_here)"
}

make_guest_programs() {
	make_programs_in build/guest-arm64 "$GUEST_ROOT $(layers_here)" \
		--cross-file "/cache/$(basename "$GUEST_ROOT")/meson.ini" --cross-file scripts/optee/arm64.ini
}

# make_programs_in FOLDER WHY ARG...: WHY is what they are configured anew for when it is another.
make_programs_in() {
	local folder=$1 why=$2 name= log=$PROTEX_CACHE/log/programs-${TREES##*-}.log
	shift 2
	[ -e "$PROTEX_TOP/meson.build" ] || return 0
	[ $# = 0 ] || name=" for $MACHINE_ARCH"
	if [ ! -e "$PROTEX_TOP/$folder/build.ninja" ] || [ "$(cat "$PROTEX_TOP/$folder/layers" 2> /dev/null)" != "$why" ]; then
		[ $# = 0 ] || rm -rf "${PROTEX_TOP:?}/$folder"
		run_logged "configuring our programs$name" "$log" \
			in_root meson setup "$folder" "$@" $([ ! -e "$PROTEX_TOP/$folder/build.ninja" ] || echo --reconfigure)
		echo "$why" > "$PROTEX_TOP/$folder/layers"
	fi
	in_root ninja -C "$folder" -n | grep -q 'no work to do' ||
		run_logged "building our programs$name" "$log" \
			in_root ninja -C "$folder"
}

# The command, where it is built for the host.
protex() { in_root env LD_LIBRARY_PATH=/protex/build/guest/src/libprotex /protex/build/guest/src/cli/protex "$@"; }
