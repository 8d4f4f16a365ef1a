# SPDX-License-Identifier: MIT
# A script that is killed while its guest runs.  Sourced after tap.sh.

# killed_with_guest WORDS FILE SCRIPT…: the guest, whose command has these words, ends as well, and before it has made FILE, which
# it makes at its end.  It has begun when its session says so.
killed_with_guest() {
	local words=$1 file=$2 script vm run=
	shift 2
	mkdir -p build/test
	"$@" > build/test/killed.log 2>&1 & script=$!
	while [ -z "$run" ]; do
		kill -0 $script || { cat build/test/killed.log; return 1; }
		run=$(grep -lsF "$words" build/run/*/command | while read -r command; do
			! grep -qsx started "${command%/*}/session" || echo "${command%/*}"
		done)
		sleep 0.1
	done
	# Its child, or a subshell's.
	vm=$(pgrep -P $script -f scripts/vm) || vm=$(pgrep -P "$(pgrep -d, -P $script)" -f scripts/vm) || return
	kill -KILL $script
	wait $script
	# scripts/vm removes what it kept of the machine when that has ended.
	timeout 60 tail -f /dev/null --pid "$vm" && [ ! -e "$run" ] && [ ! -e "$file" ]
}
