#!/bin/bash
# SPDX-License-Identifier: MIT
# mp4.sh PROTEX TA-PLAY: encrypted MP4 files. What is packed, ffmpeg decodes with its key, bit by bit as before, and the
# TA makes of it what a decoder takes; what ffmpeg encrypted is read here. Prints TAP.
protex=$(realpath "$1") ta_play=$(realpath "$2")
. "$(dirname "$0")/../tap.sh"
. tests/unit/media.sh
key=00112233445566778899aabbccddeeff kid=0123456789abcdef0123456789abcdef
echo $key > key
echo ffeeddccbbaa99887766554433221100 > other-key

# packs STATUS TEXT ARGS...
packs() {
	status=$1 text=$2
	shift 2
	"$protex" pack "$@" > packed 2>&1
	got=$?
	cat packed
	[ $got = "$status" ] && grep -q -e "$text" packed
}

# frames FILE OPTION...: the digest of each picture that ffmpeg decodes
frames() {
	file=$1
	shift
	# How a damaged picture is mended must not depend on which thread was first.
	ffmpeg -v quiet -nostdin -threads 1 "$@" -i "$file" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
		awk -F, '!/^#/ { print $NF }'
}
shown_at() {
	file=$1
	shift
	ffprobe -v quiet "$@" -select_streams v -show_entries frame=pts_time -of default=nk=1:nw=1 "$file"
}
audio() { ffmpeg -v error -nostdin -i "$1" -map 0:a -c copy -f md5 -; }
streams() { ffprobe -v quiet -select_streams v -show_entries "$2" -of default=nk=1:nw=1 "$1"; }

same_frames() { # A B: files that frames wrote
	[ -s "$1" ] && cmp "$1" "$2"
}

# round_trip CLIP SCHEME: the pictures, their times and the audio are the same; without the key they are not there.
round_trip() {
	packs 0 "encrypted ($2)" --scheme "$2" --content-key key "$1" packed.mp4 || return
	frames "$1" > wanted
	frames packed.mp4 -decryption_key $key > got
	same_frames wanted got || return
	frames packed.mp4 > without
	! grep -q -F -x -f wanted without || return
	shown_at "$1" > wanted.times
	shown_at packed.mp4 -decryption_key $key > got.times
	same_frames wanted.times got.times
}

# What the TA writes is decoded to the same.
ta_plays() { # CLIP FORMAT
	"$ta_play" packed.mp4 stream && frames "$1" > wanted && frames stream -f "$2" > got && same_frames wanted got
}

# The same with AV1 and VP9, which have no format of their own for what a decoder is handed: packet by packet.
ta_gives_the_packets() { # CLIP
	"$ta_play" packed.mp4 stream && ff -i "$1" -map 0:v -c copy -f mp4 -movflags frag_keyframe+delay_moov plain.mp4 &&
		ff -i plain.mp4 -map 0:v -c copy -f data wanted && cmp wanted stream
}

ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=3 -f lavfi -i sine=duration=3 \
	-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac h264.mp4
ff -i h264.mp4 -c copy h264.ts
ff -i h264.mp4 -c copy h264.mkv
picture 160x120 25 1 -c:v libx265 -x265-params log-level=none hevc.mp4
picture 160x120 25 1 -c:v libvpx-vp9 -deadline realtime -lag-in-frames 10 -auto-alt-ref 1 vp9.webm
picture 160x120 25 1 -c:v libsvtav1 -preset 12 av1.mkv 2> /dev/null
picture 160x320 25 1 -c:v libx264 -preset veryfast -qp 1 -x264-params slices=20 slices.mp4
for scheme in cenc cbcs; do
	for clip in h264.mp4 h264.ts h264.mkv slices.mp4; do
		check "$clip: ffmpeg decodes what was packed ($scheme)" round_trip $clip $scheme
		check "$clip: the TA decrypts it ($scheme)" ta_plays $clip h264
	done
	check "hevc.mp4: ffmpeg decodes what was packed ($scheme)" round_trip hevc.mp4 $scheme
	check "hevc.mp4: the TA decrypts it ($scheme)" ta_plays hevc.mp4 hevc
	for clip in vp9.webm av1.mkv; do
		check "$clip: ffmpeg decodes what was packed ($scheme)" round_trip $clip $scheme
		check "$clip: the TA decrypts it ($scheme)" ta_gives_the_packets $clip
	done
done
audio_is_clear() {
	packs 0 '1 audio in the clear' h264.mp4 packed.mp4 && [ "$(audio h264.mp4)" = "$(audio packed.mp4)" ]
}
check 'audio stays in the clear' audio_is_clear

