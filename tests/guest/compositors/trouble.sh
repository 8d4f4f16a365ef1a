#!/bin/bash
# SPDX-License-Identifier: MIT
# What goes wrong around secure windows, and more of them than usual: in Sway, protected
# by the option.  Runs in the guest.
compositor=trouble xwayland=enable
. "$(dirname "$0")/sway_common.sh"

# ends NAME: the client does by itself, within the ten minutes of until_true.
ends() { until_true has_ended "$1"; }

# has_taken_size NAME "WIDTH HEIGHT": that was the last size that Sway asked for, the client has committed a picture in it,
# and Sway has read that since it asks for the next.
has_taken_size() {
	awk -v size="configure(${2/ /, }, " '
		/xdg_toplevel#.*\.configure\(/ { step = index($0, size) ? 1 : 0 }
		step == 1 && /-> xdg_surface#.*\.ack_configure\(/ { step = 2 }
		step == 2 && /-> wl_surface#.*\.commit\(/ { step = 3 }
		step == 3 && /wl_callback#.*\.done\(/ { step = 4 }
		END { exit step != 4 }' "/tmp/$1.wayland"
}

# ---- two processes, and an X client ---------------------------------------------------

sway_drm forced
hold one 5 "$clip"
hold other 20 --via direct "$rgb_clip"
put one 20 20
put other 660 20
convert "$out/work/frame-12.png" "xwd:/tmp/frame-12.xwd"
DISPLAY=:0 xwud -in /tmp/frame-12.xwd &
x_client=$!
until_true swaymsg '[shell="xwayland"] floating enable, border none, move absolute position 340 400' > /dev/null 2>&1
look two
shows_secure two frame-5@20,20 "two: the camera sees the secure window of one process"
shows_secure two frame-20@660,20 "two: and that of another"
sees trouble-two-camera.png frame-12@340,400 "the camera sees an X client's window beside them"

# ---- resized while it plays --------------------------------------------------------------

# What the client and Sway tell each other is much, and goes to memory.
run_client resized sh -c 'exec env WAYLAND_DEBUG=client protex play --output wayland --json --fps 0 --hold 5 --scale "$1" \
	2> /tmp/resized.wayland' sh "$clip"
until_true has_begun_or_ended resized
put resized 20 300
for size in '200 150' '400 100' '100 400' '480 360'; do
	tell resized "resize set $size"
	# Not until the one before was answered (docs/compositors.md).
	until_true has_taken_size resized "$size"
done
put resized 20 300
look resized
shows_secure resized frame-5-large@20,300 "resized: the camera sees it in its new size"
passes "resized: the client ends well" release resized

# ---- a client is killed ---------------------------------------------------------------------

# It draws the frame again and again.
kill -9 "${player_pid[one]}"
until_true has_no_window one
look killed
sees trouble-killed-camera.png '#408040:320x240@20,20' "killed: the camera sees nothing of its window"
shows_secure killed frame-20@660,20 "killed: but the other secure window"
passes "killed: the other client ends well" release other
passes "killed: the X client still runs" kill "$x_client"
passes "killed: Sway still runs" is_running

# ---- sixteen ----------------------------------------------------------------------------------

# One that is hidden behind others is never asked for a frame.
for ((i = 0; i < 16; i++)); do
	begin "small-$i" 5 "$small_clip"
	until_true has_window "small-$i"
	put "small-$i" $((20 + i % 4 * 250)) $((20 + i / 4 * 180))
done
for ((i = 0; i < 16; i++)); do
	until_true has_begun_or_ended "small-$i"
done
look sixteen
for ((i = 0; i < 16; i++)); do
	shows_secure sixteen "small-5@$((20 + i % 4 * 250)),$((20 + i / 4 * 180))" "sixteen: the camera sees secure window $((i + 1))"
done
for ((i = 1; i < 16; i++)); do
	passes "sixteen: client $((i + 1)) ends well" release "small-$i"
done

# ---- the compositor is killed, and another started ---------------------------------------------

kill -9 "$compositor_pid"
wait "$compositor_pid"
passes "when the compositor is killed, its client ends" ends small-0
sway_drm forced
hold again 5 "$clip"
put again 100 100
look again
shows_secure again frame-5@100,100 "another compositor: the camera sees a secure window"
passes "another compositor: its client ends well" release again
passes "another compositor: it still runs" is_running
stop
