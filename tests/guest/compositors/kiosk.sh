#!/bin/bash
# SPDX-License-Identifier: MIT
# protex-kiosk, our own compositor.  Runs in the guest.
suite=kiosk compositor=kiosk
. "$(dirname "$0")/common.sh"
# There is neither a virtual terminal nor udev, which finds input devices.
export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1

capture() { grim "$out/$1"; }
# What the kiosk said last of a screen.
said() { grep -E -o "$1 is (not )?protected" "$out/work/kiosk.log" | tail -n 1; }
says() { [ "$(said "${1%% *}")" = "$1" ]; }

# ---- before, while and after a secure window is visible ------------------------------

start protex-kiosk --verbose
hold ordinary 20 --ordinary "$clip"
camera "$out/kiosk-before-camera.png"
capture kiosk-before-capture.png
sees kiosk-before-camera.png frame-20 "before: the camera sees an ordinary window"
agrees kiosk-before-capture.png kiosk-before-camera.png "before: a screenshot is what the camera sees"
copies ordinary before
passes "before: nothing is protected" test -z "$(said Virtual-1)"

# There and back again, three times.
film "$out/kiosk-film" sh -c 'for i in 1 2 3; do protex play --output wayland --fps 0 -n 8 "$1" || exit; done' \
	sh "$clip" > "$out/work/kiosk-film.log"
passes "while filmed: the secure clients end well" test $? = 0
steady kiosk-film kiosk-before-camera.png 320x240+320+0 "while filmed: nothing flickers"
passes "while filmed: it was protected three times" \
	test "$(grep -c 'Virtual-1 is protected' "$out/work/kiosk.log")" = 3

hold secure 5 "$clip"
camera "$out/kiosk-while-camera.png"
capture kiosk-while-capture.png
sees kiosk-while-camera.png frame-20 "while: the camera sees the ordinary window"
sees kiosk-while-camera.png frame-5 "while: the camera sees the secure window"
hides kiosk-while-capture.png kiosk-while-camera.png "while: a screenshot has black there"
agrees kiosk-while-capture.png kiosk-while-camera.png "while: and beside it what the camera sees"
copies secure while
agrees kiosk-while-dmabuf.png kiosk-while-camera.png "while: and beside it what the camera sees, too"
passes "while: the screen is protected" says "Virtual-1 is protected"

# Handed over by linux-dmabuf, as NV12.
hold direct 12 --via direct "$clip"
camera "$out/kiosk-direct-camera.png"
capture kiosk-direct-capture.png
sees kiosk-direct-camera.png frame-5 "two: the camera sees one secure window"
hides kiosk-direct-capture.png kiosk-direct-camera.png "two: a screenshot has black there"
sees kiosk-direct-camera.png frame-12 "two: the camera sees the other, in NV12 by linux-dmabuf"
hides kiosk-direct-capture.png kiosk-direct-camera.png "two: a screenshot has black there as well"
agrees kiosk-direct-capture.png kiosk-direct-camera.png "two: and beside them what the camera sees"
# docs/images/kiosk.png
convert "$out"/kiosk-direct-{camera,capture}.png -crop 1024x256+0+0 +repage -background white -gravity south \
	\( -clone 0 -splice 0x8 \) -delete 0 +swap -append "$out/kiosk.png"
passes "two: the direct client ends well" release direct

# A picture on a black surface of one pixel that is scaled up.
hold direct 12 --via direct --fullscreen "$clip"
camera "$out/kiosk-subsurface-camera.png"
capture kiosk-subsurface-capture.png
sees kiosk-subsurface-camera.png frame-12@480,392 "the camera sees a secure subsurface"
hides kiosk-subsurface-capture.png kiosk-subsurface-camera.png "a screenshot has black there"
agrees kiosk-subsurface-capture.png kiosk-subsurface-camera.png "and beside it what the camera sees"
passes "the client of the subsurface ends well" release direct

# Ordinary memory, with text, a shadow that falls on the secure window, and a scaled picture.
grim /tmp/before.png
is_new() { grim /tmp/now.png && ! cmp -s /tmp/before.png /tmp/now.png; }
weston-image "$out/work/frame-12.png" > "$out/work/weston-image.log" 2>&1 &
image_pid=$!
passes "a window of wl_shm comes" until_true is_new
camera "$out/kiosk-shm-camera.png"
capture kiosk-shm-capture.png
sees kiosk-shm-camera.png frame-5 "the camera sees the secure window beside it"
hides kiosk-shm-capture.png kiosk-shm-camera.png "a screenshot has black there"
agrees kiosk-shm-capture.png kiosk-shm-camera.png "and beside it what the camera sees"
kill $image_pid
wait $image_pid

