# SPDX-License-Identifier: MIT
# The tool chain: one Debian 13 root file system, in which everything is
# compiled, from which QEMU runs, and which the guest has as its root.
# Sourced after common.sh.

ROOT_SUITE=trixie
ROOT_PACKAGES=$PROTEX_TOP/scripts/packages
ROOT_DIR=$PROTEX_CACHE/root-$(content_key "$ROOT_PACKAGES" "$PROTEX_TOP/scripts/lib/root.sh")

# in_namespace CMD...: as root of the files in the cache.  Root is that
# already; an ordinary user becomes it in a user name space of his own.
in_namespace() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		unshare --user --map-root-user --map-auto -- "$@"
	fi
}

# in_root CMD...: CMD inside the tool chain.  The checkout is /protex there, the
# cache is /cache, and this checkout's prepared trees are /src.
in_root() {
	mkdir -p "$TREES"
	in_namespace unshare --mount --pid --fork --kill-child -- \
		sh "$PROTEX_TOP/scripts/lib/enter-root" "$ROOT_DIR" \
		"$PROTEX_TOP" "$PROTEX_CACHE" "$TREES" "$@"
}

need_mmdebstrap() {
	command -v mmdebstrap > /dev/null ||
		die "mmdebstrap is not installed; install it first (on Debian: apt install mmdebstrap)"
	[ "$(id -u)" = 0 ] && return
	command -v newuidmap > /dev/null ||
		die "an ordinary user needs newuidmap; install it (on Debian: apt install uidmap), or run this as root"
	grep -q "^\($(id -un)\|$(id -u)\):" /etc/subuid ||
		die "no subordinate user ids for $(id -un) in /etc/subuid; ask the administrator for: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
	unshare --user --map-root-user --map-auto true 2> /dev/null ||
		die "this kernel lets an ordinary user make no user name space; run this as root, or allow it (sysctl kernel.unprivileged_userns_clone=1)"
}

# Debian's name for the emulator of the machine we are on.
qemu_package() {
	case $PROTEX_ARCH in
	x86_64) echo x86 ;;
	aarch64) echo arm ;;
	*) die "no virtual machine for $PROTEX_ARCH yet: see scripts/host/machine" ;;
	esac
}

root_ready() { [ -e "$ROOT_DIR/.complete" ]; }

make_root() {
	root_ready && return
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
	mkdir -p "$dir"
	mmdebstrap --variant=minbase --include="$packages" \
		--mode="$([ "$(id -u)" = 0 ] && echo root || echo unshare)" \
		--skip=output/mknod --format=tar "$ROOT_SUITE" - |
		in_namespace tar --extract --numeric-owner --directory "$dir"
	in_namespace sh -c 'cd "$1" && mkdir -p protex cache src opt/mesa host &&
		sed "s/^deb /deb-src /" etc/apt/sources.list > etc/apt/sources.list.d/source.list &&
		sed -n "s/ '"$ROOT_SUITE"' main/ '"$ROOT_SUITE"'-backports main/p" etc/apt/sources.list \
			> etc/apt/sources.list.d/backports.list' sh "$dir"
}

# remove_tree DIR: also where an ordinary user's name space owns the files.
remove_tree() {
	[ ! -e "$1" ] || in_namespace rm -rf -- "$1"
}
