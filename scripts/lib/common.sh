# SPDX-License-Identifier: MIT
# What every script needs: where things are, how to speak, how to lock, what
# a build is made from.  Sourced, never run.

set -euo pipefail

PROTEX_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PROTEX_CACHE=${PROTEX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/protex}
PROTEX_ARCH=$(uname -m)

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

# run_logged TITLE LOG CMD...: CMD with its output in LOG and a line of
# progress on the terminal (a line every minute where there is none).  CMD ends when
# this script does, however that ends: it is waited for in the background, so that
# signals are heard at once, and the ticker ends it when nobody can any more.
run_logged() {
	local title=$1 log=$2 begin=$SECONDS step ticker alive status=0
	shift 2
	mkdir -p "$(dirname "$log")"
	: > "$log"
	say "$title …"
	"$@" < /dev/null > "$log" 2>&1 & step=$!
	exec {alive}> >(tick "$log" "$step")
	ticker=$!
	wait "$step" || status=$?
	kill "$ticker" 2> /dev/null || :
	exec {alive}>&-
	wait "$ticker" 2> /dev/null || :
	[ ! -t 2 ] || printf '\r\033[K' >&2
	if [ "$status" != 0 ]; then
		tail -n 25 "$log" >&2
		die "$title: failed after $((SECONDS - begin)) s; the whole log is $log"
	fi
	say "$title: done in $((SECONDS - begin)) s"
}

# tick LOG STEP: standard input is a pipe that nobody writes to, and that ends with the
# script whose process STEP is.
tick() {
	local begin=$SECONDS every=60 status
	[ ! -t 2 ] || every=1
	# It has to see that the script has ended, not to end with it.
	trap '' INT HUP
	while status=0; read -rt "$every" || status=$?; do
		# Above 128: the time was up.
		if [ $status -le 128 ]; then
			kill -KILL "$2" 2> /dev/null || :
			return
		fi
		[ ! -t 2 ] || printf '\r\033[K' >&2
		printf '  %4d s  %s' $((SECONDS - begin)) \
			"$(tail -c 300 "$1" | tr '\r' '\n' | grep . | tail -n 1 | cut -c1-70)" >&2
		[ -t 2 ] || echo >&2
	done
}

# with_lock NAME CMD...: one at a time among all checkouts that share the cache.
with_lock() {
	local fd name=$1
	shift
	mkdir -p "$PROTEX_CACHE"
	exec {fd}> "$PROTEX_CACHE/$name.lock"
	flock -n "$fd" || { say "waiting for another set-up ($name)"; flock "$fd"; }
	"$@"
	exec {fd}>&-
}
