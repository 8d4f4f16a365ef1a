# SPDX-License-Identifier: MIT
# Upstream sources: from the cache, from local files ($PROTEX_SOURCES, a
# folder), or from Debian's archive.  Sourced after root.sh.

PINS=$PROTEX_TOP/scripts/pins
# Linux and Mesa are built anew when their pins change, and not for others'.
PIGLIT_PIN=$PROTEX_TOP/src/piglit/pin
OPTEE_PINS=$PROTEX_TOP/src/optee/pins
# What messages call them.
PIN_FILES="scripts/pins, src/piglit/pin or src/optee/pins"
DOWNLOADS=$PROTEX_CACHE/dl

pinned_file() { awk -v want="$1" 'index($2, want) == 1 { print $2; exit }' "$PINS" "$PIGLIT_PIN" "$OPTEE_PINS"; }
pinned_sum() { awk -v file="$1" '$2 == file { print $1 }' "$PINS" "$PIGLIT_PIN" "$OPTEE_PINS"; }
sum_of() { sha256sum < "$1" | cut -d' ' -f1; }

# source_file PREFIX: prints the name, below $DOWNLOADS, of the file whose name
# begins with PREFIX, which is there and checked when this returns.
source_file() {
	local prefix=$1 file pin
	file=$(pinned_file "$prefix")
	pin=$(pinned_sum "$file")
	[ -n "$file" ] || die "$PIN_FILES names no file that begins with $prefix"
	mkdir -p "$DOWNLOADS"
	if [ ! -e "$DOWNLOADS/$file" ]; then
		from_local_files "$file" "$pin" || from_archive "$prefix" "$file" "$pin"
	fi
	if [ -e "$DOWNLOADS/$file" ]; then
		echo "$file"
	else
		newest_download "$prefix"
	fi
}

from_local_files() {
	local file=$1 pin=$2
	[ -n "${PROTEX_SOURCES:-}" ] || return 1
	[ -e "$PROTEX_SOURCES/$file" ] ||
		die "PROTEX_SOURCES=$PROTEX_SOURCES has no $file; put it there, or unset PROTEX_SOURCES to download it"
	[ "$(sum_of "$PROTEX_SOURCES/$file")" = "$pin" ] ||
		die "$PROTEX_SOURCES/$file is not the file that $PIN_FILES names (its SHA-256 differs); get it again"
	cp "$PROTEX_SOURCES/$file" "$DOWNLOADS/$file.part"
	mv "$DOWNLOADS/$file.part" "$DOWNLOADS/$file"
}

newest_download() {
	find "$DOWNLOADS" -maxdepth 1 -name "$1*" ! -name '*.part' -printf '%f\n' |
		sort -V | tail -n 1 | grep . ||
		die "there is no $1 in Debian's archive any more; put the file that $PIN_FILES names into a folder and set PROTEX_SOURCES to it"
}

from_archive() {
	local prefix=$1 file=$2 pin=$3 got
	run_logged "downloading ${prefix%%_*}" "$PROTEX_CACHE/log/download.log" \
		in_root sh /protex/scripts/lib/download "$prefix" "$file" ||
		die "Debian's archive could not be reached; try again, or put $file into a folder and set PROTEX_SOURCES to it"
	got=$(cat "$DOWNLOADS/new/name")
	if [ "$got" = "$file" ] && [ "$(sum_of "$DOWNLOADS/new/$got")" != "$pin" ]; then
		die "$got from Debian's archive is not the file that $PIN_FILES names (its SHA-256 differs); do not use it"
	fi
	[ "$got" = "$file" ] ||
		warn "the archive has $got, not the pinned $file; its signature is right, and the series is expected to apply to it"
	mv "$DOWNLOADS/new/$got" "$DOWNLOADS/$got"
	rm -r "$DOWNLOADS/new"
}
