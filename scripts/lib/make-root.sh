# SPDX-License-Identifier: MIT
# Makes the tool chain's root file system with mmdebstrap, which is all that is
# asked of the host.  Sourced after root.sh.

ROOT_SUITE=trixie

make_root() {
	[ ! -e "$ROOT_DIR/.complete" ] || return 0
	local packages part=$ROOT_DIR.part
	need_mmdebstrap
	packages=$(sed "s/#.*//; s/@ARCH@/$(qemu_package)/" "$ROOT_PACKAGES" |
		xargs | tr ' ' ,)
	remove_tree "$part"
	run_logged "making the tool chain's root file system ($ROOT_SUITE)" \
		"$PROTEX_CACHE/log/root.log" unpack_root "$part" "$packages"
	touch "$part/.complete"
	mv "$part" "$ROOT_DIR"
}

# An ordinary user's mmdebstrap maps user ids in its own way; a tar stream
# between it and our name space keeps the two apart.
unpack_root() {
	local dir=$1 packages=$2
	set -- --variant=minbase --include="$packages" --skip=output/mknod
	mkdir -p "$dir"
	if [ "$(id -u)" = 0 ]; then
		setpriv --pdeathsig TERM -- mmdebstrap "$@" --mode=root --format=directory "$ROOT_SUITE" "$dir" || return
	else
		setpriv --pdeathsig TERM -- mmdebstrap "$@" --mode=unshare --format=tar "$ROOT_SUITE" - |
			in_namespace tar --extract --numeric-owner --exclude='./dev/*' --directory "$dir" || return
	fi
	in_namespace sh -c 'cd "$1" && mkdir -p protex cache src opt/mesa &&
		sed "s/^deb /deb-src /" etc/apt/sources.list > etc/apt/sources.list.d/source.list &&
		sed -n "s/ $2 main/ $2-backports main/p" etc/apt/sources.list \
			> etc/apt/sources.list.d/backports.list' sh "$dir" "$ROOT_SUITE"
}

# Debian's name for the emulator of the machine we are on.
qemu_package() {
	case $PROTEX_ARCH in
	x86_64) echo x86 ;;
	aarch64) echo arm ;;
	*) die "no virtual machine for $PROTEX_ARCH yet: see scripts/host/machine" ;;
	esac
}
