# SPDX-License-Identifier: MIT
# What every script needs: where things are, how to speak, how to lock, what
# a build is made from.  Sourced, never run.

set -euo pipefail

PROTEX_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PROTEX_CACHE=${PROTEX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/protex}
PROTEX_ARCH=$(uname -m)

. "$PROTEX_TOP/scripts/lib/printable.sh"

say() { printf '%s\n' "protex: $*" >&2; }
warn() { say "warning: $*"; }
die() { say "$*"; exit 1; }

# content_key PATH...: a short name for what files and folders hold, whatever
# their times and whoever owns them.
content_key() {
	local path
	for path; do
		[ -e "$path" ] || continue
		(cd "$path" 2>/dev/null || cd "$(dirname "$path")"
		 [ -d "$path" ] && set -- . || set -- "./$(basename "$path")"
		 find "$1" -type f ! -name '*.o' -print0 | LC_ALL=C sort -z |
		 xargs -0r sha256sum)
	done | sha256sum | cut -c1-16
}

# with_lock NAME CMD...: one at a time among all checkouts that share the cache.  Returns what CMD does.
with_lock() {
	local fd status name=$1
	shift
	mkdir -p "$PROTEX_CACHE"
	exec {fd}> "$PROTEX_CACHE/$name.lock"
	flock -n "$fd" || { say "waiting for another set-up ($name)"; flock "$fd"; }
	# Not "||": errors end what CMD does, if they end this script.
	"$@"
	status=$?
	exec {fd}>&-
	return $status
}
