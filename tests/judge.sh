# SPDX-License-Identifier: MIT
# Judges pictures that a guest took, by the statements that it wrote beside them
# (tests/guest/compositors/common.sh has their words). Sourced by a suite, after tap.sh and setup.sh, with
# $results, whose work/ has the frames as they must look, and $PSNR_MIN.

image() { in_root build/guest/tests/tools/image "$@"; }

reference() { # FRAME: what image takes for it
	case $1 in
	*:*) echo "$1" ;;
	*) echo "$results/work/$1.png" ;;
	esac
}

# look_for PICTURE FRAME[@X,Y]: anywhere, or there. Sets x, y and psnr.
look_for() {
	local correlation place=()
	case $2 in *@*) place=("${2#*@}") ;; esac
	read -r x y psnr correlation < <(image locate "$results/$1" "$(reference "${2%@*}")" "${place[@]}")
	[ -n "$psnr" ] && echo "PSNR $psnr dB, correlation $correlation, at $x,$y"
}

is_enough() { awk -v psnr="$psnr" -v least=$PSNR_MIN 'BEGIN { exit !(psnr >= least) }'; }

# Where a picture shows which frame.
declare -A place_in frame_in
sees() {
	look_for "$1" "$2" && is_enough && place_in[$1]="$x,$y" frame_in[$1]=${2%@*}
}

lacks() { look_for "$1" "$2" && ! is_enough; }

does_show() {
	[ -n "${frame_in[$1]:-}" ] || { echo "$1 does not show what it should"; return 1; }
}

# What a capture hides.
declare -A hidden
hides() { # CAPTURE PICTURE
	local frame place size region
	# Nothing at all is not anything of it.
	[ ! -e "$results/$1.refused" ] || { echo "the capture was refused"; return 0; }
	does_show "$2" || return
	frame=${frame_in[$2]} place=${place_in[$2]}
	case $frame in
	*:*) size=${frame#*:} ;;
	*) size=$(image size "$(reference "$frame")") || return ;;
	esac
	region=$size+${place/,/+}
	hidden[$1]+=" but $region"
	image black "$results/$1" "$region" || { look_for "$1" "$frame@$place"; return 1; }
}

# But for what it hides, a capture is the picture, pixel for pixel.
agrees() { # CAPTURE PICTURE
	# shellcheck disable=SC2086
	image same "$results/$1" "$results/$2" ${hidden[$1]:-}
}

# In all pictures of a film, only a part of it is not as in a picture; that does change,
# and is never black.
steady() { # FOLDER PICTURE WxH+X+Y
	image steady "$results/$2" "$3" "$results/$1"/*.png
}

# Two pictures are not the same there.
differs() { # PICTURE OTHER WxH+X+Y
	local status=0
	image same "$results/$1" "$results/$2" in "$3" || status=$?
	[ $status = 1 ]
}

keeps() { # CAPTURE PICTURE
	does_show "$2" && look_for "$1" "${frame_in[$2]}@${place_in[$2]}" && is_enough
}

# What a statement is: a guest wrote it, so that it is one of these, word for word, or is
# not looked at.
number='(0|[1-9][0-9]{0,4})'
size="${number}x$number"
picture='[A-Za-z0-9_-]+\.png'
frame="([a-z0-9-]+|(black|#[0-9a-f]{6}):$size)(@$number,$number)?"
part="$size\\+$number\\+$number"
statement="(ok|not_ok|(sees|lacks) $picture $frame|(hides|keeps|agrees) $picture $picture|\
differs $picture $picture $part|steady [A-Za-z0-9_-]+ $picture $part) [^[:cntrl:]]+"

# judge COMPOSITOR: what its script expects.
judge() {
	local line words
	while IFS= read -r line; do
		if ! [[ $line =~ ^$statement$ ]]; then
			check_here "$1: a statement" no_statement "$line"
			continue
		fi
		read -ra words <<< "${BASH_REMATCH[1]}"
		# In this shell, for what it remembers.
		check_here "$1: ${line#"${BASH_REMATCH[1]} "}" "${words[@]}"
	done < "$results/$1.judge"
}
ok() { :; }
not_ok() { return 1; }
no_statement() { printf 'this is none: %q\n' "$1"; return 1; }

check_here() {
	local name=$1 verdict=ok
	shift
	"$@" > "$results/work/why" 2>&1 || verdict='not ok'
	sed 's/^/# /' "$results/work/why"
	result "$verdict" "$name"
}

# A guest that would have commands run here.
nothing_is_run() {
	local ran=$results/work/ran
	cat > "$results/foreign.judge" <<-EOF
	touch $ran a command
	ok; touch $ran a second one
	ok\$(touch $ran) one in a word
	sees a[\$(touch $ran)].png frame-5 one in a picture's name
	sees a.png frame-5@0,a[\$(touch $ran)] one in a number
	differs a.png b.png 4x4+0+a[\$(touch $ran)] one in a part
	sees ../picture.png frame-5 a picture elsewhere
	sees -version frame-5 an option
	sees a.png ../../frame a frame elsewhere
	source a.png a file
	EOF
	judge foreign > "$results/work/foreign.tap"
	cat "$results/work/foreign.tap"
	rm "$results/foreign.judge"
	[ ! -e "$ran" ] && [ "$(grep -c '^not ok .* foreign: a statement$' "$results/work/foreign.tap")" = 10 ] &&
		! grep -q '^ok' "$results/work/foreign.tap"
}
check "nothing that a guest writes is run" nothing_is_run
