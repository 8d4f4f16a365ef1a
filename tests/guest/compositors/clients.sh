#!/bin/bash
# SPDX-License-Identifier: MIT
# Clients that do what a player does not, in Sway: with our driconf file secure ones, and without it the same
# with ordinary buffers, which a screenshot does get.  Runs in the guest.
compositor=clients
. "$(dirname "$0")/sway_common.sh"

test_window() { # NAME WHAT [--ordinary]
	run_client "$1" build/guest/tests/guest/compositors/test-window "${@:2}"
}

for kind in secure ordinary; do
	option=--ordinary forced=unforced
	[ $kind = ordinary ] || option='' forced=forced
	sway_drm $forced

	# Its window is an ordinary one in either case.
	name=$kind-popup
	test_window $name popup $option
	until_true has_begun_or_ended $name
	put $name 100 100
	look $name
	sees clients-$name-camera.png '#c08040:40x300@100,100' "$kind popup: the camera sees the ordinary window below it"
	shows $kind $name squares@140,130 "$kind popup: the camera sees the popup"
	passes "$kind popup: its client ends well" release $name

	name=$kind-handed
	test_window $name handed $option
	until_true has_begun_or_ended $name
	put $name 100 100
	look $name
	shows $kind $name squares@100,100 "$kind buffer from another process: the camera sees it"
	passes "$kind buffer from another process: the client ends well" release $name

	# Its buffer is drawn to all the time, also while the display shows it.
	name=$kind-reuse
	test_window $name reuse $option
	until_true has_said_or_ended $name draws
	put $name 100 100
	wlroots_capture clients-$name-drawing-capture.png
	send_line $name
	until_true has_begun_or_ended $name
	look $name
	shows $kind $name squares@100,100 "$kind buffer, used again while it is shown: the camera sees the last picture"
	[ $kind = ordinary ] ||
		hides clients-$name-drawing-capture.png clients-$name-camera.png \
			"$kind buffer, used again while it is shown: nor did a screenshot while it was drawn to"
	passes "$kind buffer, used again while it is shown: the client ends well" release $name
	passes "$kind clients: Sway still runs" is_running
	stop
done

# ---- a compositor that takes no dma-bufs -------------------------------------------------

# Its feedback decides, and not a try.
is_refused() {
	local status=0
	timeout 120 protex play --output wayland --via direct "$rgb_clip" < /dev/null > "$out/work/clients-refused.log" 2>&1 || status=$?
	[ $status = 3 ] && grep -q 'the compositor takes no dma-bufs' "$out/work/clients-refused.log"
}
export WLR_RENDERER=pixman
sway_drm unforced
passes "no dma-bufs: the player says so, and ends" is_refused
passes "no dma-bufs: Sway still runs" is_running
stop
