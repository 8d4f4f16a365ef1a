# SPDX-License-Identifier: MIT
# The steps of a set-up: long commands, each with its log, its progress and the time it took.
# Sourced after common.sh.

STEP_TIMES=$PROTEX_CACHE/log/times

# step_begin QUIET TITLE LOG CMD...: starts CMD with its output in LOG; step_end waits for it.
# CMD ends when this script does, however that ends: it is waited for in the background, so
# that signals are heard at once, and its ticker ends it when nobody can any more.  QUIET is 1
# for a step beside which there is another, whose progress shows.  Sets STEP, which step_end
# wants.
declare -A step_title step_log step_times step_process step_ticker step_alive
STEP=0
step_begin() {
	local quiet=$1 title=$2 log=$3 alive times unnamed
	shift 3
	STEP=$((STEP + 1))
	mkdir -p "$(dirname "$log")"
	: > "$log"
	# What the step took is this script's own, and has no name that could stay when it is killed.
	unnamed=$(mktemp "$log.XXXXXX")
	exec {times}<> "$unnamed"
	rm "$unnamed"
	say "$title …$(expectation "$title")"
	{
		local status=0 since=$SECONDS
		"$@" || status=$?
		{
			times
			echo $((SECONDS - since))
		} >&$times
		exit $status
	} < /dev/null > "$log" 2>&1 &
	step_process[$STEP]=$!
	exec {alive}> >(tick "$log" "${step_process[$STEP]}" "$quiet")
	step_ticker[$STEP]=$! step_alive[$STEP]=$alive
	step_title[$STEP]=$title step_log[$STEP]=$log step_times[$STEP]=$times
}

# step_end STEP: ends this script, having said why, if the step failed.
step_end() {
	local status=0 log=${step_log[$1]} title=${step_title[$1]} alive=${step_alive[$1]} times=${step_times[$1]} seconds
	wait "${step_process[$1]}" || status=$?
	kill "${step_ticker[$1]}" 2> /dev/null || :
	exec {alive}>&-
	wait "${step_ticker[$1]}" 2> /dev/null || :
	[ ! -t 2 ] || printf '\r\033[K' >&2
	seconds=$(sed -n 3p "/proc/self/fd/$times")
	if [ "$status" != 0 ]; then
		tail -n 25 "$log" >&2
		die "$title: failed after ${seconds:-?} s; the whole log is $log"
	fi
	say "$title: done in $seconds s"
	record_times "$title" "/proc/self/fd/$times"
	exec {times}>&-
}

# run_logged TITLE LOG CMD...: the two in one.
run_logged() {
	local step
	step_begin 0 "$@"
	step=$STEP
	step_end "$step"
}

# tick LOG STEP QUIET: a line of progress on the terminal, or one every minute where there is
# none.  Standard input is a pipe that nobody writes to, and that ends with the script whose
# process STEP is.
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
		[ "$3" = 0 ] || continue
		[ ! -t 2 ] || printf '\r\033[K' >&2
		printf '  %4d s  %s' $((SECONDS - begin)) \
			"$(tail -c 300 "$1" | tr '\r' '\n' | grep . | tail -n 1 | cut -c1-70)" >&2
		[ -t 2 ] || echo >&2
	done
}

# ---- how long it takes -----------------------------------------------------------

# record_times TITLE TIMES: what a step took, on the clock and of the processors (the second
# line of the shell's times is its children's), for expectation and scripts/times.
record_times() {
	awk -v title="$1" '
		function seconds(text, part) { split(text, part, /[ms]/); return part[1] * 60 + part[2] }
		NR == 2 { user = seconds($1); kernel = seconds($2) }
		NR == 3 { printf "%d\t%.1f\t%.1f\t%s\n", $1, user, kernel, title }' "$2" >> "$STEP_TIMES"
}

# expected TITLE: how many seconds that step will take here, if anybody knows: what it took the
# last time, or else what it took where scripts/lib/step-seconds was measured, as many times as the
# steps that were done here took longer.
expected() {
	mkdir -p "$(dirname "$STEP_TIMES")"
	touch "$STEP_TIMES"
	awk -F '\t' -v title="$1" '
		FNR == NR { reference[$2] = $1; next }
		$4 == title { last = $1 }
		$4 in reference { here += $1; there += reference[$4] }
		END {
			if (last != "") print last
			else if (title in reference) printf "%d\n", reference[title] * (there ? here / there : 1)
		}' "$PROTEX_TOP/scripts/lib/step-seconds" "$STEP_TIMES"
}

expectation() {
	local seconds
	seconds=$(expected "$1")
	[ -z "$seconds" ] || [ "$seconds" -lt 10 ] || echo " (about $seconds s)"
}

# plan: says what is to be done, from the titles of steps on standard input.
plan() {
	local titles title seconds all=0 lines=
	mapfile -t titles
	[ ${#titles[@]} -gt 1 ] || return 0
	for title in "${titles[@]}"; do
		seconds=$(expected "$title")
		all=$((all + ${seconds:-0}))
		lines+=$(printf '\n%6s s  %s' "${seconds:-?}" "$title")
	done
	say "to be set up first, in about $(((all + 59) / 60)) min:$lines"
}