# ---- a window that covers the others ---------------------------------------------------

hold cover 20 --ordinary --fullscreen "$clip"
passes "behind another window it needs no protection" until_true says "Virtual-1 is not protected"
camera "$out/kiosk-cover-camera.png"
capture kiosk-cover-capture.png
sees kiosk-cover-camera.png frame-20 "the camera sees the window that covers it"
agrees kiosk-cover-capture.png kiosk-cover-camera.png "a screenshot is what the camera sees"
passes "the covering client ends well" release cover
passes "when that is gone, it is protected again" until_true says "Virtual-1 is protected"

hold full 5 --fullscreen "$out/work/screen.protex"
camera "$out/kiosk-full-camera.png"
capture kiosk-full-capture.png
sees kiosk-full-camera.png screen-5 "the camera sees a secure window that fills the screen"
hides kiosk-full-capture.png kiosk-full-camera.png "a screenshot has black there"
passes "the client that fills the screen ends well" release full
passes "its buffers went straight to the display" \
	test "$(sed 1d "$out/work/kiosk-full.log" | jq .presentation.zero_copy)" -gt 0

# ---- a client that is killed -------------------------------------------------------------

kill -9 "${player_pid[secure]}"
passes "when its client is killed, nothing is protected" until_true says "Virtual-1 is not protected"
camera "$out/kiosk-after-camera.png"
capture kiosk-after-capture.png
sees kiosk-after-camera.png frame-20 "after: the camera sees the ordinary window"
agrees kiosk-after-capture.png kiosk-after-camera.png "after: a screenshot is what the camera sees"
passes "the ordinary client ends well" release ordinary
passes "the kiosk still runs" is_running
kill "$compositor_pid"
wait "$compositor_pid"
passes "the kiosk ends on SIGTERM with status 143" test $? = 143
passes "no switch was a mode set" test "$(grep -c 'Modesetting with' "$out/work/kiosk.log")" = 1

# ---- clients that do what nobody does ----------------------------------------------------

odd_window() {
	run_client "$1" build/guest/tests/guest/compositors/odd-window "$1"
	until_true has_begun_or_ended "$1"
}

start protex-kiosk
hold beside 20 --ordinary "$clip"
odd_window orphans
camera "$out/kiosk-orphans-camera.png"
sees kiosk-orphans-camera.png '#c08040:320x240@320,0' "popups without parents: the camera sees the window"
passes "popups without parents: the client ends well" release orphans
odd_window again
passes "a window that becomes one again: the one beside it ends" release beside
camera "$out/kiosk-odd-camera.png"
sees kiosk-odd-camera.png '#4080c0:100x50@10,20' "a window that becomes one again: the camera sees its popup"
sees kiosk-odd-camera.png '#2e3340:320x240@320,0' "a window that becomes one again: the camera sees it once"
passes "a window that becomes one again: the client ends well" release again
passes "after odd clients the kiosk still runs" is_running
stop

# ---- two screens -----------------------------------------------------------------------

: > "$out/work/kiosk.log"
WLR_BACKENDS=drm,headless WLR_HEADLESS_OUTPUTS=1 start protex-kiosk
hold first 5 "$clip"
hold second 20 --ordinary "$clip"
camera "$out/kiosk-two-camera.png"
grim -o Virtual-1 "$out/kiosk-two-capture.png"
grim -o HEADLESS-1 "$out/kiosk-other-capture.png"
sees kiosk-two-camera.png frame-5 "two screens: the camera sees the secure window on one"
hides kiosk-two-capture.png kiosk-two-camera.png "two screens: a screenshot of that has black there"
agrees kiosk-two-capture.png kiosk-two-camera.png "two screens: and beside it what the camera sees"
sees kiosk-other-capture.png frame-20 "two screens: one of the other shows its ordinary window"
passes "two screens: one is protected" says "Virtual-1 is protected"
passes "two screens: the other never was" test -z "$(said HEADLESS-1)"
passes "two screens: the secure client ends well" release first
passes "two screens: the ordinary client ends well" release second
stop

# ---- screens that are turned -----------------------------------------------------------

