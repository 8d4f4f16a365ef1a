#!/bin/bash
# SPDX-License-Identifier: MIT
# Weston, unmodified, with the DRM backend and the GL renderer.  Runs in the guest.
compositor=weston
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/weston_common.sh"

# ---- composition under force_protected_content -------------------------------------

weston_drm forced
until_true shows_desktop
hold ordinary 20 --ordinary "$clip"
arrange ordinary move 600 100

hold direct 5 --via direct "$rgb_clip"
arrange direct move 100 100
look direct
shows_secure direct frame-5@100,100 "direct: the camera sees the secure window"
passes "direct: the client ends well" release direct

hold yuv 5 --via direct "$clip"
arrange yuv move 100 100
look yuv
shows_secure yuv frame-5-nearest@100,100 "yuv: the camera sees the secure window"
passes "yuv: the client ends well" release yuv

hold secure 5 "$clip"
arrange secure move 100 100
look gl
shows_secure gl frame-5@100,100 "gl: the camera sees the secure window"
sees weston-gl-camera.png frame-20@600,100 "gl: the camera sees an ordinary window beside it"

arrange secure move 500 450
look moved
shows_secure moved frame-5@500,450 "moved: the camera sees it there"

arrange ordinary move 660 450
arrange ordinary raise
look below
sees weston-below-camera.png frame-20@660,450 "below an ordinary window: the camera sees that"
shows_secure below frame-5-left@500,450 "below an ordinary window: the camera sees what that leaves"

arrange secure raise
arrange secure move 660 450
arrange secure opacity 0.5
look translucent
shows_secure translucent frame-5-over-20@660,450 "translucent: the camera sees both windows"

arrange secure opacity 1
arrange secure move 100 390
arrange secure scale 1.5
look scaled
shows_secure scaled frame-5-large@100,390 "scaled: the camera sees it"

passes "the secure client ends well" release secure
passes "the ordinary client ends well" release ordinary
passes "the protected Weston still runs" is_running
stop

# ---- without it --------------------------------------------------------------------

weston_drm unforced
until_true shows_desktop
hold unforced 5 "$clip"
hold unforced-ordinary 20 --ordinary "$clip"
arrange unforced move 100 100
arrange unforced-ordinary move 600 100
look unforced
sees weston-unforced-camera.png black:320x240@100,100 "not forced: a secure window is black"
sees weston-unforced-camera.png frame-20@600,100 "not forced: the camera sees an ordinary window"
keeps weston-unforced-capture.png weston-unforced-camera.png "not forced: and so does a screenshot"
passes "not forced: the secure client ends well" release unforced

hold unforced-direct 5 --via direct "$rgb_clip"
arrange unforced-direct move 100 100
look unforced-direct
sees weston-unforced-direct-camera.png black:320x240@100,100 "not forced, direct: a secure window is black"
passes "not forced, direct: the secure client ends well" release unforced-direct

# An ordinary buffer in its place.
hold control 5 --ordinary --via direct "$rgb_clip"
arrange control move 100 100
look control
sees weston-control-camera.png frame-5@100,100 "control: the camera sees an ordinary window"
keeps weston-control-capture.png weston-control-camera.png "control: and so does a screenshot"
passes "control: the client ends well" release control
passes "not forced: the ordinary client ends well" release unforced-ordinary
passes "the ordinary Weston still runs" is_running
stop

# ---- weston-direct-display --------------------------------------------------------------

# Weston 14 puts no client's buffer on a plane that knows of no modifiers, as virtio-gpu's,
# nor draws these: docs/compositors.md.  So it shows the dark red that it has for them.
weston_drm unforced --shell=kiosk
for kind in secure ordinary; do
	options=--ordinary
	[ $kind = ordinary ] || options=
	hold direct-display-$kind 3 $options --via scanout --fullscreen "$full_clip"
	look direct-display-$kind
	sees weston-direct-display-$kind-camera.png '#660000:1024x768@0,0' "direct display: Weston does not draw the $kind window"
	keeps weston-direct-display-$kind-capture.png weston-direct-display-$kind-camera.png \
		"direct display: nor does a screenshot show the $kind window"
	passes "direct display: the $kind client ends well" release direct-display-$kind
done
passes "direct display: Weston still runs" is_running
stop
