# SPDX-License-Identifier: MIT
# A folder of clips that a test makes, which goes with it.  Sourced.

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

ff() { ffmpeg -v error -nostdin -y "$@"; }
picture() { # SIZE RATE SECONDS FFMPEG-OPTION...
	source="testsrc2=size=$1:rate=$2:duration=$3"
	shift 3
	ff -f lavfi -i "$source" "$@"
}
