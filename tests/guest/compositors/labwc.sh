#!/bin/bash
# SPDX-License-Identifier: MIT
# labwc, unmodified: windows go where its rules say, by their titles, and out of the way of its cursor, which is at
# 100,100.  Runs in the guest.
compositor=labwc
. "$(dirname "$0")/common.sh"
wlroots_environment

mkdir -p /tmp/labwc.config
cat > /tmp/labwc.config/rc.xml << 'END'
<labwc_config>
  <windowRules>
    <windowRule identifier="protex" serverDecoration="no"/>
    <windowRule title="left*"><action name="MoveTo" x="120" y="200"/></windowRule>
    <windowRule title="over*"><action name="MoveTo" x="280" y="200"/></windowRule>
    <windowRule title="right*"><action name="MoveTo" x="600" y="200"/></windowRule>
  </windowRules>
</labwc_config>
END
# A window's title is the clip's file name.
ln -s "$PWD/$clip" /tmp/left.protex
ln -s "$PWD/$clip" /tmp/over.protex
ln -s "$PWD/$clip" /tmp/right.protex
ln -s "$PWD/$rgb_clip" /tmp/left-rgb.protex

labwc_drm() { # forced|unforced
	configure "$1"
	# It shows a cursor without a mouse, too. That has a plane if it is not protected, and keeps others off theirs if it has none.
	unset WLR_NO_HARDWARE_CURSORS
	[ "$1" = unforced ] || export WLR_NO_HARDWARE_CURSORS=1
	start labwc -C /tmp/labwc.config
	until_true wlr-randr --output Virtual-1 --mode 1024x768
}

# secure CASE NAME FRAME@X,Y STATEMENT: the secure window is there, or without our file black.
secure() {
	if [ "$1" = forced ]; then
		shows_secure "$1-$2" "$3" "$1, $2: the camera sees $4"
	else
		sees "labwc-$1-$2-camera.png" "black:320x240@${3#*@}" "$1, $2: $4 is black"
	fi
}

# ordinary CASE NAME FRAME@X,Y: the camera sees it; a protected labwc gives no screenshot.
ordinary() {
	sees "labwc-$1-$2-camera.png" "$3" "$1, $2: the camera sees the ordinary window"
	[ "$1" = forced ] ||
		keeps "labwc-$1-$2-capture.png" "labwc-$1-$2-camera.png" "$1, $2: and so does a screenshot"
}

for case in forced unforced; do
	labwc_drm $case
	hold $case-ordinary 20 --ordinary /tmp/right.protex
	hold $case-direct 5 --via direct /tmp/left-rgb.protex
	look $case-direct
	secure $case direct frame-5@120,200 "the secure window of dma-bufs"
	passes "$case, direct: the client ends well" release $case-direct

	hold $case-gl 5 /tmp/left.protex
	look $case-gl
	secure $case gl frame-5@120,200 "the secure window drawn with GL"
	ordinary $case gl frame-20@600,200
	hold $case-over 20 --ordinary /tmp/over.protex
	look $case-over
	ordinary $case over frame-20@280,200
	[ $case = unforced ] ||
		secure $case over frame-5-left@120,200 "what the window over it leaves"
	passes "$case, over: the client ends well" release $case-over
	passes "$case, gl: the client ends well" release $case-gl

	hold $case-full 3 --via direct --fullscreen "$full_clip"
	look $case-full
	shows_secure $case-full full-3@0,0 "$case, full: the camera sees a secure window that fills the screen"
	passes "$case, full: the client ends well" release $case-full
	[ $case = forced ] ||
		passes "$case, full: its buffers went straight to the display" was_scanned_out $case-full
	passes "$case: the ordinary client ends well" release $case-ordinary
	passes "$case: labwc still runs" is_running
	[ $case = unforced ] || stop
done

# An ordinary buffer in its place, in the unforced one.
hold control 5 --ordinary --via direct /tmp/left-rgb.protex
look control
shows ordinary control frame-5@120,200 "control: the camera sees an ordinary window"
passes "control: the client ends well" release control
passes "control: labwc still runs" is_running
stop
