# SPDX-License-Identifier: MIT
# The root file system of a guest whose code is not the host's, and the layer of the tool chain
# that compiles for it.  Sourced after make-root.sh.

GUEST_PACKAGES=$PROTEX_TOP/scripts/optee/guest-packages
GUEST_ROOT=$PROTEX_CACHE/root-arm64-$(content_key "$GUEST_PACKAGES" "$PROTEX_TOP/scripts/lib/finish-guest-root")
GUEST_ROOT_TITLE="making the guest's root file system (arm64)"
CROSS_PACKAGES=$PROTEX_TOP/scripts/optee/packages
# Its content is in its name: it is no part of what the root file system is keyed by.
CROSS_LAYER=optee-$(content_key "$CROSS_PACKAGES")
CROSS_TITLE="adding the packages of: optee"

package_list() { sed 's/#.*//' "$1" | xargs; }

guest_root_steps() { [ -e "$GUEST_ROOT/.complete" ] || echo "$GUEST_ROOT_TITLE"; }
cross_steps() { have_layer "$CROSS_LAYER" || echo "$CROSS_TITLE"; }

make_guest_root() {
	[ ! -e "$GUEST_ROOT/.complete" ] || return 0
	need_mmdebstrap
	remove_tree "$GUEST_ROOT.part"
	run_logged "$GUEST_ROOT_TITLE" "$PROTEX_CACHE/log/guest-root.log" \
		extract_guest_root "$GUEST_ROOT.part" "$(package_list "$GUEST_PACKAGES" | tr ' ' ,)"
	in_root sh /protex/scripts/lib/finish-guest-root "/cache/$(basename "$GUEST_ROOT")" || die "$GUEST_ROOT_TITLE: failed"
	remove_tree "$GUEST_ROOT"
	mv "$GUEST_ROOT.part" "$GUEST_ROOT"
}

# No script of a package runs, so nothing here needs to run arm64's programs.
extract_guest_root() {
	local dir=$1 packages=$2
	set -- --variant=extract --architectures=arm64 --include="$packages" --skip=output/mknod
	mkdir -p "$dir"
	if [ "$(id -u)" = 0 ]; then
		setpriv --pdeathsig TERM -- mmdebstrap "$@" --mode=root --format=directory "$ROOT_SUITE" "$dir" || return
	else
		setpriv --pdeathsig TERM -- mmdebstrap "$@" --mode=unshare --format=tar "$ROOT_SUITE" - |
			in_namespace tar --extract --numeric-owner --exclude='./dev/*' --directory "$dir" || return
	fi
}

add_cross() {
	have_layer "$CROSS_LAYER" || run_logged "$CROSS_TITLE" "$PROTEX_CACHE/log/packages.log" \
		in_root sh -c 'sh /protex/scripts/lib/add-layers "$1" && for compiler in gcc g++; do
			ln -sf /usr/bin/ccache "/opt/ccache/aarch64-linux-gnu-$compiler"; done' \
		sh "$CROSS_LAYER=$(package_list "$CROSS_PACKAGES")"
}

# ---- Mesa for it -----------------------------------------------------------------

guest_mesa_out() {
	echo "$PROTEX_CACHE/mesa-arm64-$(content_key "$PINS" "$PROTEX_TOP/src/mesa" "$PROTEX_TOP/scripts/lib/build-mesa-arm64" \
		"$GUEST_PACKAGES" "$PROTEX_TOP/scripts/optee/arm64.ini")"
}

guest_mesa_steps() {
	[ ! -e "$(guest_mesa_out)/.complete" ] || return 0
	tree_steps mesa mesa
	echo "building Mesa (arm64)"
}

# make_guest_mesa: sets MESA_OUT to the folder it is installed in.
make_guest_mesa() {
	MESA_OUT=$(guest_mesa_out)
	[ -e "$MESA_OUT/.complete" ] && return
	prepare_mesa
	build_into "$MESA_OUT" "Mesa (arm64)" build-mesa-arm64 /src/mesa "$(basename "$GUEST_ROOT")"
}
