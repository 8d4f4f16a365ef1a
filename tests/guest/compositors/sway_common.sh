# SPDX-License-Identifier: MIT
# Sway, for the scripts in which it is the compositor.  Sourced with $compositor set,
# and $xwayland where X clients are wanted.
. "$(dirname "$0")/common.sh"
wlroots_environment

cat > /tmp/sway.config << END
output * mode 1024x768 bg #408040 solid_color
for_window [app_id="protex"] floating enable, border none
xwayland ${xwayland:-disable}
END

sway_drm() { # forced|unforced
	configure "$1"
	rm -f "$XDG_RUNTIME_DIR"/sway-ipc.*
	start sway -c /tmp/sway.config
	until_true ipc_answers
}

ipc_answers() {
	SWAYSOCK=$(echo "$XDG_RUNTIME_DIR"/sway-ipc.*.sock)
	export SWAYSOCK
	[ -S "$SWAYSOCK" ] && swaymsg -t get_outputs 2> /dev/null | jq -e '.[0].current_mode.width == 1024' > /dev/null
}

# tell NAME COMMAND: about a client's window.
tell() { swaymsg "[pid=${player_pid[$1]}] $2" > /dev/null || echo "sway did not $*" >&2; }
put() { tell "$1" "move absolute position $2 $3"; }

# Its window as Sway knows it.
window_of() { swaymsg -t get_tree | jq -e ".. | objects | select(.pid? == ${player_pid[$1]})"; }
has_window() { window_of "$1" > /dev/null; }
has_no_window() { ! window_of "$1" > /dev/null; }
