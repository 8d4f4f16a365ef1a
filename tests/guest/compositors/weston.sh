#!/bin/bash
# SPDX-License-Identifier: MIT
# Weston, unmodified, with the DRM backend and the GL renderer.  Runs in the guest.
compositor=weston
. "$(dirname "$0")/common.sh"
export SEATD_VTBOUND=0

weston_drm() {
	start env "$@" weston --backend=drm --renderer=gl --continue-without-input --debug --socket=wayland-1
	until_true shows_desktop
}

shows_desktop() {
	camera "$out/work/desktop.png" && [ "$(identify -format %k "$out/work/desktop.png")" -gt 100 ]
}

# screenshot FILE: what weston-screenshooter writes, if it writes anything.
screenshot() {
	rm -f /tmp/shot/*
	mkdir -p /tmp/shot
	(cd /tmp/shot && timeout 60 weston-screenshooter)
	mv /tmp/shot/wayland-screenshot-*.png "$out/$1"
}

# ---- composition under force_protected_content -------------------------------------

weston_drm force_protected_content=true
for via in gl; do
	hold secure-$via 5 --via $via "$clip"
	hold ordinary 20 --ordinary "$clip"
	camera "$out/weston-$via-camera.png"
	screenshot weston-$via-capture.png
	sees weston-$via-camera.png frame-5 "$via: the camera sees the secure window"
	hides weston-$via-capture.png weston-$via-camera.png "$via: a screenshot does not"
	sees weston-$via-camera.png frame-20 "$via: the camera sees an ordinary window beside it"
	passes "$via: the secure client ends well" release secure-$via
	passes "$via: the ordinary client ends well" release ordinary
done
passes "the protected Weston still runs" is_running
stop

# ---- without it --------------------------------------------------------------------

weston_drm force_protected_content=false
hold unforced 5 "$clip"
hold unforced-ordinary 20 --ordinary "$clip"
camera "$out/weston-unforced-camera.png"
screenshot weston-unforced-capture.png
sees weston-unforced-camera.png black:320x240 "not forced: a secure window is black"
sees weston-unforced-camera.png frame-20 "not forced: the camera sees an ordinary window"
keeps weston-unforced-capture.png weston-unforced-camera.png "not forced: and so does a screenshot"
passes "not forced: the secure client ends well" release unforced
passes "not forced: the ordinary client ends well" release unforced-ordinary
passes "the ordinary Weston still runs" is_running
stop
