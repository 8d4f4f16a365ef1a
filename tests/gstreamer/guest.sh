#!/bin/bash
# SPDX-License-Identifier: MIT
# guest.sh FOLDER: in the guest, plays the files of the suite "gstreamer", each leaving its TAP there.
results=$1
. "$(dirname "$0")/../tap.sh"

# GStreamer looks at each plugin that there is: those that are used, and no more.
plugins=/tmp/gst-plugins
mkdir $plugins
for name in coreelements isomp4 playback typefindfunctions videoparsersbad libav; do
	ln -s /usr/lib/*/gstreamer-1.0/libgst$name.so $plugins/
done
ln -s /protex/build/guest/src/gstreamer/libgstprotex.so $plugins/
export GST_PLUGIN_SYSTEM_PATH_1_0=$plugins GST_REGISTRY=/tmp/gst-registry GST_REGISTRY_FORK=no
# What the allocator says of an error.
export GST_DEBUG=protexallocator:1 GST_DEBUG_NO_COLOR=1

for codec in h264 hevc vp9 av1; do
	for scheme in cenc cbcs; do
		build/guest/tests/gstreamer/gst-samples "$results/$codec-$scheme.mp4" "$results/$codec.mp4" \
			> "$results/$codec-$scheme.tap" 2>&1
	done
done
build/guest/tests/gstreamer/gst-samples "$results/others-again.mp4" "$results/h264.mp4" key="$results/key" \
	> "$results/others-again.tap" 2>&1

# launch STATUS TEXT PIPELINE: gst-launch-1.0 ends with STATUS, and says TEXT
launch() {
	local status=$1 text=$2 got=0
	shift 2
	timeout 60 gst-launch-1.0 -v "$@" > out 2>&1 || got=$?
	cat out
	echo "exit status $got, expected $status with '$text'"
	[ $got = "$status" ] && grep -q -e "$text" out
}
clip="filesrc location=/protex/$results/h264-cenc.mp4"

cd /tmp || exit
{
	gst-inspect-1.0 protexdecrypt > inspect 2>&1
	inspects() { cat inspect && grep "$1" inspect; }
	check 'gst-inspect-1.0 knows it as a decryptor' inspects 'Klass  *Decryptor/Video/Hardware'
	check 'and its property key' inspects '^  key  *: Key files'
	check 'a pipeline plays to its end' launch 0 'video/x-h264.*stream-format=(string)byte-stream' \
		$clip ! qtdemux ! protexdecrypt ! fakesink
	check 'a parser is not linked' launch 1 'could not link protexdecrypt0 to h264parse0' \
		$clip ! qtdemux ! protexdecrypt ! h264parse ! fakesink
	check 'a decoder in software is refused, and told why' launch 1 'is protected, and cannot be mapped' \
		$clip ! qtdemux ! protexdecrypt ! avdec_h264 ! fakesink
	# qtdemux 1.26 does not read what says how the samples of a file without fragments are encrypted.
	check 'what a demuxer does not tell is not taken for clear' launch 1 'clear-samples' \
		filesrc location="/protex/$results/others.mp4" ! qtdemux ! protexdecrypt key="/protex/$results/key" ! fakesink
	check 'parsebin takes it by itself, and no parser behind it' launch 0 'GstParseBin.*GstProtexDecrypt' \
		$clip ! parsebin ! fakesink
	no_parser() { cat out; ! grep -i h264parse out; }
	check 'there is none' no_parser
	tap_end
} > "/protex/$results/pipelines.tap"
