# SPDX-License-Identifier: MIT
# What the scripts share in which Weston, unmodified, has the DRM backend and the GL renderer. Sourced after common.sh.
export SEATD_VTBOUND=0

cat > /tmp/weston.ini << 'END'
[output]
name=Virtual-1
mode=1024x768
END

weston_drm() { # forced|unforced OPTION…
	configure "$1"
	start weston --config=/tmp/weston.ini --idle-time=0 "${@:2}" --backend=drm --renderer=gl --continue-without-input --debug --socket=wayland-1 \
		--modules="$PWD/build/guest/tests/guest/compositors/weston-arrange.so"
}

shows_desktop() {
	camera "$out/work/desktop.png" && [ "$(build/guest/tests/tools/image colours "$out/work/desktop.png")" -gt 100 ]
}

# arrange NAME move X Y|scale FACTOR|opacity ALPHA|raise: a client's window, until that is shown.
arrange() {
	local answer
	answer=$(echo "${player_pid[$1]} ${*:2}" |
		timeout 120 socat -t 120 - "UNIX-CONNECT:$XDG_RUNTIME_DIR/arrange" 2>&1) && [ -z "$answer" ] ||
		echo "arrange $*: $answer" >&2
}

# look NAME: pictures $compositor-NAME-camera.png and $compositor-NAME-capture.png.
look() {
	camera "$out/$compositor-$1-camera.png"
	rm -rf /tmp/shot
	mkdir /tmp/shot
	(cd /tmp/shot && timeout 120 weston-screenshooter)
	mv /tmp/shot/wayland-screenshot-*.png "$out/$compositor-$1-capture.png"
}
