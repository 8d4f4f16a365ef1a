#!/bin/bash
# SPDX-License-Identifier: MIT
# protex alloc and info, where there is a TEE.  Prints TAP.  Runs in the guest.
. "$(dirname "$0")/../tap.sh"

layout_is_told() {
	protex alloc --json --width 100 --height 50 > /tmp/alloc.json || return
	cat /tmp/alloc.json
	jq -e '.protected and .use == "secure-video" and .exporter == "protected,secure-video" and .format == "NV12" and
		[.planes[].stride] == [128, 128] and [.planes[].offset] == [0, 6400] and .size >= 9600' /tmp/alloc.json
}

# ends STATUS CMD…
ends() {
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	echo "status $status"
	[ $status = "$wanted" ]
}

# What it allocated is what a signal to it would else leave behind.
signals_are_the_commands() {
	local status=0 pid
	mkfifo /tmp/ready
	protex alloc --size 4096 -- bash -c 'trap "exit 5" TERM; echo > /tmp/ready; while :; do read -rt 1 <> <(:); done' &
	pid=$!
	read -r < /tmp/ready
	kill -TERM $pid
	wait $pid || status=$?
	echo "status $status"
	[ $status = 5 ]
}

ordinary_is_reached() {
	ends 2 protex alloc --ordinary --size 4096 --fill 7 -- protex probe --json 3 > /tmp/probe.json
	cat /tmp/probe.json
	grep -q '"sample":.*"0707070707070707' /tmp/probe.json
}

# The nodes of the GPU, of which there are two.
heaps_are_told() {
	protex info --json | jq -e '[.drm[] | select(.name | test("virtio_gpu")) | .heaps] |
		length == 2 and all(. == ["protected,secure-video", "protected,trusted-ui"])'
}

check "info says that protected video can be played" protex info
check "and whose memory the GPU may have" heaps_are_told
check "alloc tells where a picture's planes are" layout_is_told
check "a command has the buffer as descriptor 3" \
	protex alloc --size 4096 -- sh -c 'test "$PROTEX_FD" = 3 && grep -q "protected,secure-video" /proc/self/fdinfo/3'
check "a command's status is alloc's" ends 7 protex alloc --size 4096 -- sh -c 'exit 7'
check "signals are the command's" signals_are_the_commands
check "a command that is not there" ends 127 protex alloc --size 4096 -- /tmp/missing
check "a command that cannot be run" ends 126 protex alloc --size 4096 -- /etc/passwd
check "no route reaches a buffer that was filled" ends 0 protex alloc --size 4096 --fill 7 -- protex probe 3
check "control: routes reach one in ordinary memory" ordinary_is_reached
tap_end
