# SPDX-License-Identifier: MIT
# What the scripts of the compositors share: clients that hold a frame, pictures of
# what the display shows and of what a screenshot gets, and what is expected of
# them.  The suite compositors judges the pictures: here they are only taken.
# Sourced with $compositor set, and $suite, which is in the environment if it is not set there.
out=build/test/$suite
clip=$out/work/clip.protex      # NV12
rgb_clip=$out/work/rgb.protex   # the same in XRGB8888
small_clip=$out/work/small.protex # 160x120, in NV12
full_clip=$out/work/full.protex # 1024x768, in XRGB8888
judge=$out/$compositor.judge
: > "$judge"

export XDG_RUNTIME_DIR=/tmp/$compositor
mkdir -m 0700 -p "$XDG_RUNTIME_DIR"
# A client that has ended is noticed elsewhere.
trap '' PIPE

# Runs a command twice a second, for ten minutes, until it succeeds.
until_true() {
	local i
	for ((i = 0; i < 1200; i++)); do
		"$@" && return
		sleep 0.5
	done
	echo "waited in vain for: $*" >&2
	return 1
}

# ---- what is expected: lines for the suite ---------------------------------------

# sees PICTURE FRAME[@X,Y] STATEMENT: the picture shows the frame (an image in work/, or
# "black:WxH"), anywhere or there; where, is remembered as PICTURE.
sees() { echo "sees $*" >> "$judge"; }
# lacks PICTURE FRAME STATEMENT: it shows it nowhere.
lacks() { echo "lacks $*" >> "$judge"; }
# hides CAPTURE PICTURE STATEMENT: where PICTURE shows its frame, the capture is black.
hides() { echo "hides $*" >> "$judge"; }
# keeps CAPTURE PICTURE STATEMENT: there the capture shows that frame.
keeps() { echo "keeps $*" >> "$judge"; }

# agrees CAPTURE PICTURE STATEMENT: but for what it hides, the capture is the picture.
agrees() { echo "agrees $*" >> "$judge"; }

# steady FILM PICTURE WxH+X+Y STATEMENT: all of the film is as the picture, but for that
# part of it, which changes, and never is black.
steady() { echo "steady $*" >> "$judge"; }

# shows_secure NAME FRAME[@X,Y] STATEMENT: of the pictures that look NAME took, the
# camera's shows it, and the screenshot is black there.
shows_secure() {
	sees "$compositor-$1-camera.png" "$2" "$3"
	hides "$compositor-$1-capture.png" "$compositor-$1-camera.png" "${3%%:*}: a screenshot does not"
}

# differs PICTURE OTHER WxH+X+Y STATEMENT: there the two are not the same.
differs() { echo "differs $*" >> "$judge"; }

# shows KIND NAME FRAME[@X,Y] STATEMENT: the same of a secure one; a screenshot shows an ordinary one, too.
shows() {
	if [ "$1" = secure ]; then
		shows_secure "${@:2}"
	else
		sees "$compositor-$2-camera.png" "$3" "$4"
		keeps "$compositor-$2-capture.png" "$compositor-$2-camera.png" "${4%%:*}: and so does a screenshot"
	fi
}

# passes STATEMENT COMMAND…: a test that is decided here.
passes() {
	local statement=$1
	shift
	"$@" && echo "ok $statement" >> "$judge" || echo "not_ok $statement" >> "$judge"
}

# ---- clients -----------------------------------------------------------------------

declare -A player_pid player_pipe

# hold NAME FRAME OPTION…: a client that plays up to a frame and holds it.
hold() {
	begin "$@"
	until_true has_begun_or_ended "$1"
	grep -q '^held' "$out/work/$compositor-$1.log" || cat "$out/work/$compositor-$1.log" >&2
}

# The same, without waiting for it to get there.
begin() {
	local name=$1 frame=$2
	shift 2
	run_client "$name" protex play --output wayland --json --fps 0 --hold "$frame" "$@"
}

# run_client NAME CMD…: a client that says when it holds a frame, and ends at a line.
run_client() {
	local name=$1 pipe
	shift
	# A client that was killed has left its pipe.
	rm -f "/tmp/$compositor-$name"
	mkfifo "/tmp/$compositor-$name"
	"$@" < "/tmp/$compositor-$name" > "$out/work/$compositor-$name.log" 2>&1 &
	player_pid[$name]=$!
	exec {pipe}> "/tmp/$compositor-$name"
	player_pipe[$name]=$pipe
}

