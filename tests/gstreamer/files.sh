#!/bin/bash
# SPDX-License-Identifier: MIT
# files.sh PROTEX GST-PLAY-FILE PLUGINS: encrypted files through GStreamer's demuxer and our decryptor, with a TEE in the
# same process. What comes out, ffmpeg decodes to the pictures of the clip before. PLUGINS is the folder of GStreamer's.
# Prints TAP.
protex=$(realpath "$1") play=$(realpath "$2") plugins=$3
. "$(dirname "$0")/../tap.sh"
. tests/unit/media.sh
# All there are take longer to look at than all else here.
mkdir plugins
for name in coreelements isomp4; do
	ln -s "$plugins/libgst$name.so" plugins/
done
export GST_PLUGIN_SYSTEM_PATH_1_0=$folder/plugins GST_REGISTRY=$folder/registry GST_REGISTRY_FORK=no
key=00112233445566778899aabbccddeeff
echo $key > key
echo ffeeddccbbaa99887766554433221100 > other-key

frames() { # FILE OPTION...
	file=$1
	shift
	ffmpeg -v quiet -nostdin -threads 1 "$@" -i "$file" -map 0:v:0 -fps_mode passthrough -f framemd5 - |
		awk -F, '!/^#/ { print $NF }'
}
# The same pictures as those of CLIP. With FORMAT, what there is of a container.
decodes_to() { # CLIP [FORMAT]
	frames "$1" > wanted && frames stream ${2:+-f "$2"} > got && [ -s wanted ] && cmp wanted got
}
plays() { # CLIP SCHEME FORMAT
	"$protex" pack -q --scheme "$2" "$1" packed.mp4 && "$play" packed.mp4 stream && decodes_to "$1" "$3"
}
# VP9 and AV1 have no container that says nothing: packet by packet.
plays_packets() { # CLIP SCHEME
	"$protex" pack -q --scheme "$2" "$1" packed.mp4 && "$play" packed.mp4 stream &&
		ff -i "$1" -map 0:v -c copy -f mp4 -movflags frag_keyframe+delay_moov plain.mp4 &&
		ff -i plain.mp4 -map 0:v -c copy -f data wanted && cmp wanted stream
}
fails() { # TEXT FILE PROPERTY=VALUE...
	text=$1 file=$2
	shift 2
	"$play" "$file" stream "$@" 2> err
	got=$?
	cat err
	[ $got = 1 ] && grep -q -e "$text" err && [ ! -s stream ]
}

ff -f lavfi -i testsrc2=size=160x120:rate=25:duration=3 -f lavfi -i sine=duration=3 \
	-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac h264.mp4
picture 160x120 25 1 -c:v libx265 -x265-params log-level=none hevc.mp4
picture 160x120 25 1 -c:v libvpx-vp9 -deadline realtime -lag-in-frames 10 -auto-alt-ref 1 vp9.webm
picture 160x120 25 1 -c:v libsvtav1 -preset 12 av1.mkv 2> /dev/null
picture 160x320 25 1 -c:v libx264 -preset veryfast -qp 1 -x264-params slices=20 slices.mp4
for scheme in cenc cbcs; do
	check "H.264 ($scheme)" plays h264.mp4 $scheme h264
	check "H.264 in slices ($scheme)" plays slices.mp4 $scheme h264
	check "HEVC ($scheme)" plays hevc.mp4 $scheme hevc
	check "VP9 ($scheme)" plays_packets vp9.webm $scheme
	check "AV1 ($scheme)" plays_packets av1.mkv $scheme
done

"$protex" pack -q --content-key key --key-id 0123456789abcdef0123456789abcdef h264.mp4 packed.mp4 > packed
with() { "$play" packed.mp4 stream "$@" && decodes_to h264.mp4 h264; }
check 'a key that is given' with key=key
check 'by its id, among others' with "key=00000000000000000000000000000000:other-key;0123456789abcdef0123456789abcdef:key"
garbled() { "$play" packed.mp4 stream key=other-key && ! decodes_to h264.mp4 h264; }
check 'a wrong one goes before that of the file, and garbles' garbled

# The pictures from one that can be decoded on its own, after the first second, to the last.
seeks() {
	"$play" --seek packed.mp4 stream && frames h264.mp4 > all && frames stream -f h264 > got || return
	[ "$(wc -l < got)" -ge 25 ] && [ "$(wc -l < got)" -lt 75 ] && tail -n "$(wc -l < got)" all | cmp - got
}
check 'after a seek' seeks

ff -i h264.mp4 -c copy -encryption_scheme cenc-aes-ctr -encryption_key $key \
	-encryption_kid 0123456789abcdef0123456789abcdef others.mp4
check 'a file of which qtdemux does not say how it is encrypted is refused' fails clear-samples others.mp4 key=key
again() {
	"$protex" pack -q --key key others.mp4 again.mp4 && "$play" again.mp4 stream && decodes_to h264.mp4 h264
}
check 'it plays when protex pack has made fragments of it' again
# The file says that it is for another system, and none of ours.
foreign() {
	cp packed.mp4 foreign.mp4
	at=$(grep -a -b -o -m 1 pssh foreign.mp4 | head -n 1 | cut -d: -f1)
	printf 'another system..' | dd of=foreign.mp4 bs=1 seek=$((at + 8)) conv=notrunc status=none
	fails 'stream error' foreign.mp4 key=key
}
check 'a file of another system is given up by qtdemux, whatever key there is' foreign
check 'a key file that is not there is told' fails 'No such file' packed.mp4 key=nothing
check 'a wrapped key of another size is told' fails 'a wrapped key has 52' packed.mp4 wrapped-key=key
tap_end