# ---- keys ------------------------------------------------------------------------

other_keys() {
	packs 0 pictures h264.mp4 one.mp4 && packs 0 pictures h264.mp4 two.mp4 && ! cmp one.mp4 two.mp4 &&
		frames one.mp4 -decryption_key $key > got && frames h264.mp4 > wanted && ! grep -q -F -x -f wanted got
}
check 'each file has a key of its own' other_keys
ta_takes_other_keys() { "$ta_play" one.mp4 stream && "$ta_play" two.mp4 stream; }
check 'which the TA unwraps' ta_takes_other_keys
other_kek() { packs 0 pictures --kek other-key h264.mp4 packed.mp4 && ! "$ta_play" packed.mp4 stream; }
check 'but not one that is wrapped for another TA' other_kek
key_id() { packs 0 "with key $kid" --key-id $kid h264.mp4 packed.mp4 && grep -q "$(printf '\001\043\105\147')" packed.mp4; }
check 'a key id can be given' key_id
check 'but not any' packs 1 '32 hexadecimal digits' --key-id 12 h264.mp4 x.mp4
check 'nor a key that is none' packs 1 'is not a key' --content-key h264.mp4 h264.mp4 x.mp4

# ---- files of others -------------------------------------------------------------

other_kid=fedcba9876543210fedcba9876543210
# others CLIP OPTION...: others-CLIP.mp4 is packed anew, and is what CLIP.mp4 is.
others() {
	clip=$1
	shift
	packs 0 pictures "$@" --content-key other-key others-$clip.mp4 packed.mp4 &&
		frames packed.mp4 -decryption_key "$(cat other-key)" > got && frames $clip.mp4 > wanted &&
		same_frames wanted got && "$ta_play" packed.mp4 stream && frames stream -f $clip > got &&
		same_frames wanted got
}
others_audio() { [ "$(audio packed.mp4)" = "$(audio h264.mp4)" ]; }
for clip in h264 hevc; do
	ff -i $clip.mp4 -c copy -encryption_scheme cenc-aes-ctr -encryption_key $key -encryption_kid $kid \
		others-$clip.mp4
	check "$clip, encrypted by ffmpeg, names its key" packs 1 "encrypted (cenc) with key $kid: give" \
		others-$clip.mp4 x.mp4
	check "$clip, encrypted by ffmpeg, is packed anew" others $clip --key key
	[ $clip = hevc ] || check 'and its audio, which ffmpeg encrypts too, is in the clear' others_audio
	check "with the key of that id" others $clip --key $other_kid:other-key --key $kid:key
	check "and not with another's" packs 1 "with key $kid" --key $other_kid:key others-$clip.mp4 x.mp4
done
cp h264.mp4 clear.mp4
"$protex" pack --scheme cbcs --content-key key --key-id $kid h264.mp4 others-h264.mp4 > /dev/null
check 'cbcs is read' others h264 --key key
check 'and names its key' packs 1 "encrypted (cbcs) with key $kid" others-h264.mp4 x.mp4
LC_ALL=C sed 's/schm\(....\)cbcs/schm\1cens/' others-h264.mp4 > cens.mp4
check 'another scheme is named' packs 1 "'cens'" --key key cens.mp4 x.mp4
check 'raw frames are made of it, too' packs 0 '75 frames' --raw --key key others-h264.mp4 raw

# ---- what else there is to a clip ------------------------------------------------

# keeps CLIP ENTRIES: what ffprobe says of both
keeps() {
	packs 0 pictures --content-key key "$1" packed.mp4 || return
	streams "$1" "$2" > wanted
	streams packed.mp4 "$2" > got
	cat wanted got
	[ -s wanted ] && cmp wanted got
}
ff -display_rotation 90 -i h264.mp4 -c copy rotated.mp4
check 'rotation is kept' keeps rotated.mp4 stream_side_data=rotation
picture 64x48 10 1 -vf setsar=64/45 -c:v libx264 anamorphic.mkv
check 'proportions of pixels are kept' keeps anamorphic.mkv stream=sample_aspect_ratio
picture 64x48 10 1 -vf setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc:range=tv \
	-pix_fmt yuv420p10le -c:v libx265 -x265-params \
	'log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400' \
	hdr.mkv
check 'colours of a high dynamic range are kept' keeps hdr.mkv \
	stream=pix_fmt,color_range,color_space,color_transfer,color_primaries