# has_said_or_ended NAME TEXT: a line that begins so.
has_said_or_ended() { grep -q "^$2" "$out/work/$compositor-$1.log" || has_ended "$1"; }
has_begun_or_ended() { has_said_or_ended "$1" held; }

# send_line NAME: lets the client go on.
send_line() { echo >&"${player_pipe[$1]}"; }

# release NAME: the client plays to the end; its exit status.
release() {
	local pipe=${player_pipe[$1]}
	send_line "$1"
	exec {pipe}>&-
	rm "/tmp/$compositor-$1"
	until_true has_ended "$1" || kill -9 "${player_pid[$1]}"
	wait "${player_pid[$1]}"
}

has_ended() { ! kill -0 "${player_pid[$1]}" 2> /dev/null; }

# was_scanned_out NAME: whether the compositor said so, of a client that has ended.
was_scanned_out() {
	sed '/^held /d' "$out/work/$compositor-$1.log" | jq -e '.presentation.zero_copy > 0' > /dev/null
}

# ---- compositors -------------------------------------------------------------------

# configure FORCED: Mesa, with our driconf file or without it.
configure() {
	rm -rf /tmp/drirc.d
	mkdir /tmp/drirc.d
	cp /opt/mesa/share/drirc.d/*.conf /tmp/drirc.d
	[ "$1" = unforced ] || cp data/01-protex.conf /tmp/drirc.d
	export DRIRC_CONFIGDIR=/tmp/drirc.d
}

# start CMD…: a compositor, whose clients find it by $WAYLAND_DISPLAY when this returns.
start() {
	rm -f "$XDG_RUNTIME_DIR"/wayland-*
	unset WAYLAND_DISPLAY
	"$@" >> "$out/work/$compositor.log" 2>&1 &
	compositor_pid=$!
	until_true answers
	export WAYLAND_DISPLAY
}

answers() {
	local socket
	for socket in "$XDG_RUNTIME_DIR"/wayland-*; do
		[ -S "$socket" ] && WAYLAND_DISPLAY=${socket##*/} && return
	done
	! kill -0 "$compositor_pid" 2> /dev/null
}

is_running() { kill -0 "$compositor_pid" 2> /dev/null; }

# Ended by a signal, a compositor may have the signal as its exit status, which is not ours.
stop() {
	kill "$compositor_pid" 2> /dev/null
	wait "$compositor_pid" 2> /dev/null || true
}

# ---- compositors on wlroots ----------------------------------------------------------

# wlroots_capture FILE [OPTION…]: what grim gets, if it gets anything.
wlroots_capture() {
	local status=0
	timeout 120 grim "${@:2}" "$out/$1" 2> /tmp/grim || status=$?
	[ $status != 0 ] || return 0
	cat /tmp/grim >&2
	rm -f "$out/$1"
	# That the compositor makes no copy, and nothing else that may be wrong.
	[ $status != 1 ] || ! grep -q '^failed to copy output' /tmp/grim || echo refused > "$out/$1.refused"
}

# look NAME [OPTION…]: pictures $compositor-NAME-camera.png and $compositor-NAME-capture.png, grim's with these options.
look() {
	camera "$out/$compositor-$1-camera.png"
	wlroots_capture "$compositor-$1-capture.png" "${@:2}"
}

# copies KIND NAME: has the compositor copy what look NAME saw to a client's own dma-buf, which gets of a secure window as
# little as a screenshot does, and an ordinary one. For when the window is still there, after what the camera sees.
copies() {
	local name=$compositor-$2 status=0
	timeout 120 build/guest/tests/guest/compositors/dmabuf-shot "$out/$name-dmabuf.png" || status=$?
	[ $status != 2 ] || echo refused > "$out/$name-dmabuf.png.refused"
	if [ "$1" = secure ]; then
		hides "$name-dmabuf.png" "$name-camera.png" "$2: a copy in a client's dma-buf does not"
	else
		keeps "$name-dmabuf.png" "$name-camera.png" "$2: and so does a copy in a client's dma-buf"
	fi
}

# connect on|off: the display is plugged in or unplugged.
connect() {
	echo "$1" > /sys/class/drm/card0-Virtual-1/status
	build/guest/tests/guest/compositors/uevent
}
has_output() { grim -o "$1" /tmp/output.png 2> /dev/null; }

# Neither input nor seats to switch.
wlroots_environment() {
	export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=gles2
}
