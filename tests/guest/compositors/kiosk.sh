#!/bin/bash
# SPDX-License-Identifier: MIT
# protex-kiosk, our own compositor.  Runs in the guest.
suite=kiosk compositor=kiosk
. "$(dirname "$0")/common.sh"
# There is neither a virtual terminal nor udev, which finds input devices.
export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1

capture() { grim "$out/$1"; }

# ---- before, while and after a secure window is visible ------------------------------

start protex-kiosk
hold ordinary 20 --ordinary "$clip"
camera "$out/kiosk-before-camera.png"
capture kiosk-before-capture.png
sees kiosk-before-camera.png frame-20 "before: the camera sees an ordinary window"
agrees kiosk-before-capture.png kiosk-before-camera.png "before: a screenshot is what the camera sees"

hold secure 5 "$clip"
camera "$out/kiosk-while-camera.png"
capture kiosk-while-capture.png
sees kiosk-while-camera.png frame-20 "while: the camera sees the ordinary window"
sees kiosk-while-camera.png frame-5 "while: the camera sees the secure window"
hides kiosk-while-capture.png kiosk-while-camera.png "while: a screenshot has black there"
agrees kiosk-while-capture.png kiosk-while-camera.png "while: and beside it what the camera sees"

passes "the secure client ends well" release secure
camera "$out/kiosk-after-camera.png"
capture kiosk-after-capture.png
sees kiosk-after-camera.png frame-20 "after: the camera sees the ordinary window"
agrees kiosk-after-capture.png kiosk-after-camera.png "after: a screenshot is what the camera sees"
passes "the ordinary client ends well" release ordinary
passes "the kiosk still runs" is_running
stop
passes "the kiosk ends on SIGTERM with status 143" test $? = 143

# ---- where nothing is protected ------------------------------------------------------

start protex-kiosk --ordinary
hold unprotected 5 "$clip"
hold beside 20 --ordinary "$clip"
camera "$out/kiosk-ordinary-camera.png"
capture kiosk-ordinary-capture.png
sees kiosk-ordinary-camera.png black:320x240 "--ordinary: a secure window is black"
sees kiosk-ordinary-camera.png frame-20 "--ordinary: the camera sees an ordinary window"
agrees kiosk-ordinary-capture.png kiosk-ordinary-camera.png "--ordinary: and so does a screenshot"
passes "--ordinary: the secure client ends well" release unprotected
passes "--ordinary: the ordinary client ends well" release beside
stop

# ---- as a command ------------------------------------------------------------------

unset WAYLAND_DISPLAY
protex-kiosk sh -c 'test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" && exit 7'
passes "a command has the kiosk's socket, and the kiosk its status" test $? = 7
WLR_BACKENDS=wayland WAYLAND_DISPLAY=none protex-kiosk > "$out/work/none.log" 2>&1
passes "without a display the status is 3" test $? = 3
