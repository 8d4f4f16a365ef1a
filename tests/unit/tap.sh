#!/bin/bash
# SPDX-License-Identifier: MIT
# Proves that what reads TAP for the suites (tests/tap.sh) misses nothing that failed or did
# not run, and that what it reads is not evaluated. Prints TAP.
. "$(dirname "$0")/../tap.sh"

# reads TAP EXPECTED: what the reader finds, a line each.
reads() {
	local found
	line() { (IFS='|'; echo "$*"); }
	found=$(read_tap line <<< "$1")
	echo "$found"
	[ "$found" = "$2" ]
}

# passes_on TAP EXPECTED: what becomes of it as subtests of ours.
passes_on() {
	local printed
	printed=$(tap_count=4 && subtests pre <<< "$1")
	echo "$printed"
	[ "$printed" = "$2" ]
}

evaluates_nothing() {
	local name='a[$(touch '$folder'/ran)]'
	(cd "$folder" && subtests "$name" <<< "ok $name - $name
ok 1 - \$(touch ran)
not ok 2 - \`touch ran\`; touch ran
1..$name")
	[ ! -e "$folder/ran" ]
}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

check 'tests that passed and failed, and why' reads $'ok 1 - one\n# because\nnot ok 2 - two\nnot ok 3 - three\n1..3' \
	$'ok|one|\nnote|because\nnot ok|two|because\nnot ok|three|'
check 'a plan that comes first, and tests without numbers and dashes' reads $'1..4\nok\nok - b\nok 3 c\nnot ok' \
	$'ok||\nok|b|\nok|c|\nnot ok||'
check 'skipped tests' reads $'ok 1 - one # SKIP no need\nok 2 - # skip\n1..2' $'skip|one|no need\nskip||'
check 'skipped altogether' reads '1..0 # SKIP no need' 'whole|no need'
check 'too few tests' reads $'ok 1 - one\n1..2' $'ok|one|\nmissing|2 tests planned, 1 ran'
check 'too many tests' reads $'1..1\nok 1 - one\nok 2 - two' $'ok|one|\nok|two|\nmissing|1 tests planned, 2 ran'
check 'no plan' reads 'ok 1 - one' $'ok|one|\nmissing|no tests planned, 1 ran'
check 'no test' reads '1..0' 'missing|0 tests planned, 0 ran'
check 'nothing' reads '' $'other|\nmissing|no tests planned, 0 ran'
check 'giving up' reads $'ok 1 - one\nBail out! no more\n1..1' $'ok|one|\nbail| no more'
check 'what is no TAP' reads $'okay\n1..1\nok 1' $'other|okay\nok||'
check 'subtests have a prefix and our numbers' passes_on $'ok 1 - one\n# because\nnot ok 2 - two\nok 3 - three # SKIP no need\n1..3' \
	$'ok 5 - pre: one\n# because\nnot ok 6 - pre: two\nok 7 - pre: three # SKIP no need'
check 'subtests that did not all run' passes_on $'ok 1 - one\n1..2' \
	$'ok 5 - pre: one\n# 2 tests planned, 1 ran\nnot ok 6 - pre: ran to its end'
check 'subtests that are skipped' passes_on '1..0 # SKIP no need' 'ok 5 - pre # SKIP no need'
check 'nothing of it is evaluated' evaluates_nothing
check 'control: a test that fails is printed as failed' test "$(check name false)" = 'not ok 16 - name'
# Who reads what this prints sees its end.
leaves_something() {
	[ "$(timeout 20 bash -c '. tests/tap.sh; check name sh -c "sleep 60 3>&- & echo \$! >&3" 3>&1' | tr '\n' ' ' |
		{ read -r pid rest; kill "$pid" && echo "$rest"; })" = "ok 1 - name" ]
}
check 'what a test leaves running is not waited for' leaves_something
tap_end
