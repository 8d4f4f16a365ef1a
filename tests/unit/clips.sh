#!/bin/bash
# SPDX-License-Identifier: MIT
# clips.sh PROTEX: files as people have them, made by ffmpeg, and what becomes of each when it is packed as raw
# frames. mp4.sh has what is of MP4 files. Prints TAP.
protex=$(realpath "$1")
. "$(dirname "$0")/../tap.sh"
. tests/unit/media.sh

# says STATUS TEXT ARGS...: pack ends with STATUS, TEXT is in what it says, and nothing else of libav's.
says() {
	local status=$1 text=$2 got=0
	shift 2
	"$protex" pack --raw "$@" > out 2> err || got=$?
	rm -f raw
	cat out err
	echo "exit status $got, expected $status with '$text'"
	[ $got = "$status" ] && cat out err | grep -q -e "$text" && ! grep -v -q '^protex pack: ' err
}
packs() { check "$1" says "${@:2}"; } # NAME STATUS TEXT ARGS...

# Of the one before: out and err stay.
says_also() { check "$1" grep -e "$2" out err; } # NAME TEXT
says_nothing_else() { check "$1" diff /dev/null err; } # NAME

cut_off() { # FILE: the first two thirds of it, as cut.FILE; a byte more than packets of MPEG-TS are
	head -c $(($(wc -c < "$1") * 2 / 3 / 188 * 188 + 1)) "$1" > "cut.$1"
}

