#!/bin/bash
# SPDX-License-Identifier: MIT
# An unmodified Weston, and an unmodified client of it, under force_protected_content:
# the display shows them, and a screenshot does not.  Runs in the guest.
out=build/test/weston
number=0

ok() { # STATEMENT COMMAND…
	local statement=$1
	shift
	"$@" && echo "ok $((++number)) - $statement" || echo "not ok $((++number)) - $statement"
}

colours() { identify -format %k "$1"; }
is_black() { [ "$(colours "$1")" = 1 ] && [ "$(convert "$1" -format '%[fx:maxima]' info:)" = 0 ]; }
is_a_picture() { [ "$(colours "$1")" -gt 100 ]; }
differ() { [ "$(compare -metric AE "$1" "$2" null: 2>&1 | xargs printf %.0f)" -gt 10000 ]; }

# Runs a command twice a second, for a minute, until it succeeds.
until_true() {
	local i
	for ((i = 0; i < 120; i++)); do
		"$@" && return
		sleep 0.5
	done
	echo "waited in vain for: $*" >&2
	return 1
}

shows_desktop() { camera "$1" && is_a_picture "$1"; }

# Starts Weston, takes the camera's picture without and with a client, and Weston's own.
look() { # NAME
	export XDG_RUNTIME_DIR=/tmp/weston-$1 WAYLAND_DISPLAY=wayland-test SEATD_VTBOUND=0
	mkdir -m 0700 -p "$XDG_RUNTIME_DIR"
	weston --backend=drm --renderer=gl --continue-without-input --debug --socket=$WAYLAND_DISPLAY \
		> "$out/$1.log" 2>&1 &
	local weston=$! client
	until_true test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"
	until_true shows_desktop "$out/$1-desktop.png"
	stdbuf -oL weston-simple-egl > "$out/$1-client.log" 2>&1 &
	client=$!
	# When it has counted frames its window is there; it has to stand still for the camera.
	until_true grep -q frames "$out/$1-client.log"
	kill -STOP $client
	camera "$out/$1-client.png"
	(cd "$out" && rm -f wayland-screenshot-* && timeout 60 weston-screenshooter && mv wayland-screenshot-* "$1-screenshot.png")
	kill -KILL $client $weston
	wait 2> /dev/null
}

look ordinary
export force_protected_content=true
look forced
{
	ok "an ordinary Weston shows its desktop" is_a_picture $out/ordinary-desktop.png
	ok "and the window of a client" differ $out/ordinary-desktop.png $out/ordinary-client.png
	ok "and gives a screenshot of it" is_a_picture $out/ordinary-screenshot.png
	ok "a protected Weston shows its desktop" is_a_picture $out/forced-desktop.png
	ok "and the protected window of a client" differ $out/forced-desktop.png $out/forced-client.png
	ok "and gives a black screenshot" is_black $out/forced-screenshot.png
	echo "1..$number"
} > $out/weston.tap
