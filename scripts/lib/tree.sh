# SPDX-License-Identifier: MIT
# The prepared trees of Linux and Mesa: git trees of the pinned source, with our
# series applied by git am and our whole files linked in, so that one edits in
# place.  They belong to this checkout.  Sourced after sources.sh.

TREES=$PROTEX_CACHE/trees-$(printf %s "$PROTEX_TOP" | sha256sum | cut -c1-8)

# build_into OUT NAME SCRIPT ARG…: runs scripts/lib/SCRIPT in the tool chain, which
# gets the ARGs and, last, the folder to leave what it builds in; when it is done,
# that becomes the cached folder OUT.  NAME is what the log and the user are told.
build_into() {
	local out=$1 name=$2 script=$3 log
	shift 3
	log=$(tr -cs 'A-Za-z0-9.\n' - <<< "$name")
	run_logged "building $name" "$PROTEX_CACHE/log/${log%-}.log" \
		in_root sh "/protex/scripts/lib/$script" "$@" "/cache/$(basename "$out").part"
	remove_tree "$out"
	mv "$out.part" "$out"
	touch "$out/.complete"
}

# has_tree NAME FOLDER: TREES/NAME is there, and what it lacks is what src/FOLDER does not want of it.
has_tree() {
	[ -e "$TREES/$1/.git/protex-base" ] &&
		cmp -s <(cat "$TREES/$1/.git/protex-not-unpacked" 2> /dev/null) <(cat "$PROTEX_TOP/src/$2/not-unpacked" 2> /dev/null)
}

# tree_steps NAME FOLDER: what prepare_tree would do, but for what takes no time.
tree_steps() { has_tree "$@" || echo "unpacking $1"; }

# has_work NAME: somebody works in TREES/NAME, and has not saved it.
has_work() {
	[ -e "$TREES/$1/.git/protex-head" ] || return 1
	! in_root sh -c 'cd "$1" && [ -z "$(git status --porcelain --untracked-files=no)" ] &&
		[ "$(git rev-parse HEAD)" = "$(cat .git/protex-head)" ]' sh "/src/$1"
}

# unpack_tree NAME FOLDER PREFIX: makes TREES/NAME from the source that begins with PREFIX, if it
# is not there, without what src/FOLDER does not want of it.
unpack_tree() {
	local name=$1 folder=$2 prefix=$3 file
	! has_tree "$name" "$folder" || return 0
	! has_work "$name" || die "$TREES/$name lacks files, and has work that is not in the series: save it (scripts/series save) and remove that folder"
	file=$(source_file "$prefix")
	remove_tree "$TREES/$name"
	run_logged "unpacking $name" "$PROTEX_CACHE/log/unpack.log" \
		in_root sh /protex/scripts/lib/unpack "/cache/dl/$file" "/src/$name" "/protex/src/$folder/not-unpacked"
}

# prepare_tree NAME FOLDER PREFIX: makes TREES/NAME from the source that
# begins with PREFIX and from src/FOLDER, or brings it up to date.
prepare_tree() {
	local name=$1 folder=$2
	unpack_tree "$@"
	run_logged "applying the series to $name" "$PROTEX_CACHE/log/apply.log" \
		in_root sh /protex/scripts/lib/apply-series "/src/$name" \
		"/protex/src/$folder"
}
