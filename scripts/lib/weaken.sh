# SPDX-License-Identifier: MIT
# Drivers that lack something, to show that tests notice.  They are modules for
# the kernel of the tests, which knows nothing of them.  Sourced after linux.sh.

weakened_key() { # LIST
	content_key "$LINUX_OUT/config" "$PROTEX_TOP/src/linux/files" "$PROTEX_TOP/src/linux/series" \
		"$PROTEX_TOP/${1%/*}" "$PROTEX_TOP/scripts/lib/build-weakened" \
		"$PROTEX_TOP/scripts/lib/configure-linux"
}

# make_weakened LIST: sets WEAKENED_OUT to the folder with a module for each line of
# LIST, a file of the checkout as build-weakened wants it.
make_weakened() {
	make_linux tests
	WEAKENED_OUT=$PROTEX_CACHE/weakened-$(basename "$LINUX_OUT")-$(weakened_key "$1")
	[ -e "$WEAKENED_OUT/.complete" ] && return
	prepare_linux tests
	build_into "$WEAKENED_OUT" "the weakened drivers" build-weakened \
		"/src/$(kernel_tree tests)" "$(kernel_build tests)" "$(kernel_configs tests)" "/protex/$1"
}

# make_weakened_mediacard: sets WEAKENED_OUT to the folder with a module for each patch of tests/decoder/weaken.
make_weakened_mediacard() {
	make_linux tests
	WEAKENED_OUT=$PROTEX_CACHE/weakened-mediacard-$(basename "$LINUX_OUT")-$(content_key \
		"$PROTEX_TOP/tests/decoder/weaken" "$PROTEX_TOP/scripts/lib/build-weakened-mediacard")
	[ -e "$WEAKENED_OUT/.complete" ] && return
	prepare_linux tests
	build_into "$WEAKENED_OUT" "the weakened drivers of the media card" build-weakened-mediacard \
		"/src/$(kernel_tree tests)" "$(kernel_build tests)" "$(kernel_configs tests)"
}

# The TEE has to be told of these drivers, or lets them have no memory.
WEAKENED_POLICY=$(printf 'tee.allow=%s:bus=virtio,driver=virtio_gpu_weakened;%s:bus=virtio,driver=virtio_gpu_weakened' \
	secure-video trusted-ui)
