# SPDX-License-Identifier: MIT
# TAP for suites written in shell.  Sourced.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$TOP" || exit 1
tap_count=0

# check NAME CMD...: a test that passes when CMD succeeds.
check() {
	local name=$1 output
	shift
	tap_count=$((tap_count + 1))
	if output=$("$@" 2>&1); then
		echo "ok $tap_count - $name"
	else
		printf '%s\n' "$output" | tail -n 20 | sed 's/^/# /'
		echo "not ok $tap_count - $name"
	fi
}

# subtests PREFIX < TAP: passes another program's tests on as ours; its plan must
# hold, and be of one test at least, unless it says why it skips all. The program may
# be a guest's, and PREFIX the name of its file.
subtests() {
	local prefix=${1//[[:cntrl:]]/?} line plan= seen=0
	local result='^((not )?ok) +[0-9]* *-? *(.*)$'
	while IFS= read -r line; do
		if [[ $line =~ $result ]]; then
			seen=$((seen + 1))
			tap_count=$((tap_count + 1))
			echo "${BASH_REMATCH[1]} $tap_count - $prefix: ${BASH_REMATCH[3]}"
			continue
		fi
		case $line in
		'1..0 # SKIP '*)
			tap_count=$((tap_count + 1))
			echo "ok $tap_count - $prefix # SKIP ${line#1..0 # SKIP }"
			return ;;
		1..[0-9]*) plan=${line#1..}; plan=${plan%%[!0-9]*} ;;
		'# '* | 'Bail out!'*) printf '# %s\n' "${line#\# }" ;;
		esac
	done
	if [ "$plan" != "$seen" ] || [ "$seen" = 0 ]; then
		tap_count=$((tap_count + 1))
		echo "# ${plan:-no} tests planned, $seen ran"
		echo "not ok $tap_count - $prefix: ran to its end"
	fi
}

# kept_run FILE: the folder that scripts/vm kept, which it says at the end of FILE. There
# may be anything else in FILE: it has what a guest said.
kept_run() {
	sed -n 's|^protex: .*; the kernel.s log is \(build/run/[A-Za-z0-9]*\)/kernel\.log$|\1|p' "$1" | tail -n 1
}

tap_end() { echo "1..$tap_count"; }