mastering() {
	for file in hdr.mkv packed.mp4; do
		ffprobe -v quiet -decryption_key $key -show_frames -read_intervals '%+#1' $file |
			grep -e ^max_content -e ^max_luminance -e ^red_x > $file.mastering
	done
	same_frames hdr.mkv.mastering packed.mp4.mastering
}
check 'so is what it was mastered on' mastering
picture 64x48 30 2 -vf 'settb=1/1000,setpts=PTS+12*random(0)' -fps_mode passthrough -enc_time_base 1:1000 \
	-c:v libvpx-vp9 -deadline realtime recording.webm
check 'a recording has its own times' round_trip recording.webm cenc
ff -i h264.mp4 -itsoffset 0.5 -i h264.mp4 -map 0:a -map 1:v -c copy late.mp4
check 'a video that begins later does so' round_trip late.mp4 cenc
ff -i h264.mp4 -itsoffset 3 -i h264.mp4 -map 0:a -map 1:v -c copy late.mkv
check 'also in a Matroska file, and nothing of it is cut off' packs 0 'encrypted (cenc)' --content-key key late.mkv packed.mp4
ff -i h264.mp4 -map 0:v -c copy bare.avi
check 'a file that says only when pictures are decoded is not cut off' packs 0 'encrypted (cenc)' --content-key key bare.avi packed.mp4
ff -i h264.mp4 -c:v copy -ac 2 -c:a pcm_s16le pcm.mkv
check 'channels need no names' packs 0 'encrypted (cenc)' --content-key key pcm.mkv packed.mp4
# Beyond 64 KiB, which is libavformat's buffer.
picture 64x48 1000 11 -c:v libx264 -preset ultrafast -g 100000 -keyint_min 100000 -bf 2 fast.mp4
check 'the index of a fragment may be large' round_trip fast.mp4 cenc
ff -ss 1.5 -i h264.mp4 -c copy edited.mp4
edited() {
	packs 0 'lie before its beginning' --content-key key edited.mp4 packed.mp4 || return
	shown_at edited.mp4 > wanted
	shown_at packed.mp4 -decryption_key $key | grep -v ^- > got
	same_frames wanted got
}
check 'what an edit list takes away lies before the beginning' edited
ff -i h264.mp4 -c:v copy -c:a wmav2 wma.mkv
check 'audio that MP4 cannot have is told' packs 0 'its audio (wmav2) is left out' wma.mkv packed.mp4
printf '1\n00:00:00,000 --> 00:00:01,000\nWords\n' > words.srt
ff -i h264.mp4 -i words.srt -c copy -c:s srt subtitles.mkv
check 'so are subtitles' packs 0 '1 of its streams' subtitles.mkv packed.mp4

# ---- what is transcoded ----------------------------------------------------------

# decibels A B OPTION...: at least 30 of them, picture by picture
looks_like() {
	a=$1 b=$2
	shift 2
	ffmpeg -v info -nostdin -i "$a" "$@" -i "$b" -lavfi '[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]psnr' \
		-f null - 2>&1 | tee psnr | grep -o 'min:[^ ]*' |
		awk -F: '{ print; exit !($2 == "inf" || $2 + 0 >= 30) } END { if (!NR) exit 1 }'
}
transcoded() { # CLIP OPTION...
	clip=$1
	shift
	packs 0 'was transcoded to H.264' "$@" --content-key key "$clip" packed.mp4 &&
		[ "$(streams packed.mp4 stream=codec_name)" = h264 ] &&
		looks_like "$clip" packed.mp4 -decryption_key $key
}
picture 160x120 25 1 -c:v mpeg2video -q:v 2 mpeg2.mpg
check 'MPEG-2 becomes H.264' transcoded mpeg2.mpg
check 'VP9 does if that is asked for' transcoded vp9.webm --codec h264
picture 160x120 25 1 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p photo.avi
check 'full range stays full range' transcoded photo.avi
pauses="setpts='if(lt(N,3),N*0.1,if(lt(N,6),0.3+(N-3)*0.5,2+(N-6)*2))/TB'"
picture 64x48 10 1 -vf "$pauses" -fps_mode passthrough pauses.gif
gif() {
	packs 0 transcoded --content-key key pauses.gif packed.mp4 || return
	shown_at pauses.gif > wanted
	shown_at packed.mp4 -decryption_key $key > got
	same_frames wanted got
}
check 'pauses are as long as they were' gif
picture 64x48 10 1 -vf format=rgba,colorchannelmixer=aa=0 -c:v png transparent.mov
black() {
	packs 0 'transparency' --content-key key transparent.mov packed.mp4 &&
		ff -decryption_key $key -i packed.mp4 -frames:v 1 -f rawvideo -pix_fmt gray luma &&
		[ "$(od -An -v -tu1 luma | tr -s ' ' '\n' | grep . | sort -un | tail -1)" -lt 20 ]
}
check 'what is transparent is black, and told' black
picture 64x48 10 1 -vf format=yuv444p,crop=63:47 -c:v ffv1 odd.mkv
check 'an odd number of pixels is told' packs 0 'odd number of pixels' odd.mkv packed.mp4
picture 64x48 10 1 -vf format=yuva420p,colorchannelmixer=aa=0.5 -c:v libvpx-vp9 -deadline realtime alpha.webm
check 'transparency of VP9 is told' packs 0 'transparency, which is left out' alpha.webm packed.mp4
jpeg() { # EXIF: to be turned by 90 degrees clockwise
	picture 64x48 1 1 -frames:v 1 -update 1 flat.jpg &&
		{ head -c 2 flat.jpg && printf '\377\341\000\042Exif\000\000MM\000\052\000\000\000\010\000\001\001\022\000\003\000\000\000\001\000\006\000\000\000\000\000\000' &&
			tail -c +3 flat.jpg; } > turned.jpg &&
		packs 0 transcoded turned.jpg packed.mp4 &&
		[ "$(streams packed.mp4 stream_side_data=rotation)" = -90 ]
}
check 'a photograph says how it is to be turned' jpeg