overwrite() { # FILE OFFSET BYTES
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# ---- times -----------------------------------------------------------------------

picture 64x48 30 6 -vf 'settb=1/1000,setpts=PTS+12*random(0)' -fps_mode passthrough -enc_time_base 1:1000 \
	-c:v libvpx -deadline realtime recording.webm
packs 'a recording with jitter takes as long as it does' 0 'at 30.0.. fps' recording.webm raw
says_also 'and it is said that it had times of its own' 'times of their own'
pauses="setpts='if(lt(N,3),N*0.1,if(lt(N,6),0.3+(N-3)*0.5,2+(N-6)*2))/TB'"
for name in pauses.gif pauses.apng; do
	picture 64x48 10 1 -vf "$pauses" -fps_mode passthrough -f "${name#*.}" $name
	packs "$name takes as long as it does" 0 'at 1.1.. fps' $name raw
	says_also "and it is said that $name has times of its own" 'times of their own'
done
picture 64x48 10 3 -vf "select='not(between(n,5,15))'" -fps_mode passthrough -c:v mjpeg dropped.avi
packs 'an AVI with dropped frames takes as long as it does' 0 'at 6.2.. fps' dropped.avi raw
picture 64x48 25 1 -c:v mjpeg constant.avi
packs 'what comes at a constant rate keeps it' 0 'at 25.000 fps' constant.avi raw
says_nothing_else 'and nothing is said of it'
{
	echo 'YUV4MPEG2 W34 H18 F100000001:100000 Ip A1:1 C420jpeg'
	for frame in 1 2 3; do
		echo FRAME
		head -c 918 /dev/zero
	done
} > fast.y4m
packs 'a rate above 1000 is not written' 0 'at 1000.000 fps' fast.y4m raw

# ---- damage ----------------------------------------------------------------------

ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=6 -f lavfi -i sine=duration=6 \
	-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac whole.mp4
ff -i whole.mp4 -c copy -movflags +faststart front.mp4
ff -i whole.mp4 -c copy -movflags +frag_keyframe+empty_moov fragments.mp4
ff -i whole.mp4 -c copy whole.ts
ff -i whole.mp4 -c copy whole.mkv
for file in whole.mp4 front.mp4 fragments.mp4 whole.ts whole.mkv; do
	packs "$file is whole" 0 '150 frames' $file raw
	says_nothing_else "and nothing is said of $file"
	cut_off $file
done
{ cat front.mp4; echo 'appended by somebody'; } > appended.mp4
packs 'what follows the last box is no matter' 0 '150 frames' appended.mp4 raw
says_nothing_else 'and nothing is said of it'
packs 'an MP4 file without its index is told as such' 1 'no index (moov box)' cut.whole.mp4 raw
packs 'what there is of an MP4 file is packed' 2 'cut off: it has 3.[0-9] of 6.0 seconds' cut.front.mp4 raw
says_also 'and said how much that is' ' 9[0-9] frames'
packs 'what there is of fragments is packed' 2 'cut off: its last part is incomplete' cut.fragments.mp4 raw
packs 'what there is of a transport stream is packed' 2 'cut off: its last part is incomplete' cut.whole.ts raw
packs 'what there is of a Matroska file is packed' 2 'cut off: it has [34].[0-9] of 6.0 seconds' cut.whole.mkv raw
packs 'as many frames as are asked for are enough' 0 ' 10 frames' --frames 10 cut.front.mp4 raw
says_nothing_else 'and then no damage is told'
fifth=$(grep -abo 00dc constant.avi | sed -n 5s/:.*//p)
overwrite constant.avi $((fifth + 8)) "$(printf '\\000%.0s' $(seq 1 1500))"
packs 'a damaged frame is left out, and counted' 2 '1 of its packets or pictures' constant.avi raw
says_also 'and the others are packed' ' 24 frames'
picture 160x120 25 1 -c:v libsvtav1 -preset 12 av1.mkv 2> /dev/null
overwrite av1.mkv $(($(wc -c < av1.mkv) / 2)) '\377\377\377\377'
packs 'so it is with AV1, whose decoder does not speak' 2 'of its packets or pictures' av1.mkv raw

# ---- names and contents ----------------------------------------------------------

picture 64x48 25 1 -frames:v 1 -update 1 one.png
cp one.png 'shot%2d.png'
mv whole.mkv 'Movie: Title.mkv'
cp front.mp4 ./-v.mp4
cp front.mp4 "$(printf 'caf\351.mp4')"
packs 'a name with a colon is no URL' 0 '150 frames' 'Movie: Title.mkv' raw
packs 'a name with a number of digits is no pattern' 0 '1 frames' 'shot%2d.png' raw
packs 'a name like an option can be given' 0 '150 frames' -- -v.mp4 raw
packs 'a name need not be UTF-8' 0 '150 frames' "$(printf 'caf\351.mp4')" raw
printf 'ffconcat version 1.0\nfile front.mp4\n' > list.ffconcat
packs 'a list of other files is none of them' 1 'list.ffconcat' list.ffconcat raw
printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:6,\nwhole.ts\n#EXT-X-ENDLIST\n' > list.m3u8
packs 'nor is a playlist' 1 'list.m3u8' list.m3u8 raw
seq 1 2000 > README.txt
packs 'a text is no video' 1 'no video' README.txt raw
packs 'a folder is no video' 1 'Is a directory' . raw
ff -f lavfi -i sine=duration=1 -i one.png -map 0 -map 1 -c:v mjpeg -disposition:v attached_pic song.mp3
packs 'a cover is no video' 1 'only a cover picture' song.mp3 raw
ff -i one.png -i front.mp4 -map 0 -map 1:v -c:v:0 mjpeg -c:v:1 copy poster.mp4
packs 'of a picture and a video, the video is packed' 0 '150 frames' poster.mp4 raw

# ---- what raw frames do not keep -------------------------------------------------

ff -display_rotation 90 -i front.mp4 -c copy rotated.mp4
packs 'a rotated video is told' 0 'turned by 90 degrees' rotated.mp4 raw
picture 64x48 25 1 -vf setsar=64/45 -c:v mpeg4 anamorphic.avi
packs 'pixels that are not square are told' 0 'pixels of 64:45' anamorphic.avi raw
picture 64x48 25 1 -vf setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc \
	-pix_fmt yuv420p10le -c:v libx265 -x265-params log-level=none hdr.mp4
packs 'a high dynamic range is told' 0 'high dynamic range (smpte2084)' hdr.mp4 raw
says_also 'and the bits of a sample' '10 bits'
picture 64x48 25 1 -vf format=rgba,colorchannelmixer=aa=0 -c:v png clear.mov
packs 'transparency is told' 0 'transparent' clear.mov raw

# ---- encryption ------------------------------------------------------------------

ff -i front.mp4 -c copy -encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff \
	-encryption_kid 0123456789abcdef0123456789abcdef encrypted.mp4
packs 'what is encrypted names its key' 1 'encrypted (cenc) with key 0123456789abcdef0123456789abcdef' encrypted.mp4 raw
tap_end
