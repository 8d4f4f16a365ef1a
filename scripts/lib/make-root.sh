# SPDX-License-Identifier: MIT
# Makes the tool chain's root file system, in layers: what compiles a kernel, by
# mmdebstrap, which is all that is asked of the host; then, when somebody asks for
# it, what the demo and what the tests need.  Sourced after root.sh.

ROOT_SUITE=trixie
ROOT_TITLE="making the tool chain's root file system ($ROOT_SUITE)"

have_layer() { [ -e "$ROOT_DIR/.layer-$1" ]; }
packages_of() { sed "s/#.*//; s/@ARCH@/$(qemu_package)/" "$ROOT_PACKAGES/$1" | xargs; }

# missing_layers LAYER...: those that are not there.
missing_layers() {
	local layer
	for layer; do
		have_layer "$layer" || echo "$layer"
	done | xargs
}

# root_steps LAYER...: what make_root and add_layers would do.
root_steps() {
	local missing
	missing=$(missing_layers "$@")
	have_layer compile || echo "$ROOT_TITLE"
	[ -z "$missing" ] || echo "adding the packages of: $missing"
}

make_root() {
	! have_layer compile || return 0
	local part=$ROOT_DIR.part
	need_mmdebstrap
	remove_tree "$part"
	run_logged "$ROOT_TITLE" "$PROTEX_CACHE/log/root.log" unpack_root "$part" "$(packages_of compile | tr ' ' ,)"
	mv "$part" "$ROOT_DIR"
}

# add_layers LAYER...: begins a step for those that are missing, and sets LAYERS_STEP, which is
# empty if none is.
add_layers() {
	local layer missing arguments=()
	missing=$(missing_layers "$@")
	LAYERS_STEP=
	[ -n "$missing" ] || return 0
	for layer in $missing; do
		arguments+=("$layer=$(packages_of "$layer")")
	done
	step_begin 1 "adding the packages of: $missing" "$PROTEX_CACHE/log/packages.log" \
		in_root sh /protex/scripts/lib/add-layers "${arguments[@]}"
	LAYERS_STEP=$STEP
}

# An ordinary user's mmdebstrap maps user ids in its own way; a tar stream
# between it and our name space keeps the two apart.
unpack_root() {
	local dir=$1 packages=$2
	set -- --variant=minbase --include="$packages" --skip=output/mknod \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright'
	mkdir -p "$dir"
	if [ "$(id -u)" = 0 ]; then
		setpriv --pdeathsig TERM -- mmdebstrap "$@" --mode=root --format=directory "$ROOT_SUITE" "$dir" || return
	else
		setpriv --pdeathsig TERM -- mmdebstrap "$@" --mode=unshare --format=tar "$ROOT_SUITE" - |
			in_namespace tar --extract --numeric-owner --exclude='./dev/*' --directory "$dir" || return
	fi
	# No package that is added later may start what it brings.  And ccache's own folder of
	# compilers is made anew when a package brings one, under the feet of what compiles.
	in_namespace sh -c 'cd "$1" && mkdir -p protex cache src opt/mesa opt/ccache &&
		for compiler in cc c++ gcc g++; do ln -s /usr/bin/ccache "opt/ccache/$compiler"; done &&
		sed "s/^deb /deb-src /" etc/apt/sources.list > etc/apt/sources.list.d/source.list &&
		sed -n "s/ $2 main/ $2-backports main/p" etc/apt/sources.list \
			> etc/apt/sources.list.d/backports.list &&
		printf "#!/bin/sh\nexit 101\n" > usr/sbin/policy-rc.d && chmod 755 usr/sbin/policy-rc.d &&
		touch .layer-compile' sh "$dir" "$ROOT_SUITE"
}

# Debian's name for the emulator of the machine we are on.
qemu_package() {
	case $PROTEX_ARCH in
	x86_64) echo x86 ;;
	aarch64) echo arm ;;
	*) die "no virtual machine for $PROTEX_ARCH yet: see scripts/host/machine" ;;
	esac
}