# ---- damage ----------------------------------------------------------------------

ff -i h264.mp4 -c copy -movflags +faststart front.mp4
for clip in front.mp4 h264.mkv h264.ts; do
	head -c $(($(wc -c < $clip) * 2 / 3 / 188 * 188 + 1)) $clip > cut.$clip
	cut_off() {
		packs 2 'cut off' --content-key key cut.$clip packed.mp4 && frames cut.$clip > wanted &&
			frames packed.mp4 -decryption_key $key > got && same_frames wanted got &&
			[ "$(wc -l < got)" -gt 40 ]
	}
	check "what there is of $clip is packed" cut_off
done
# ---- the index of the fragments ------------------------------------------------------

number() { od -An -v -t u4 --endian=big -j "$2" -N 4 "$1" | tr -d ' '; } # FILE OFFSET
type_at() { tail -c +$(($2 + 5)) "$1" | head -c 4; } # FILE OFFSET
# It is found from the end of the file, and each of its offsets is that of a fragment.
index_is_right() {
	packs 0 encrypted h264.mp4 packed.mp4 || return
	total=$(wc -c < packed.mp4)
	mfra=$((total - $(number packed.mp4 $((total - 4)))))
	count=$(number packed.mp4 $((mfra + 28)))
	echo "mfra at $mfra of $total, $count entries"
	[ "$(type_at packed.mp4 $mfra)" = mfra ] && [ "$(type_at packed.mp4 $((mfra + 8)))" = tfra ] &&
		[ "$count" = "$(grep -a -o moof packed.mp4 | wc -l)" ] || return
	last=-1
	for ((i = 0; i < count; i++)); do
		time=$(number packed.mp4 $((mfra + 32 + 19 * i + 4)))
		offset=$(number packed.mp4 $((mfra + 32 + 19 * i + 12)))
		echo "time $time at $offset"
		[ "$(type_at packed.mp4 "$offset")" = moof ] && [ "$time" -gt $last ] || return
		last=$time
	done
}
check 'a file has an index of its fragments' index_is_right

# ---- what a file can say without end ----------------------------------------------

streams=()
for i in {1..33}; do
	streams+=(-map 0:a)
done
ff -f lavfi -i sine=duration=1 -i h264.mp4 "${streams[@]}" -map 1:v -c:v copy -c:a aac late.mkv
behind_many() { packs 0 '33 audio' --content-key key late.mkv packed.mp4 && ta_plays late.mkv h264; }
check 'a video behind 33 other streams is packed' behind_many

# Four seconds from one picture that can be sought to.
picture 640x360 25 4 -vf noise=alls=100:allf=t -c:v libx264 -preset ultrafast -qp 0 -g 250 large.mp4
fragments() {
	packs 0 '100 pictures' --content-key key large.mp4 packed.mp4 || return
	[ "$(grep -a -o moof packed.mp4 | wc -l)" = $(($(wc -c < large.mp4) / (32 << 20) + 1)) ] &&
		frames large.mp4 > wanted && frames packed.mp4 -decryption_key $key > got && same_frames wanted got
}
check 'a fragment ends after 32 MiB, however short it is' fragments

