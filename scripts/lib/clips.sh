# SPDX-License-Identifier: MIT
# Test pictures that are made once and kept in the cache.  Sourced after root.sh.

# cached_clip NAME SOURCE FRAMES OPTION…: clips/NAME of the cache is what ffmpeg makes of SOURCE, one of its filters:
# H.264 in MP4, as a camera or a film would have it.  Other checkouts may want it at the same time.
cached_clip() {
	[ -e "$PROTEX_CACHE/clips/$1" ] || with_lock clips make_cached_clip "$@"
}
make_cached_clip() {
	local name=clips/$1 source=$2 frames=$3
	shift 3
	[ ! -e "$PROTEX_CACHE/$name" ] || return 0
	mkdir -p "$PROTEX_CACHE/clips"
	in_root ffmpeg -v error -nostdin -y -f lavfi -i "$source" -frames:v "$frames" -c:v libx264 \
		-preset veryfast -crf 18 -pix_fmt yuv420p "$@" -f mp4 "/cache/$name.part"
	mv "$PROTEX_CACHE/$name.part" "$PROTEX_CACHE/$name"
}
