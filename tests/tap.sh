# SPDX-License-Identifier: MIT
# TAP, for all that is written in shell: what prints it, and what reads it.  Sourced.
# Programs in C have tests/guest/tap.h.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$TOP" || exit 1
tap_count=0

# ---- printing ----------------------------------------------------------------------

# result VERDICT NAME [REASON]: VERDICT is ok, 'not ok' or skip, for which there is a reason.
result() {
	tap_count=$((tap_count + 1))
	case $1 in
	skip) echo "ok $tap_count - $2 # SKIP ${3:-}" ;;
	*) echo "$1 $tap_count - $2" ;;
	esac
}

# check NAME CMD...: a test that passes when CMD succeeds. What CMD leaves running is not waited for.
check() {
	local name=$1 output
	shift
	output=$(mktemp)
	if ("$@") > "$output" 2>&1; then
		result ok "$name"
	else
		tail -n 20 "$output" | sed 's/^/# /'
		result 'not ok' "$name"
	fi
	rm "$output"
}

# results < LINES: tests that another program found, a line each: VERDICT, NAME and REASON,
# with tabs in between.  Lines that begin with # are passed on.
results() {
	local verdict name reason
	while IFS=$'\t' read -r verdict name reason; do
		case $verdict in
		'#'*) echo "$verdict" ;;
		*) result "$verdict" "$name" "$reason" ;;
		esac
	done
}

tap_end() { echo "1..$tap_count"; }

# In place of all tests.
skip_all() { echo "1..0 # SKIP $1"; }

# ---- reading -----------------------------------------------------------------------

# read_tap FOUND < TAP: calls FOUND with each thing that is there, as soon as it is:
#	ok|'not ok'|skip NAME WHY	a test; WHY is the note before it, or why it is skipped
#	note TEXT
#	whole WHY	all of it is skipped
#	bail WHY	it says that it cannot go on
#	other LINE	this is no TAP
#	missing WHY	at the end: not all tests ran that it planned, or none at all
# It may be a guest's: none of it is evaluated.
read_tap() {
	local found=$1 line plan= seen=0 whole=0 note= verdict name why
	local test='^((not )?ok)( +[0-9]+)?( *- *| +|$)(.*)$' skip='^(.*[^ ])? *# *[Ss][Kk][Ii][Pp] *(.*)$'
	local all_skipped='^1\.\.0 +# *[Ss][Kk][Ii][Pp] *(.*)$' planned='^1\.\.([0-9]+)'
	while IFS= read -r line; do
		if [[ $line =~ $test ]]; then
			verdict=${BASH_REMATCH[1]} name=${BASH_REMATCH[5]} why=
			seen=$((seen + 1))
			if [[ $name =~ $skip ]]; then
				verdict=skip name=${BASH_REMATCH[1]} why=${BASH_REMATCH[2]}
			elif [ "$verdict" = 'not ok' ]; then
				why=$note
			fi
			note=
			"$found" "$verdict" "$name" "$why"
		elif [[ $line =~ $all_skipped ]]; then
			plan=0 whole=1
			"$found" whole "${BASH_REMATCH[1]}"
		elif [[ $line =~ $planned ]]; then
			plan=${BASH_REMATCH[1]}
		elif [[ $line == 'Bail out!'* ]]; then
			"$found" bail "${line#Bail out!}"
		elif [[ $line == '#'* ]]; then
			note=${line#\#} note=${note# }
			"$found" note "$note"
		else
			"$found" other "$line"
		fi
	done
	if [ "$plan" != $seen ] || [ $((seen + whole)) = 0 ]; then
		"$found" missing "${plan:-no} tests planned, $seen ran"
	fi
}

# subtests PREFIX < TAP: passes another program's tests on as ours; its plan must hold, and
# be of one test at least, unless it says why it skips all.
subtests() {
	local prefix=${1//[[:cntrl:]]/?}
	read_tap subtest
}
subtest() {
	case $1 in
	ok | 'not ok' | skip) result "$1" "$prefix: $2" "$3" ;;
	note) echo "# $2" ;;
	whole) result skip "$prefix" "$2" ;;
	bail) echo "# Bail out!$2" ;;
	missing)
		echo "# $2"
		result 'not ok' "$prefix: ran to its end" ;;
	esac
}

# ---- scripts/vm ----------------------------------------------------------------------

# kept_run FILE: the folder that scripts/vm kept, which it says at the end of FILE. There
# may be anything else in FILE: it has what a guest said.
kept_run() {
	sed -n 's|^protex: .*; the kernel.s log is \(build/run/[A-Za-z0-9]*\)/kernel\.log$|\1|p' "$1" | tail -n 1
}
