# SPDX-License-Identifier: MIT
# What the scripts of the compositors share: clients that hold a frame, pictures of
# what the display shows and of what a screenshot gets, and what is expected of
# them.  The suite compositors judges the pictures: here they are only taken.
# Sourced with $compositor set, and $suite where it is not compositors.
out=build/test/${suite:-compositors}
clip=$out/work/clip.protex    # NV12
rgb_clip=$out/work/rgb.protex # the same in XRGB8888
judge=$out/$compositor.judge
: > "$judge"

export XDG_RUNTIME_DIR=/tmp/$compositor
mkdir -m 0700 -p "$XDG_RUNTIME_DIR"

# Runs a command twice a second, for two minutes, until it succeeds.
until_true() {
	local i
	for ((i = 0; i < 240; i++)); do
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
# hides CAPTURE PICTURE STATEMENT: where PICTURE shows its frame, the capture is black.
hides() { echo "hides $*" >> "$judge"; }
# keeps CAPTURE PICTURE STATEMENT: there the capture shows that frame.
keeps() { echo "keeps $*" >> "$judge"; }

# agrees CAPTURE PICTURE STATEMENT: but for what it hides, the capture is the picture.
agrees() { echo "agrees $*" >> "$judge"; }

# steady FILM PICTURE WxH+X+Y STATEMENT: all of the film is as the picture, but for that
# part of it, which changes, and never is black.
steady() { echo "steady $*" >> "$judge"; }

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
	local name=$1 frame=$2 pipe
	shift 2
	mkfifo "/tmp/$compositor-$name"
	protex play --output wayland --json --fps 0 --hold "$frame" "$@" \
		< "/tmp/$compositor-$name" > "$out/work/$compositor-$name.log" 2>&1 &
	player_pid[$name]=$!
	exec {pipe}> "/tmp/$compositor-$name"
	player_pipe[$name]=$pipe
	until_true has_begun_or_ended "$name"
	grep -q '^held' "$out/work/$compositor-$name.log" || cat "$out/work/$compositor-$name.log" >&2
}

has_begun_or_ended() {
	grep -q '^held' "$out/work/$compositor-$1.log" || ! kill -0 "${player_pid[$1]}" 2> /dev/null
}

# release NAME: the client plays to the end; its exit status.
release() {
	local pipe=${player_pipe[$1]}
	echo >&"$pipe"
	exec {pipe}>&-
	rm "/tmp/$compositor-$1"
	wait "${player_pid[$1]}"
}

# ---- compositors -------------------------------------------------------------------

# start CMD…: a compositor, whose clients find it by $WAYLAND_DISPLAY when this returns.
start() {
	local before=("$XDG_RUNTIME_DIR"/wayland-?)
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

stop() {
	kill "$compositor_pid" 2> /dev/null
	wait "$compositor_pid" 2> /dev/null
}
