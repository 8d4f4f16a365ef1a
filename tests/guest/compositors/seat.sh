#!/bin/bash
# SPDX-License-Identifier: MIT
# A cursor over a secure window, and a compositor that is not the display's master for a while: in Sway, protected by
# our driconf file, and then without it the same with ordinary buffers.  Runs in the guest.
compositor=seat
. "$(dirname "$0")/sway_common.sh"

# The guest has no udev, which would tell libinput what QEMU's tablet is. Where it would have written that:
unset WLR_LIBINPUT_NO_DEVICES
for device in /sys/class/input/event*; do
	grep -q Tablet "$device/device/name" || continue
	mkdir -p /run/udev/data
	printf 'I:1\nE:ID_INPUT=1\nE:ID_INPUT_MOUSE=1\n' > "/run/udev/data/c$(< "$device/dev")"
done

export WLR_NO_HARDWARE_CURSORS=1
for kind in secure ordinary; do
	option=--ordinary forced=unforced
	[ $kind = ordinary ] || option='' forced=forced
	sway_drm $forced
	hold $kind 5 $option --via direct "$rgb_clip"
	put $kind 100 100

	swaymsg 'seat * cursor set 800 600' > /dev/null
	look $kind-beside
	shows $kind $kind-beside frame-5@100,100 "$kind, the cursor beside it: the camera sees the window"
	swaymsg 'seat * cursor set 240 200' > /dev/null
	look $kind-cursor
	shows $kind $kind-cursor frame-5@100,100 "$kind, the cursor over it: the camera sees the window"
	differs seat-$kind-cursor-camera.png seat-$kind-beside-camera.png 40x40+235+195 "$kind, the cursor over it: and the cursor"
	passes "$kind: Sway still runs" is_running

	# ---- the display is another's for a while ----
	run_client $kind-master build/guest/tests/guest/compositors/take-master "$compositor_pid"
	until_true has_said_or_ended $kind-master held
	# A screenshot would wait for Sway's next frame.
	camera "$out/seat-$kind-away-camera.png"
	sees seat-$kind-away-camera.png '#804080:1024x768@0,0' "$kind, another master: the camera sees that one's picture"
	send_line $kind-master
	until_true has_said_or_ended $kind-master 'given back'
	# It was not told, and may have nothing new to draw.
	swaymsg 'seat * cursor set 800 600' > /dev/null
	look $kind-back
	shows $kind $kind-back frame-5@100,100 "$kind, master again: the camera sees the window"
	passes "$kind: the other master ends well" release $kind-master
	passes "$kind: the client ends well" release $kind
	passes "$kind, master again: Sway still runs" is_running
	stop
done

# ---- the cursor on a plane of its own ------------------------------------------------

unset WLR_NO_HARDWARE_CURSORS
is_on_plane() { grep -A 1 plane-1 /sys/kernel/debug/dri/0/state | grep -q crtc=crtc-0; }

sway_drm unforced
hold plane 3 --via direct --fullscreen "$full_clip"
swaymsg 'seat * cursor set 800 600' > /dev/null
look plane-beside
swaymsg 'seat * cursor set 240 200' > /dev/null
look plane-cursor
shows secure plane-cursor full-3@0,0 "on its plane, the cursor over a secure window: the camera sees the window"
passes "on its plane, the cursor over a secure window: it is there" is_on_plane
agrees seat-plane-cursor-camera.png seat-plane-beside-camera.png "on its plane, the cursor: QEMU's window does not show it"
wlroots_capture seat-plane-overlay-capture.png -c
lacks seat-plane-overlay-capture.png full-3@0,0 "on its plane, the cursor over a secure window: nor does a screenshot with the cursor show that"
passes "on its plane, the cursor: the client ends well" release plane
passes "on its plane, the cursor: the window's buffers went straight to the display" was_scanned_out plane
stop

# Sway draws it into a protected buffer, which Linux shows on no cursor's plane.
: > "$out/work/seat.log"
is_refused() { grep -q 'Atomic commit failed: Permission denied' "$out/work/seat.log"; }
sway_drm forced
hold refused 5 --via direct "$rgb_clip"
swaymsg 'seat * cursor set 240 200' > /dev/null
passes "on its plane, a protected cursor: it is refused" until_true is_refused
release refused
stop
