#!/bin/bash
# SPDX-License-Identifier: MIT
# weakened.sh FOLDER RESULTS NAME…: in the guest, gives the device to each of the weakened drivers in
# turn, and tries the attacks on what that one lacks.  Leaves RESULTS/NAME.tsv.
# With ONLY, those attacks, whatever it lacks.
bus=/sys/bus/virtio
modules=$1 results=$2
shift 2

# Before the device is free, whose node stays the first.
modprobe vkms enable_overlay=1 || exit 1
for driver in "$bus"/drivers/virtio_gpu/virtio*; do
	device=${driver##*/}
done
echo "$device" > "$bus/drivers/virtio_gpu/unbind" || exit 1

for name; do
	insmod "$modules/$name.ko" || exit 1
	# What udev would do.
	chgrp -f video /dev/dri/card* && chmod -f 660 /dev/dri/card*
	chgrp -f render /dev/dri/renderD* && chmod -f 666 /dev/dri/renderD*
	[ "$name" != last_number ] ||
		build/guest/tests/attack/last_number > "$results/$name.tap"
	if [ -n "${ONLY:-}" ]; then
		build/guest/tests/attack/attacks --only "$ONLY"
	else
		build/guest/tests/attack/attacks --weakened "$name"
	fi > "$results/$name.tsv" || exit 1
	echo "$device" > "$bus/drivers/virtio_gpu_weakened/unbind"
	rmmod virtio_gpu_weakened || exit 1
done
