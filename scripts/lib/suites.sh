# SPDX-License-Identifier: MIT
# Runs suites and shows and records what they print.  Sourced, by scripts/test and by what it starts, with
#	SUITES		the folder that has them
#	RESULTS		the folder for what they print and how long they took
#	records		the folder whose tests/SUITE has a line for each test of a suite: the suite, the verdict,
#			the name, and why it failed or was skipped, with tabs in between

. "$PROTEX_TOP/scripts/lib/printable.sh"

about() { sed -n '3s/^# //p' "$SUITES/$1"; }
seconds() {
	cat "$PROTEX_TOP/tests/times" "$PROTEX_CACHE/log/suites" 2> /dev/null |
		awk -F '\t' -v suite="$1" '$2 == suite { seconds = $1 } END { print seconds }'
}

# report < TAP, of the suite that the variable suite names.
report() (
	. "$PROTEX_TOP/tests/tap.sh"
	record() { printf '%s\t%s\t%s\t%s\n' "$suite" "$1" "${2//$'\t'/ }" "${3//$'\t'/ }" >> "$records/tests/$suite"; }
	found() {
		case $1 in
		ok | 'not ok') echo "$1 $suite - $2" ;;
		skip) echo "ok $suite - $2 # SKIP $3" ;;
		note) echo "# $suite: $2"; return ;;
		other) echo "$2"; return ;;
		whole) echo "# skipped: $2"; set -- skip "the suite" "$2" ;;
		bail) echo "Bail out!$2"; set -- 'not ok' "the suite ran to its end" "$2" ;;
		missing) set -- 'not ok' "all tests of the suite ran" "$2" ;;
		esac
		record "$@"
	}
	read_tap found
)

# Seconds after which a suite hangs: nobody has that much patience, and one whose usual time is not
# known gets no more. With --all and on the debug kernel some take hours.
deadline() { # SUITE
	if [ "$PROTEX_ALL" = 1 ] || [ "$PROTEX_KERNEL" = debug ]; then
		echo 86400
	else
		seconds "$1" | awk '{ print 1200 + 3 * $1 }'
	fi
}

# end_after SECONDS LEADER: when its standard input has not ended by then, says in TAP what the suite with
# this process group is at, and ends it.
end_after() {
	timed_out "$1" || return
	echo "Bail out! the suite had not ended after $1 s"
	ps -eo pgid=,pid=,ppid=,etimes=,args= | awk -v group="$2" '$1 == group { print "# " substr($0, 1, 200) }'
	for log in "$PROTEX_TOP"/build/run/*/kernel.log; do
		echo "# $log: $(tail -qn 1 "${log%/*}/session" "$log" 2>&1 | paste -sd ' ')"
	done
	kill -- "-$2"
	! timed_out 20 || kill -KILL -- "-$2"
}
# timed_out SECONDS: waits as long, or until standard input ends.
timed_out() {
	read -rt "$1"
	[ $? -gt 128 ]
}

run() { # SUITE
	local suite=$1 log=$RESULTS/$1.log begin=$SECONDS lines errors readers watch took status=0
	printf '# %s: %s\n' "$suite" "$(about "$suite")"
	exec {lines}> >(tee "$log" | printable | report)
	readers=$!
	exec {errors}> >(tee "$RESULTS/$suite.stderr.log" | printable >&2)
	readers+=" $!"
	# Who started this may have had signals ignored, which lasts, and tests send them.
	set -m
	setpriv --pdeathsig TERM env --default-signal=HUP,INT,QUIT,PIPE "$SUITES/$suite" \
		>&$lines 2>&$errors {lines}>&- {errors}>&- & leader=$!
	set +m
	# What watches it ends with this, however it ends.
	exec {watch}> >(end_after "$(deadline "$suite")" "$leader" >&$lines {lines}>&- {errors}>&-)
	wait "$leader" || status=$?
	exec {watch}>&-
	# One that prints no plan to its end, or ends with an error, has failed, whatever
	# its tests said.
	[ $status = 0 ] || echo "Bail out! the suite ended with status $status" >&$lines
	exec {lines}>&- {errors}>&-
	# What it left running has its output, which would never end.
	exec {watch}> >(kill -- "-$leader" 2> /dev/null && timed_out 20 && kill -KILL -- "-$leader")
	# shellcheck disable=SC2086
	wait $readers || :
	exec {watch}>&-
	leader=
	took=$((SECONDS - begin))$'\t'$suite
	echo "$took" >> "$RESULTS/times"
	# All of a suite takes longer on the debug kernel, and some leave out more.
	[ "$PROTEX_KERNEL" = debug ] || echo "$took" >> "$PROTEX_CACHE/log/suites"
}

# run_all QUEUE: the suites that the file names, each of which one lane takes.
run_all() {
	local suite leader=
	trap '[ -z "$leader" ] || kill -- "-$leader"; exit 143' TERM
	while suite=$(flock "$1.lock" sed -i -n -e '1w /dev/stdout' -e '2,$p' "$1") && [ -n "$suite" ]; do
		run "$suite"
	done
}