# What an index says of AC-3 is in its packets, and libavformat has none to look at when the first 32 MiB are full.
ff -i large.mp4 -itsoffset 3.8 -f lavfi -i sine=duration=0.5 -map 0:v -map 1:a -c:v copy -c:a ac3 ac3.mkv
late_audio() {
	packs 0 '1 audio in the clear' --content-key key ac3.mkv packed.mp4 && [ "$(audio ac3.mkv)" = "$(audio packed.mp4)" ]
}
check 'audio may begin after 32 MiB of video' late_audio
rm ac3.mkv

ff -itsoffset 400 -f lavfi -i testsrc2=size=64x48:rate=25:duration=1 \
	-f lavfi -i anullsrc=channel_layout=stereo:sample_rate=48000:duration=401 \
	-c:v mpeg2video -c:a pcm_s16le waiting.mkv
check 'what waits for the first picture has an end' packs 1 'no picture that can be decoded before 64 MiB' waiting.mkv x.mp4
# Of 142 MiB that come before the first picture, none is audio.
ff -f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v mpeg2video small.mkv
ff -itsoffset 11.8 -i small.mkv -stream_loop 2 -i large.mp4 -map 0:v -map 1:v -c copy \
	-disposition:v:0 default -disposition:v:1 0 two.mkv
check 'and what is left out does not wait' packs 0 '25 pictures of 64x48' --content-key key two.mkv packed.mp4
rm waiting.mkv large.mp4 two.mkv

overwrite() { # FILE OFFSET BYTES
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
offset() { grep -a -b -o -m 1 "$2" "$1" | head -n 1 | cut -d: -f1; } # FILE TEXT

picture 64x48 25 1 -c:v mjpeg rate.avi
overwrite rate.avi $(($(offset rate.avi vids) + 20)) '\1\0\0\0\377\377\377\177'
check 'a rate of 2,147,483,647 is no trouble' packs 0 '25 pictures' rate.avi packed.mp4

# ---- other encryption ---------------------------------------------------------------

# The name of a track, replaced by what says that it is encrypted.
picture 64x48 25 1 -c:v libvpx -deadline realtime -write_crc32 0 \
	-metadata:s:v title="$(printf 'X%.0s' {1..60})" encrypted.webm
overwrite encrypted.webm $(($(offset encrypted.webm XXXXXXXX) - 3)) \
	'\x6d\x80\xbc\x62\x40\xa6\x50\x31\x81\0\x50\x32\x81\1\x50\x33\x81\1\x50\x35\x97\x47\xe1\x81\5\x47\xe2\x90the id of a key.\xec\x91'
check "WebM's own encryption is refused by name" \
	packs 1 "WebM's own way (with key 746865206964206f662061206b65792e)" encrypted.webm x.mp4

picture 160x1088 25 1 -c:v libx264 -preset veryfast -qp 1 -x264-params slices=68 many.mp4
check 'more slices than a file can tell of are refused' packs 1 'more slices than the 40' many.mp4 x.mp4
check 'and transcoded if that is asked for' packs 0 transcoded --codec h264 many.mp4 packed.mp4
check 'a clip is not replaced by itself' packs 1 'is the file that is read' h264.mp4 h264.mp4
check 'which is as it was' cmp h264.mp4 clear.mp4
too_large() {
	(ulimit -f 8 && exec "$protex" pack h264.mp4 x.mp4) 2> err
	[ $? = 1 ] && grep 'File too large' err
}
check 'a limit of file sizes is an error like others' too_large
# In the middle of a clip that does not end.
interrupted() {
	mkfifo pipe
	ff -f lavfi -i testsrc2=size=64x48:rate=25 -c:v libx264 -preset ultrafast -f matroska - > pipe 2> /dev/null &
	writer=$!
	"$protex" pack pipe x.mp4 2> err &
	job=$!
	while [ -z "$(find . -name '.protex-*')" ] && kill -0 $job 2> /dev/null; do
		:
	done
	kill -TERM $job
	wait $job
	got=$?
	kill $writer 2> /dev/null
	wait $writer
	[ $got = $((128 + 15)) ] && grep 'interrupted; x.mp4 was not written' err
}
check 'an interrupted pack says so' interrupted
nothing_left() { ls -A; [ ! -e x.mp4 ] && [ -z "$(find . -name '.protex-*')" ]; }
check 'nothing that failed left anything' nothing_left
tap_end
