#!/bin/bash
# SPDX-License-Identifier: MIT
# Cage, unmodified: a kiosk, whose only window fills the monitor.  Runs in the guest.
compositor=cage
. "$(dirname "$0")/common.sh"
wlroots_environment

cage_drm() { # forced|unforced
	configure "$1"
	start cage -- sh -c 'echo $$ > /tmp/cage.client && exec sleep infinity'
	until_true wlr-randr --output Virtual-1 --mode 1024x768
}

# It ends when its first client does, and not before.
cage_stop() {
	kill "$(< /tmp/cage.client)"
	wait "$compositor_pid" 2> /dev/null || true
}

# Cage shows one window and nothing else, so that one of a single surface is never
# composed, whoever drew it.  Of --via direct, the border is a surface, too.
for case in forced unforced; do
	cage_drm $case
	hold $case-composed 5 --via direct "$rgb_clip"
	look $case-composed
	if [ $case = forced ]; then
		shows_secure $case-composed frame-5@352,264 "$case: the camera sees a secure window that is composed"
		copies secure $case-composed
	else
		sees cage-$case-composed-camera.png black:320x240@352,264 "$case: a secure window that is composed is black"
	fi
	passes "$case: its client ends well" release $case-composed

	hold $case-yuv 5 --via direct "$clip"
	look $case-yuv
	if [ $case = forced ]; then
		shows_secure $case-yuv frame-5@352,264 "$case: the camera sees a secure window of YUV"
	else
		sees cage-$case-yuv-camera.png black:320x240@352,264 "$case: a secure window of YUV is black"
	fi
	passes "$case: its client ends well" release $case-yuv

	hold $case-gl 5 "$clip"
	look $case-gl
	shows_secure $case-gl frame-5@352,264 "$case: the camera sees a secure window that is scanned out"
	passes "$case: its client ends well" release $case-gl
	passes "$case: its buffers went straight to the display" was_scanned_out $case-gl

	hold $case-direct 3 --via direct --fullscreen "$full_clip"
	look $case-direct
	shows_secure $case-direct full-3@0,0 "$case: the camera sees dma-bufs that are scanned out"
	copies secure $case-direct
	passes "$case: their client ends well" release $case-direct
	passes "$case: they went straight to the display" was_scanned_out $case-direct
	passes "$case: Cage still runs" is_running
	[ $case = unforced ] || cage_stop
done

# Ordinary buffers in their place, in the unforced one.
for via in direct gl; do
	file=$rgb_clip
	[ $via = direct ] || file=$clip
	hold control-$via 5 --ordinary --via $via "$file"
	look control-$via
	sees cage-control-$via-camera.png frame-5@352,264 "control, $via: the camera sees an ordinary window"
	keeps cage-control-$via-capture.png cage-control-$via-camera.png "control, $via: and so does a screenshot"
	copies ordinary control-$via
	passes "control, $via: the client ends well" release control-$via
done
passes "the ordinary Cage still runs" is_running
cage_stop
