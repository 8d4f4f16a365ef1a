#!/bin/bash
# SPDX-License-Identifier: MIT
# protex-kiosk: a secure window moves between outputs, and the output goes and comes back
# under it.  The camera looks at one output; the other has no display (wlroots' headless
# backend), so of that one there are screenshots only.  Runs in the guest.
suite=kiosk compositor=kiosk_outputs
. "$(dirname "$0")/common.sh"
export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1

# What the kiosk said last of a screen.
said() { grep -E -o "$1 is (not )?protected" "$out/work/$compositor.log" | tail -n 1; }
says() { [ "$(said "${1%% *}")" = "$1" ]; }
move() { kill -USR1 "$compositor_pid"; }
has_none() { ! grim /tmp/output.png 2> /dev/null; }

look() {
	camera "$out/$compositor-$1-camera.png"
	grim -o Virtual-1 "$out/$compositor-$1-capture.png"
}

# secure NAME STATEMENT: the output shows the secure window, and a screenshot all but that.
secure() {
	shows_secure "$1" frame-5 "$2: the camera sees the secure window"
	agrees "$compositor-$1-capture.png" "$compositor-$1-camera.png" "$2: and beside it what the camera sees"
	sees "$compositor-$1-camera.png" frame-20 "$2: which is the ordinary window"
}

# other NAME STATEMENT FRAME…: a screenshot of the other output.
other() {
	local frame
	grim -o HEADLESS-1 "$out/$compositor-$1-other.png"
	for frame in "${@:3}"; do
		sees "$compositor-$1-other.png" "$frame" "$2: a screenshot of the other output shows $frame"
	done
	lacks "$compositor-$1-other.png" frame-5 "$2: and nothing of a secure window"
}

# ---- two outputs ------------------------------------------------------------------------

# The ordinary windows draw again and again, which makes QEMU show what is there.
WLR_BACKENDS=drm,headless WLR_HEADLESS_OUTPUTS=1 start protex-kiosk --mode 1024x768
hold first 20 --ordinary "$clip"
hold second 12 --ordinary "$clip"
hold secure 5 "$clip"
look one
secure one "two outputs"
other one "two outputs" frame-12
passes "two outputs: one is protected" says "Virtual-1 is protected"
passes "two outputs: the other never was" test -z "$(said HEADLESS-1)"

move
passes "moved: the output it went to is protected" until_true says "HEADLESS-1 is protected"
passes "moved: the one it left is no more" until_true says "Virtual-1 is not protected"
look moved
sees $compositor-moved-camera.png frame-20 "moved: the camera sees the ordinary window"
lacks $compositor-moved-camera.png frame-5 "moved: and no secure one"
agrees $compositor-moved-capture.png $compositor-moved-camera.png "moved: a screenshot is what the camera sees"
other moved "moved" frame-12

move
passes "moved back: that output is protected" until_true says "Virtual-1 is protected"
passes "moved back: the one it left is no more" until_true says "HEADLESS-1 is not protected"
look back
secure back "moved back"

connect off
passes "unplugged: the other output is protected" until_true says "HEADLESS-1 is protected"
other unplugged "unplugged" frame-20 frame-12

connect on
passes "plugged in: there is the output again" until_true has_output Virtual-1
# New windows go where there are fewest; this one goes there by the user's wish.
move
passes "plugged in: it is protected" until_true says "Virtual-1 is protected"
passes "plugged in: the other is no more" until_true says "HEADLESS-1 is not protected"
look plugged
shows_secure plugged frame-5 "plugged in: the camera sees the secure window"
agrees $compositor-plugged-capture.png $compositor-plugged-camera.png "plugged in: and beside it what the camera sees"
other plugged "plugged in" frame-20 frame-12
passes "plugged in: the secure client ends well" release secure
passes "plugged in: the first ordinary client ends well" release first
passes "plugged in: the second ordinary client ends well" release second
passes "plugged in: the kiosk still runs" is_running
stop

# ---- the only one -----------------------------------------------------------------------

: > "$out/work/$compositor.log"
start protex-kiosk --mode 1024x768
hold beside 20 --ordinary "$clip"
hold secure 5 "$clip"
connect off
passes "the only one unplugged: there is nothing to take a screenshot of" until_true has_none
passes "the only one unplugged: the kiosk still runs" is_running
connect on
passes "the only one plugged in: there it is" until_true has_output Virtual-1
look only
secure only "the only one plugged in"
passes "the only one plugged in: it is protected" says "Virtual-1 is protected"
passes "the only one plugged in: the secure client ends well" release secure
passes "the only one plugged in: then it is not protected" until_true says "Virtual-1 is not protected"
look last
sees $compositor-last-camera.png frame-20 "at the end: the camera sees the ordinary window"
agrees $compositor-last-capture.png $compositor-last-camera.png "at the end: a screenshot is what the camera sees"
passes "at the end: the ordinary client ends well" release beside
passes "at the end: the kiosk still runs" is_running
stop
