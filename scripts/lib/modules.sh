# SPDX-License-Identifier: MIT
# Modules that are not of the kernel's own build: most lack something, to show that tests notice.
# They are for the kernel of the tests, which knows nothing of them.  Sourced after linux.sh.

# make_modules LIST: sets MODULES_OUT to the folder with the modules of LIST, a file of the checkout as
# build-modules wants it.
make_modules() {
	find_linux tests
	MODULES_OUT=$PROTEX_CACHE/modules-$(basename "$LINUX_OUT")-$(content_key "$PROTEX_TOP/${1%/*}" \
		"$PROTEX_TOP/scripts/lib/build-modules")
	[ -e "$MODULES_OUT/.complete" ] || with_lock setup build_modules "$1"
}
build_modules() {
	# Another checkout may have made them meanwhile.
	[ ! -e "$MODULES_OUT/.complete" ] || return 0
	make_linux tests
	prepare_linux tests
	build_into "$MODULES_OUT" "the modules of ${1%/*}" build-modules \
		"/src/$(kernel_tree tests)" "$(kernel_build tests)" "$(kernel_configs tests)" "/protex/$1"
}

# The TEE has to be told of virtio-gpu's, or lets them have no memory.
WEAKENED_POLICY=$(printf 'tee.allow=%s:bus=virtio,driver=virtio_gpu_weakened;%s:bus=virtio,driver=virtio_gpu_weakened' \
	secure-video trusted-ui)
