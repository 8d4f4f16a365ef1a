#!/bin/bash
# SPDX-License-Identifier: MIT
# guest.sh WORK PROGRAM…: the part of scripts/bench that runs in the guest. What each program measured is in
# WORK/guest/PROGRAM.lines, and PROGRAM.done says that it got through it.
work=$1
shift
out=$work/guest
programs=build/guest/tests/bench

measure_play() {
	local size
	for size in 640x360 1280x720; do
		$programs/bench-play "$work/$size.protex" $size || return
	done
}

measure_heap() { $programs/bench-heap; }
measure_import() { $programs/bench-import; }
measure_streams() { $programs/bench-streams "$work/320x180.protex"; }
measure_switch() { $programs/bench-switch; }

# What a frame takes is what COUNT_FRAMES more take. The marks are for the trace, of which the host makes lines.
measure_count() {
	local way frames mark=1
	rm -f /tmp/counts
	for way in protected ordinary; do
		for frames in 10 $((10 + COUNT_FRAMES)); do
			$programs/bench-mark $mark || return
			mark=$((mark + 1))
			BENCH_COUNTS=/tmp/counts BENCH_NAME=$way LD_PRELOAD=$PWD/$programs/libcounts.so \
				protex play --fps 0 --frames $frames $([ $way = protected ] || echo --ordinary) \
				"$work/640x360.protex" > /dev/null || return
		done
	done
	$programs/bench-mark $mark
	awk -v frames="$COUNT_FRAMES" '
		{ for (i = 2; i <= NF; i++) { last[$1, i] = $i - before[$1, i]; before[$1, i] = $i } }
		END {
			split("ioctls copied commands-bytes waits", names)
			for (i = 2; i <= 5; i++)
				printf "pair\tcount-%s\t%g\t%g\n", names[i - 1], last["protected", i] / frames, last["ordinary", i] / frames
			printf "pair\tcount-pictures\t%g\t%g\n", last["protected", 3] / frames, 640 * 360 * 3 / 2
		}' /tmp/counts
}

# What the check of a submission takes beside the ioctl that has just made it (tests/fuzz/measure.c): lines of bytes, objects,
# and nanoseconds of the ioctl and of the check. Of those that draw, which name objects.
measure_share() {
	local name
	rm -rf /tmp/share
	mkdir /tmp/share
	ln -s "$PWD/$work/640x360.protex" /tmp/share/clip.protex
	bash tests/fuzz/record.sh /tmp/share measure > /dev/null
	for name in play weston; do
		cat /tmp/share/$name.%* 2> /dev/null |
			awk -v name=$name 'NF == 4 && $2 > 0 && $3 > 0 { printf "pair\tshare-%s\t%s\t%s\n", name, $4, $3 }'
	done
}

# In a guest that counts instructions.
measure_instructions() {
	local way frames
	rm -f /tmp/cost
	for way in protected ordinary; do
		for frames in 10 $((10 + COUNT_FRAMES)); do
			$programs/bench-cost /tmp/cost $way protex play --fps 0 --frames $frames \
				$([ $way = protected ] || echo --ordinary) "$work/640x360.protex" > /dev/null || return
		done
	done
	awk -v frames="$COUNT_FRAMES" '
		{ last[$1] = $2 - before[$1]; before[$1] = $2 }
		END { printf "pair\tinstructions\t%.0f\t%.0f\n", last["protected"] / frames, last["ordinary"] / frames }' /tmp/cost
}

OTHERS='gstreamer weston glmark2 gtk'

# other NAME: the instructions that a frame of a program of others takes, in a guest that counts them: of those frames that a
# longer run has more than a short one.
other() {
	local frames
	export XDG_RUNTIME_DIR=/tmp/other.run SEATD_VTBOUND=0
	mkdir -m 0700 -p $XDG_RUNTIME_DIR
	rm -f /tmp/other.cost /tmp/other.counts
	for frames in 10 $((OTHERS_FRAMES + 10)); do
		$programs/bench-cost /tmp/other.cost $1 bash tests/bench/others.sh $1 $frames /tmp/other.count \
			> /tmp/other.log 2>&1 || { tail -n 20 /tmp/other.log >&2; return 1; }
		cat /tmp/other.count >> /tmp/other.counts
	done
	paste -d ' ' /tmp/other.cost /tmp/other.counts | awk '
		{ cost[NR] = $2; count[NR] = $3 }
		END { if (count[2] <= count[1]) exit 1; printf "%.0f\n", (cost[2] - cost[1]) / (count[2] - count[1]) }'
}

# With all that they draw protected, of which they know nothing, and without.
measure_others() {
	local name ours theirs
	for name in $OTHERS; do
		ours=$(force_protected_content=true other $name) && theirs=$(other $name) || return
		printf 'pair\tothers-%s\t%s\t%s\n' $name $ours $theirs
	done
}

# On the Mesa that this guest has: what is compared with is what another one has.
measure_stock() {
	local name cost
	for name in $OTHERS; do
		cost=$(other $name) || return
		printf 'value\tstock-%s\t%s\n' $name $cost
	done
}

for program; do
	# A player takes the display, and what one had shown goes with it.
	if "measure_$program" > "$out/$program.lines"; then : > "$out/$program.done"; fi
done
