# SPDX-License-Identifier: MIT
# What is asked of the host, to make the root file system.  Sourced after common.sh.

need_mmdebstrap() {
	install_missing
	[ "$(id -u)" = 0 ] && return
	grep -q "^\($(id -un)\|$(id -u)\):" /etc/subuid ||
		die "no subordinate user ids for $(id -un) in /etc/subuid; ask the administrator for: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
	unshare --user --map-root-user --map-auto true 2> /dev/null ||
		die "this kernel lets an ordinary user make no user name space; run this as root, or allow it (sysctl kernel.unprivileged_userns_clone=1)"
}

# install_missing: what the host must have. Root on a machine with apt gets it
# installed; others are told the one command that does.
install_missing() {
	local missing=
	command -v mmdebstrap > /dev/null || missing=mmdebstrap
	[ "$(id -u)" = 0 ] || command -v newuidmap > /dev/null || missing="$missing uidmap"
	missing=$(xargs <<< "$missing")
	[ -n "$missing" ] || return 0
	command -v apt-get > /dev/null ||
		die "${missing/ / and } must be installed first, with your system's package manager"
	[ "$(id -u)" = 0 ] ||
		die "something is missing; install it with: sudo apt-get install --no-install-recommends $missing"
	run_logged "installing $missing with apt-get" "$PROTEX_CACHE/log/apt.log" \
		apt_install "$missing"
}

apt_install() {
	apt-get update -q &&
		DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}
