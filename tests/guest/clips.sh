#!/bin/bash
# SPDX-License-Identifier: MIT
# clips.sh FOLDER: plays what must not be played, and what is not protected.
# Prints TAP.  Runs in the guest; the suite "demo" made the files in FOLDER.
. "$(dirname "$0")/../tap.sh"
folder=$1
routes=build/guest/tests/routes/protex-routes

# refuses WORDS FILE: play says WORDS in one line, and shows no frame.
refuses() {
	local status=0
	timeout 60 protex play --hold 0 "$folder/$2" < /dev/null > /tmp/out 2> /tmp/err || status=$?
	cat /tmp/out /tmp/err
	[ $status = 1 ] && [ ! -s /tmp/out ] && [ "$(wc -l < /tmp/err)" = 1 ] && grep -q "$1" /tmp/err
}

# Up to the damage it is played: what it holds there is the frame before.
stops_at_damage() {
	local status=0
	timeout 60 protex play --fps 0 --hold 1,3 --hold-exec true "$folder/$1" \
		> /tmp/out 2> /tmp/err || status=$?
	cat /tmp/out /tmp/err
	[ $status = 1 ] && grep -qx 'held 1' /tmp/out && ! grep -q 'held 3' /tmp/out &&
		[ "$(wc -l < /tmp/err)" = 1 ] && grep -q damaged /tmp/err
}

# The frame on the screen, while it is there: its dma-buf is descriptor 3, the
# screen's is descriptor 4.
nothing_reaches_the_frame() {
	timeout 120 protex play --hold 1 --hold-exec 'protex probe 3 && protex probe 4' \
		"$folder/good.protex"
}

ordinary_frame_is_reached() {
	local status=0
	timeout 120 protex play --ordinary --hold 1 --hold-exec 'protex probe 3; test $? = 2' \
		"$folder/good.protex" || status=$?
	[ $status = 0 ]
}

# The two are converted to RGB in different places, and rounded differently.
same_picture() {
	timeout 120 protex play --hold 2 --hold-exec "camera /tmp/protected.png" "$folder/good.protex" &&
		timeout 120 protex play --ordinary --hold 2 --hold-exec "camera /tmp/ordinary.png" \
			"$folder/good.protex" || return
	local decibels
	decibels=$(build/guest/tests/tools/image locate /tmp/protected.png /tmp/ordinary.png 0,0 | cut -d ' ' -f 3)
	echo "PSNR: $decibels dB"
	awk -v decibels="$decibels" 'BEGIN { exit !(decibels >= 40) }'
}

# With an ordinary buffer in the protected one's place all routes are open, and the
# program says so.
control_leaks() {
	local status=0
	"$routes" --control --json > /tmp/routes.json 2> /dev/null || status=$?
	cat /tmp/routes.json
	[ $status = 1 ] && jq -e 'length >= 16 and all(.leaked)' /tmp/routes.json
}

modprobe vgem
check "a video that was not packed is refused" refuses 'not a protex container' video.mp4
check "a container cut off in the middle is refused" refuses 'damaged\|truncated\|short' truncated.protex
check "a container with a damaged header is refused" refuses damaged header.protex
check "a container for another TA is refused" refuses authentic other-key.protex
check "playing stops before a damaged frame" stops_at_damage frame.protex
check "no route reaches the frame on the screen" nothing_reaches_the_frame
check "control: routes reach a frame in ordinary memory" ordinary_frame_is_reached
check "control: the routes are seen to leak an ordinary buffer" control_leaks
check "a protected frame looks like an ordinary one" same_picture
tap_end
