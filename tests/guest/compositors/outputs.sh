#!/bin/bash
# SPDX-License-Identifier: MIT
# A window moves between outputs, and the output goes and comes back under it: in Sway, with ordinary buffers, and then
# the same with secure ones and our driconf file.  The camera looks at one output; the other has no display (wlroots'
# headless backend), so of that one there are screenshots only: where one shows the ordinary window, the other is
# black.  Runs in the guest.
compositor=outputs
. "$(dirname "$0")/sway_common.sh"
export WLR_BACKENDS=drm,headless WLR_HEADLESS_OUTPUTS=1

cat >> /tmp/sway.config << END
output Virtual-1 position 0 0
output HEADLESS-1 position 1024 0
workspace 1 output Virtual-1
workspace 2 output HEADLESS-1
END

# on_other STATEMENT: the other output has the window in the same place, and this one has not.
on_other() {
	local name=$kind-${1%% *}
	wlroots_capture "$compositor-$name-other.png" -o HEADLESS-1
	if [ $kind = ordinary ]; then
		sees "$compositor-$name-other.png" frame-5@100,100 "$kind, $1: a screenshot shows it on the other output"
	else
		hides "$compositor-$name-other.png" "$compositor-ordinary-${1%% *}-other.png" \
			"$kind, $1: a screenshot of the other output does not show it"
	fi
}

# on_this STATEMENT: the window is where the camera looks, beside an ordinary one.
on_this() {
	local name=$kind-${1%% *}
	look "$name" -o Virtual-1
	shows $kind "$name" frame-5@100,100 "$kind, $1: the camera sees the window"
	sees "$compositor-$name-camera.png" frame-20@600,100 "$kind, $1: and an ordinary one beside it"
}

has_no_display() { swaymsg -t get_outputs | jq -e 'all(.name != "Virtual-1")' > /dev/null; }
shows_workspace() { swaymsg -t get_workspaces | jq -e "any(.name == \"$1\" and .output == \"$2\" and .visible)" > /dev/null; }

for kind in ordinary secure; do
	option=--ordinary forced=unforced
	[ $kind = ordinary ] || option='' forced=forced
	sway_drm $forced
	until_true has_output HEADLESS-1
	swaymsg 'workspace 1' > /dev/null
	# It draws again and again, which makes QEMU show what is there.
	hold beside 20 --ordinary "$clip"
	put beside 600 100
	hold $kind 5 $option "$clip"
	put $kind 100 100
	on_this "one of two outputs"

	put $kind 1124 100
	on_other "moved to the other output"
	camera "$out/$compositor-$kind-moved-camera.png"
	lacks $compositor-$kind-moved-camera.png frame-5 "$kind, moved to the other output: the camera does not see it"
	sees $compositor-$kind-moved-camera.png frame-20@600,100 "$kind, moved to the other output: but the window beside it"
	put $kind 100 100
	on_this "back from the other output"

	connect off
	until_true has_no_display
	swaymsg 'workspace 1' > /dev/null
	until_true shows_workspace 1 HEADLESS-1
	put $kind 1124 100
	on_other "unplugged output"

	connect on
	until_true has_output Virtual-1
	until_true shows_workspace 1 Virtual-1
	put beside 600 100
	put $kind 100 100
	on_this "plugged in again"
	passes "$kind: its client ends well" release $kind
	passes "$kind: the ordinary client ends well" release beside
	passes "$kind: Sway still runs" is_running
	stop
done
