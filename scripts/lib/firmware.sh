# SPDX-License-Identifier: MIT
# The firmware of the OP-TEE machine: OP-TEE with our series, its development kit, our trusted
# application built with that, and TF-A.  Sourced after tree.sh and guest-root.sh.

firmware_key() {
	content_key "$OPTEE_PINS" "$PROTEX_TOP/src/optee/series" "$PROTEX_TOP/src/optee/spmc_manifest.dts" "$PROTEX_TOP/src/ta" "$PROTEX_TOP/include/protex/ta.h" \
		"$CROSS_PACKAGES" "$PROTEX_TOP/scripts/lib/firmware.sh" "$PROTEX_TOP/scripts/lib/build-firmware"
}

firmware_name() { echo "OP-TEE and TF-A ($OPTEE_ABI, $OPTEE_POOL pool)"; }
firmware_out() { echo "$PROTEX_CACHE/optee-$OPTEE_ABI-$OPTEE_POOL-$(firmware_key)"; }

firmware_steps() {
	[ ! -e "$(firmware_out)/.complete" ] || return 0
	tree_steps optee optee
	tree_steps tf-a tf-a
	echo "building $(firmware_name)"
}

prepare_optee() { prepare_tree optee optee optee-os_4.10.0.orig; }
prepare_tf_a() { unpack_tree tf-a tf-a arm-trusted-firmware_2.12.1+dfsg.orig; }

# make_firmware: sets FIRMWARE_OUT to the folder with it.
make_firmware() {
	FIRMWARE_OUT=$(firmware_out)
	[ -e "$FIRMWARE_OUT/.complete" ] && return
	prepare_optee
	prepare_tf_a
	build_into "$FIRMWARE_OUT" "$(firmware_name)" build-firmware "$OPTEE_ABI" "$OPTEE_POOL"
}
