# SPDX-License-Identifier: MIT
# The tool chain: one Debian 13 root file system, in which everything is
# compiled, from which QEMU runs, and which the guest has as its root.
# make-root.sh makes it; this enters it.  Sourced after common.sh.

ROOT_PACKAGES=$PROTEX_TOP/scripts/packages
ROOT_DIR=$PROTEX_CACHE/root-$(content_key "$ROOT_PACKAGES" "$PROTEX_TOP/scripts/lib/make-root.sh" \
	"$PROTEX_TOP/scripts/lib/add-layers")

# in_namespace CMD...: as root of the files in the cache.  Root is that
# already; an ordinary user becomes it in a user name space of his own.  CMD is
# ended when the shell that waits for it is gone, and does not begin if that has happened before
# anybody could be told to end it.
in_namespace() {
	local as=()
	[ "$(id -u)" = 0 ] || as=(unshare --user --map-root-user --map-auto --)
	setpriv --pdeathsig KILL -- \
		sh -c '[ $PPID = "$1" ] || [ $$ = "$1" ] || exit 143; shift; exec "$@"' sh "$BASHPID" "${as[@]}" "$@"
}

# in_root CMD...: CMD inside the tool chain.  The checkout is /protex there, the
# cache is /cache, and this checkout's prepared trees are /src.
in_root() {
	mkdir -p "$TREES"
	in_namespace unshare --mount --pid --fork --kill-child -- \
		sh "$PROTEX_TOP/scripts/lib/enter-root" "$ROOT_DIR" \
		"$PROTEX_TOP" "$PROTEX_CACHE" "$TREES" "$@"
}

# remove_tree DIR: also where an ordinary user's name space owns the files.
remove_tree() {
	[ ! -e "$1" ] || in_namespace rm -rf -- "$1"
}
