# SPDX-License-Identifier: MIT
# What the suites of the OP-TEE machine share.  Sourced after tap.sh, with $results, which guests write to, and
# $judged, which they do not.
rm -rf "$results" "$judged"
mkdir -p "$results" "$judged"

# in_guest NAME OPTION… -- CMD…: the tests that CMD prints, in a machine of its own.
in_guest() {
	local name=$1 status=0
	shift
	scripts/vm --machine optee --timeout 1800 "$@" > "$judged/$name.tap" || status=$?
	subtests "$name" < "$judged/$name.tap"
	check "$name: the guest ran to its end (status $status)" test $status = 0
}

# programs_in_guest NAME OPTION… -- CMD…: the tests that CMD leaves in the folder $results/NAME, which it is given last.
programs_in_guest() {
	local name=$1 status=0 folder=$results/$1 tap
	shift
	mkdir -p "$folder"
	scripts/vm --machine optee --timeout 1800 --writable "$folder" "$@" "$folder" || status=$?
	for tap in "$folder"/*.tap; do
		subtests "$name: $(basename "$tap" .tap)" < "$tap"
	done
	check "$name: the guest ran to its end (status $status)" test $status = 0
}
