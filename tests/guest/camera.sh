#!/bin/bash
# SPDX-License-Identifier: MIT
# Shows pictures in several sizes, one after the other, and compares what the
# camera took with them.  Runs in the guest.
set -eu
for show in "1280 1024 1" "640 360 2" "854 480 3" "854 480 4" "1920 1080 5"; do
	read -r width height seed <<< "$show"
	coproc show { build/guest/tests/guest/pattern "$width" "$height" "$seed"; }
	read -r _ <&"${show[0]}"
	camera /tmp/camera.png
	eval "exec ${show[1]}>&-"
	wait "$show_PID"
	build/guest/tests/guest/pattern "$width" "$height" "$seed" /tmp/reference.png
	echo "$width×$height: how many pixels differ:"
	build/guest/tests/tools/image same /tmp/camera.png /tmp/reference.png
done