# What the camera sees is turned back; a screenshot is as the windows stand.
turned() { # TRANSFORM OPTION-OF-CONVERT…
	local name=kiosk-turned-$1
	start protex-kiosk --transform "$1"
	hold turned 5 "$clip"
	hold beside 20 --ordinary "$clip"
	camera "$out/$name-camera.png"
	capture "$name-capture.png"
	mogrify "${@:2}" "$out/$name-camera.png"
	sees "$name-camera.png" frame-20 "turned by $1: the camera sees the ordinary window"
	sees "$name-camera.png" frame-5 "turned by $1: the camera sees the secure window"
	hides "$name-capture.png" "$name-camera.png" "turned by $1: a screenshot has black there"
	agrees "$name-capture.png" "$name-camera.png" "turned by $1: and beside it what the camera sees"
	passes "turned by $1: the secure client ends well" release turned
	passes "turned by $1: the ordinary client ends well" release beside
	stop
}
turned 90 -rotate 90
turned flipped-90 -transpose

# ---- many windows, and a kiosk that is killed --------------------------------------------

# Nothing ever comes, and no end of it.
mkfifo /tmp/nothing
exec {nothing}<> /tmp/nothing

many() { # one more window of as many players
	protex play --output wayland --fps 0 --hold 5 "$clip" <&$nothing > "/tmp/many-$1.log" 2>&1 &
	many_pids+=($!)
}
all_held() { [ "$(grep -l '^held 5' /tmp/many-*.log | wc -l)" = 16 ]; }
none_left() { ! kill -0 "${many_pids[@]}" 2> /dev/null; }

start protex-kiosk
for ((i = 0; i < 16; i++)); do
	many $i
done
# Sixteen starts take their time.
for ((i = 0; i < 4; i++)); do
	until_true all_held && break
done
passes "16 secure windows play" all_held
camera "$out/kiosk-many-camera.png"
capture kiosk-many-capture.png
for ((i = 0; i < 16; i++)); do
	sees kiosk-many-camera.png frame-5@$((i % 4 * 320)),$((i / 4 * 240)) "16: the camera sees the secure window $i"
	hides kiosk-many-capture.png kiosk-many-camera.png "16: a screenshot has black there"
done
agrees kiosk-many-capture.png kiosk-many-camera.png "16: and beside them what the camera sees"
kill -9 $compositor_pid
wait $compositor_pid 2> /dev/null
passes "when the kiosk is killed, its clients end" until_true none_left

start protex-kiosk
hold again 5 "$clip"
camera "$out/kiosk-again-camera.png"
capture kiosk-again-capture.png
sees kiosk-again-camera.png frame-5 "another kiosk: the camera sees a secure window"
hides kiosk-again-capture.png kiosk-again-camera.png "another kiosk: a screenshot has black there"
passes "another kiosk: the secure client ends well" release again
stop

# ---- without protected memory ------------------------------------------------------------

touch /tmp/no-memory
: > "$out/work/kiosk.log"
start env LD_PRELOAD="$PWD/build/guest/tests/guest/compositors/libno-memory.so" protex-kiosk
hold beside 20 --ordinary "$clip"
hold secure 5 "$clip"
camera "$out/kiosk-memory-camera.png"
capture kiosk-memory-capture.png
sees kiosk-memory-camera.png frame-20 "no memory: the camera sees the ordinary window"
sees kiosk-memory-camera.png black:320x240@320,0 "no memory: the secure window is black"
agrees kiosk-memory-capture.png kiosk-memory-camera.png "no memory: a screenshot is what the camera sees"
passes "no memory: the screen is not protected" test -z "$(said Virtual-1)"
rm /tmp/no-memory
passes "when there is some again, it is protected" until_true says "Virtual-1 is protected"
camera "$out/kiosk-refilled-camera.png"
capture kiosk-refilled-capture.png
sees kiosk-refilled-camera.png frame-5@320,0 "memory again: the camera sees the secure window"
hides kiosk-refilled-capture.png kiosk-refilled-camera.png "memory again: a screenshot has black there"
passes "memory again: the secure client ends well" release secure
passes "memory again: the ordinary client ends well" release beside
passes "memory again: the kiosk still runs" is_running
stop

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
protex-kiosk --transform upside-down 2> "$out/work/usage.log"
passes "a transform that there is not is wrong usage" test $? = 64
WLR_BACKENDS=wayland WAYLAND_DISPLAY=none protex-kiosk > "$out/work/none.log" 2>&1
passes "without a display the status is 3" test $? = 3
