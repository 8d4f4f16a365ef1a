#!/bin/bash
# SPDX-License-Identifier: MIT
# Sway, unmodified: windows go where its IPC says.  Runs in the guest.
compositor=sway
. "$(dirname "$0")/sway_common.sh"

# on_screen CMD…: with the very buffer that the screen shows as descriptor 3.
on_screen() { timeout 120 build/guest/tests/guest/compositors/dmabuf-export "$@" >> "$out/work/sway-on-screen.log" 2>&1; }

# ---- composition under force_protected_content -------------------------------------

sway_drm forced
hold ordinary 20 --ordinary "$clip"
put ordinary 600 100

hold direct 5 --via direct "$rgb_clip"
put direct 100 100
look direct
shows_secure direct frame-5@100,100 "direct: the camera sees the secure window"
passes "direct: the client ends well" release direct

hold secure 5 "$clip"
put secure 100 100
look gl
shows_secure gl frame-5@100,100 "gl: the camera sees the secure window"
copies secure gl
passes "gl: a client that is handed the buffer on the screen cannot read it" on_screen protex probe 3
sees sway-gl-camera.png frame-20@600,100 "gl: the camera sees an ordinary window beside it"

put secure 500 450
put ordinary 660 450
tell ordinary focus
look below
sees sway-below-camera.png frame-20@660,450 "below an ordinary window: the camera sees that"
shows_secure below frame-5-left@500,450 "below an ordinary window: the camera sees what that leaves"

put secure 660 450
tell secure focus
tell secure 'opacity 0.5'
look translucent
shows_secure translucent frame-5-over-20@660,450 "translucent: the camera sees both windows"
passes "the secure client ends well" release secure

# ---- scan-out, in either case -------------------------------------------------------

scan_out() { # CASE
	hold "$1" 3 --via direct --fullscreen "$full_clip"
	look "$1"
	shows_secure "$1" full-3@0,0 "$1: the camera sees a secure window that fills the screen"
	copies secure "$1"
	passes "$1: its client ends well" release "$1"
	passes "$1: its buffers went straight to the display" was_scanned_out "$1"
}

scan_out scan-out
passes "the ordinary client ends well" release ordinary
passes "the protected Sway still runs" is_running
stop

# ---- without it --------------------------------------------------------------------

sway_drm unforced
hold unforced 5 "$clip"
hold ordinary 20 --ordinary "$clip"
put unforced 100 100
put ordinary 600 100
look unforced
sees sway-unforced-camera.png black:320x240@100,100 "not forced: a secure window is black"
sees sway-unforced-camera.png frame-20@600,100 "not forced: the camera sees an ordinary window"
keeps sway-unforced-capture.png sway-unforced-camera.png "not forced: and so does a screenshot"
passes "not forced: the secure client ends well" release unforced

# Composed, it would be black.
scan_out unforced-scan-out

# Ordinary buffers in their place.
hold control 5 --ordinary --via direct "$rgb_clip"
put control 100 100
look control
sees sway-control-camera.png frame-5@100,100 "control: the camera sees an ordinary window"
keeps sway-control-capture.png sway-control-camera.png "control: and so does a screenshot"
copies ordinary control
passes "control: a client that is handed the buffer on the screen can read it" on_screen sh -c 'protex probe 3; test $? = 2'
passes "control: the client ends well" release control
hold control-full 3 --ordinary --via direct --fullscreen "$full_clip"
look control-full
sees sway-control-full-camera.png full-3@0,0 "control: the camera sees an ordinary window that fills the screen"
keeps sway-control-full-capture.png sway-control-full-camera.png "control: and so does a screenshot of it"
copies ordinary control-full
passes "control: that client ends well" release control-full
passes "not forced: the ordinary client ends well" release ordinary
passes "the ordinary Sway still runs" is_running
stop
