#!/bin/bash
# SPDX-License-Identifier: MIT
# record.sh OUT: runs programs that draw protected content, and records their
# submissions below OUT, in a folder for each.
# record.sh OUT measure: measures instead what the check of submissions costs, in the
# player and in Weston.
# Runs in the guest, for scripts/fuzz; OUT has a clip to play, clip.protex.
out=$1 what=${2:-record}
export MESA_SHADER_CACHE_DISABLE=true

# run NAME COMMAND…: whatever becomes of the command.
run() {
	local name=$1 status=0
	shift
	if [ "$what" = record ]; then
		mkdir -p "$out/$name"
		export FUZZ_RECORD=$out/$name
	else
		export FUZZ_MEASURE=$out/$name.%
	fi
	LD_PRELOAD=$PWD/build/guest/tests/fuzz/librecord.so timeout 300 "$@" \
		>> "$out/$name.log" 2>&1 < /dev/null || status=$?
	if [ "$what" = record ]; then
		echo "$name: $(find "$out/$name" -type f | wc -l) submissions, $(find "$out/$name" -name 'refused-*' | wc -l) refused (status $status)"
	else
		sed -n 's/^# //p' "$out/$name".%*
	fi
}

if [ "$what" = record ]; then
	run egl_gl build/guest/tests/guest/egl_gl
	run gl_upload build/guest/tests/guest/gl_upload
	run egl_import build/guest/tests/guest/egl_import
fi
run play protex play --fps 0 --hold 0 "$out/clip.protex"

# Everything below knows nothing of protected content.
export force_protected_content=true

# Weston runs its clients when they can come, and ends with them. The first prints how many
# frames it drew every five seconds.
desktop() {
	weston --backend=drm --renderer=gl --continue-without-input --debug --socket=$WAYLAND_DISPLAY -- /bin/bash -c '
		stdbuf -oL weston-simple-egl | grep -m1 frames
		cd "$XDG_RUNTIME_DIR" && timeout 60 weston-screenshooter'
}
export XDG_RUNTIME_DIR=/tmp/record WAYLAND_DISPLAY=wayland-record SEATD_VTBOUND=0
mkdir -m 0700 -p "$XDG_RUNTIME_DIR"
export -f desktop
run weston bash -c desktop
[ "$what" = record ] || exit 0

# What uses the parts of GL that compositors do not.
export PIGLIT_PLATFORM=gbm
programs=$(echo /usr/lib/*/piglit/bin)
while read -r test arguments; do
	[ ! -x "$programs/$test" ] || run piglit "$programs/$test" $arguments -auto -fbo
done < tests/fuzz/piglit.list | tail -n 1
