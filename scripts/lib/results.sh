# SPDX-License-Identifier: MIT
# Folders that a guest may write to.  What it writes there is data: it is never to be
# run on the host, so nothing is there that others run, or compile what they run from; and what
# suites that have no guest judge by is in build/host.
# Sourced after common.sh.

# results_folder OPTION FOLDER: makes FOLDER, which OPTION has, and prints its name as
# seen from the checkout.
results_folder() {
	local folder program
	folder=$(cd "$PROTEX_TOP" && realpath -m --relative-to=. -- "$2")
	case $folder in
	build/run | build/run/* | build/guest | build/guest/* | build/guest-* | build/sanitize | build/sanitize/* | build/fuzz | build/host | build/host/*)
		die "$1 takes a folder of results, which $2 is not" ;;
	*[!A-Za-z0-9._/-]*) die "$1 takes a name of letters, digits, '.', '_' and '-', not $2" ;;
	build/?*) ;;
	*) die "$1 takes a folder below build/ of the checkout, not $2" ;;
	esac
	mkdir -p "$PROTEX_TOP/$folder"
	program=$(cd "$PROTEX_TOP" && find "$folder" -type f -perm /111 -print -quit)
	[ -z "$program" ] || die "$1 takes a folder of results, and $2 has a program, $program"
	echo "$folder"
}
