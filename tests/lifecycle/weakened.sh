#!/bin/bash
# SPDX-License-Identifier: MIT
# weakened.sh MODULE PROGRAM: in the guest, gives the device to a driver that lacks something, and runs a program on it.
bus=/sys/bus/virtio/drivers
for device in $bus/virtio_gpu/virtio*; do
	echo "${device##*/}" > $bus/virtio_gpu/unbind || exit
done
insmod "$1" && PROTEX_DRIVER=virtio_gpu_weakened exec "build/guest/tests/lifecycle/$2"
