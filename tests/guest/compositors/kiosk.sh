#!/bin/bash
# SPDX-License-Identifier: MIT
# protex-kiosk, our own compositor.  Runs in the guest.
suite=kiosk compositor=kiosk
. "$(dirname "$0")/common.sh"
# There is neither a virtual terminal nor udev, which finds input devices.
export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1

# ---- an ordinary window ------------------------------------------------------------

start protex-kiosk
hold ordinary 20 --ordinary "$clip"
camera "$out/kiosk-ordinary-camera.png"
grim "$out/kiosk-ordinary-capture.png"
sees kiosk-ordinary-camera.png frame-20 "the camera sees an ordinary window"
keeps kiosk-ordinary-capture.png kiosk-ordinary-camera.png "and so does a screenshot"
passes "the ordinary client ends well" release ordinary
passes "the kiosk still runs" is_running
stop
passes "the kiosk ends on SIGTERM with status 143" test $? = 143

# ---- as a command ------------------------------------------------------------------

unset WAYLAND_DISPLAY
protex-kiosk sh -c 'test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" && exit 7'
passes "a command has the kiosk's socket, and the kiosk its status" test $? = 7
WLR_BACKENDS=wayland WAYLAND_DISPLAY=none protex-kiosk > "$out/work/none.log" 2>&1
passes "without a display the status is 3" test $? = 3
