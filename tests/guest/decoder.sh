#!/bin/bash
# SPDX-License-Identifier: MIT
# decoder.sh FOLDER WEAKENED: in the guest, with a media card: Debian's programs on its ordinary device, the tests of
# the protected one, and what a card goes through. FOLDER has clips; what comes of them goes there.
folder=$1 weakened=$2
bus=/sys/bus/pci/drivers/mediacard

node() { # NAME
	local name
	for name in /sys/class/video4linux/*/name; do
		[ "$(< "$name")" != "$1" ] || echo "/dev/$(basename "$(dirname "$name")")"
	done
}
ordinary=$(node mediacard-dec) protected=$(node mediacard-protected-dec)

v4l2-compliance -d "$ordinary" > "$folder/compliance.ordinary" 2>&1
v4l2-compliance -d "$protected" > "$folder/compliance.protected" 2>&1

for file in others ours; do
	key=
	[ $file != others ] || key=$folder/key
	build/guest/tests/decoder/protected "$folder/$file.mp4" $key > "$folder/$file.tap" 2>&1
done

# ffmpeg takes whichever device it finds, and wants its memory mapped.
rm "$protected"
decoder() {
	case $1 in
	*.mkv) echo hevc ;;
	*.webm) echo vp9 ;;
	*) echo h264 ;;
	esac
}
for file in h264.mp4 odd.mp4 hevc.mkv vp9.webm; do
	ffmpeg -v error -nostdin -y -c:v "$(decoder $file)_v4l2m2m" -i "$folder/$file" -f framemd5 "$folder/ffmpeg.$file" \
		2> "$folder/ffmpeg.$file.err"
done
# GStreamer's elements are named after the codec, and hand on rows with what is at their ends, but for what is converted.
frames() { # FILE DEMUX PARSE DECODE SIZE CONVERTED PIXELS SHOWN
	gst-launch-1.0 -q filesrc location="$folder/$1" ! "$2" ! "$3" ! "$4" ! videoconvert ! \
		video/x-raw,format="$6" ! filesink location=/tmp/frames 2> "$folder/gstreamer.$1.err"
	ffmpeg -v error -nostdin -y -f rawvideo -pix_fmt "$7" -s "$5" -i /tmp/frames -pix_fmt "$8" \
		-f framemd5 "$folder/gstreamer.$1"
	rm -f /tmp/frames
}
frames h264.mp4 qtdemux h264parse v4l2h264dec 320x240 I420 yuv420p nv12
frames odd.mp4 qtdemux h264parse v4l2h264dec 328x182 I420 yuv420p nv12
frames hevc.mkv matroskademux h265parse v4l2h265dec 320x240 I420 yuv420p nv12
frames vp9.webm matroskademux vp9parse v4l2vp9dec 320x240 I420 yuv420p nv12
frames ten.mkv matroskademux h265parse v4l2h265dec 320x240 P010_10LE p010le p010le

# Taken away while it decodes, and given back.
device=$(basename "$bus"/0000:*)
gst-launch-1.0 -q filesrc location="$folder/h264.mp4" ! qtdemux ! h264parse ! v4l2h264dec ! \
	identity sleep-time=200000 ! fakesink > /dev/null 2>&1 &
player=$!
interrupts() { awk '/mediacard/ { print $2 + $3 }' /proc/interrupts; }
before=$(interrupts)
until [ "$(interrupts)" -gt "$((before + 20))" ] || ! kill -0 $player; do :; done
echo "$device" > $bus/unbind
wait $player
ended=$?
echo "$device" > $bus/bind
[ $ended != 0 ] && [ -n "$(node mediacard-dec)" ] && echo removed > "$folder/removal"

# Whoever could write to the rings: the card stops, and a reset is all it needs.
python3 - "/sys/bus/pci/devices/$device/resource2" <<'PYTHON'
import mmap, os, random, sys
random.seed(1)
bar = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 0x40000)
bar[0x1000:0x5000] = random.randbytes(0x4000)
bar[0x100:0x200] = random.randbytes(0x100)
PYTHON
# The driver notices when it asks for something.
build/guest/tests/decoder/protected "$folder/ours.mp4" > "$folder/rings.tap" 2>&1
echo "$device" > $bus/unbind
echo "$device" > $bus/bind
build/guest/tests/decoder/protected "$folder/ours.mp4" > "$folder/again.tap" 2>&1 &&
	! grep '^not ok' "$folder/again.tap" && grep -q '^not ok' "$folder/rings.tap" && echo recovered > "$folder/rings"

for rule in memory mmap; do
	rmmod mediacard
	insmod "$weakened/$rule.ko"
	build/guest/tests/decoder/protected --without $rule "$folder/others.mp4" "$folder/key" > "$folder/without-$rule.tap" 2>&1
done
dmesg > "$folder/dmesg"
