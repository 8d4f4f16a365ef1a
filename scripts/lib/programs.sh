# SPDX-License-Identifier: MIT
# Our own programs as the guest runs them: built in the tool chain, below
# build/guest of the checkout.  Sourced after root.sh.

PROGRAMS=$PROTEX_TOP/build/guest

make_programs() {
	local layers
	[ -e "$PROTEX_TOP/meson.build" ] || return 0
	# What is built depends on which libraries are there.
	layers=$(cd "$ROOT_DIR" && echo .layer-*)
	if [ ! -e "$PROGRAMS/build.ninja" ] || [ "$(cat "$PROGRAMS/layers" 2> /dev/null)" != "$layers" ]; then
		run_logged "configuring our programs" "$PROTEX_CACHE/log/programs.log" \
			in_root meson setup build/guest $([ ! -e "$PROGRAMS/build.ninja" ] || echo --reconfigure)
		echo "$layers" > "$PROGRAMS/layers"
	fi
	in_root ninja -C build/guest -n | grep -q 'no work to do' ||
		run_logged "building our programs" "$PROTEX_CACHE/log/programs.log" \
			in_root ninja -C build/guest
}
