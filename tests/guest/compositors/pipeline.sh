#!/bin/bash
# SPDX-License-Identifier: MIT
# Encrypted films in Weston, by Debian's GStreamer with our plugin. Runs in a guest with a media card.
compositor=pipeline suite=pipeline
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/weston_common.sh"
films=/protex/$out

# GStreamer looks at each plugin that there is: those that are used, and no more.
plugins=/tmp/gst-plugins
mkdir $plugins
for name in coreelements isomp4 playback typefindfunctions videoparsersbad libav video4linux2 kms waylandsink opengl \
	videoconvertscale audioconvert audioresample volume autodetect; do
	ln -s /usr/lib/*/gstreamer-1.0/libgst$name.so $plugins/
done
ln -s /protex/build/guest/src/gstreamer/libgstprotex.so $plugins/
export GST_PLUGIN_SYSTEM_PATH_1_0=$plugins GST_REGISTRY=/tmp/gst-registry GST_REGISTRY_FORK=no
export GST_DEBUG=1,protex*:3,wl*:2 GST_DEBUG_NO_COLOR=1
# data/01-protex.conf names programs of GStreamer's, of which this one does what they do.
ln -s "$PWD/build/guest/tests/gstreamer/gst-remote" /tmp/gst-launch-1.0
gst-inspect-1.0 protexh264dec > "$out/work/inspect" 2>&1

# ---- programs --------------------------------------------------------------------------

# answers NAME TEXT: what it says when it has done as it was told, unless it has ended.
log_of() { echo "$out/work/$compositor-$1.log"; }
has_answered() { grep -qx "$2" "$(log_of "$1")" || has_ended "$1"; }
# tell NAME LINE ANSWER
tell() {
	echo "$2" >&"${player_pipe[$1]}"
	until_true has_answered "$1" "$3" && grep -qx "$3" "$(log_of "$1")" && return
	tail -n 5 "$(log_of "$1")" >&2
	return 1
}
hold_at() { tell "$1" "hold $2" "held $2"; }
# ends_well NAME: plays to its end, and is gone; its exit status.
ends_well() {
	local pipe=${player_pipe[$1]} status=0
	tell "$1" play ended || status=1
	exec {pipe}>&-
	rm -f "/tmp/$compositor-$1"
	until_true has_ended "$1" || kill -9 "${player_pid[$1]}"
	wait "${player_pid[$1]}" && return $status
}
# film NAME FILE ELEMENT…: what comes behind the demuxer.
film() { run_client "$1" /tmp/gst-launch-1.0 filesrc location="$films/$2" ! qtdemux ! "${@:3}"; }
# waylandsink gives a compositor one second to import a buffer, and the first takes this one longer.
warm_up() {
	hold warm-up 5 --via direct "$out/work/clip.protex"
	release warm-up > /dev/null
}
# shows_film NAME FRAME WHAT
shows_film() {
	arrange "$1" move 100 100
	look "$3"
	shows_secure "$3" "$2@100,100" "$3: the camera sees it"
}

# ---- sinks ------------------------------------------------------------------------------

weston_drm forced
until_true shows_desktop
warm_up

film wayland h264.mp4 protexdecrypt ! protexh264dec ! waylandsink
passes "waylandsink: holds a picture" hold_at wayland 1270
shows_film wayland h264-30-nearest waylandsink
passes "waylandsink: seeks forth" hold_at wayland 2770
shows_film wayland h264-66-nearest waylandsink-forth
passes "waylandsink: seeks back" hold_at wayland 1770
shows_film wayland h264-42-nearest waylandsink-back
passes "waylandsink: plays to the end" ends_well wayland

film named h264.mp4 protexdecrypt ! v4l2video1h264dec output-io-mode=dmabuf-import capture-io-mode=dmabuf ! waylandsink
passes "Debian's decoder by name: holds a picture" hold_at named 1270
shows_film named h264-30-nearest by-name
passes "Debian's decoder by name: plays to the end" ends_well named

film others others.mp4 protexdecrypt key="$films/key" ! protexh264dec ! waylandsink
passes "ffmpeg's file: holds a picture" hold_at others 1270
shows_film others h264-30-nearest ffmpeg
passes "ffmpeg's file: plays to the end" ends_well others

film gl h264.mp4 protexdecrypt ! protexh264dec ! glimagesink
passes "glimagesink: holds a picture" hold_at gl 1270
shows_film gl h264-30 glimagesink
passes "glimagesink: seeks" hold_at gl 2770
shows_film gl h264-66 glimagesink-forth
passes "glimagesink: plays to the end" ends_well gl

# ---- players that plug by themselves -------------------------------------------------------

run_client playbin /tmp/gst-launch-1.0 playbin3 uri="file://$films/h264.mp4" video-sink=waylandsink \
	audio-sink="fakesink sync=true"
passes "playbin3: holds a picture" hold_at playbin 1270
shows_film playbin h264-30-nearest playbin3
passes "playbin3: plays to the end" tell playbin play ended
passes "playbin3: opens a second file" tell playbin "open file://$films/hevc.mp4" opened
passes "playbin3: holds a picture of that" hold_at playbin 1270
shows_film playbin hevc-30-nearest playbin3-hevc
passes "playbin3: opens a third file" tell playbin "open file://$films/vp9.mp4" opened
passes "playbin3: holds a picture of that, too" hold_at playbin 1270
shows_film playbin vp9-30-nearest playbin3-vp9
passes "playbin3: plays that to the end" ends_well playbin

plays_both() { timeout 300 gst-play-1.0 --no-interactive --videosink=waylandsink --audiosink=fakesink \
	"$films/h264.mp4" "$films/hevc.mp4" > "$out/work/gst-play.log" 2>&1 && ! grep -i error "$out/work/gst-play.log"; }
passes "gst-play-1.0 plays two files" plays_both
passes "the protected Weston still runs" is_running
stop

# ---- what has no place there -----------------------------------------------------------------

# virtio-gpu's planes know one format, which no decoder writes.
kmssink_cannot() {
	! timeout 60 gst-launch-1.0 filesrc location="$films/h264.mp4" ! qtdemux ! protexdecrypt ! protexh264dec ! \
		kmssink driver-name=virtio_gpu > "$out/work/kmssink.log" 2>&1 && grep -q 'not-negotiated' "$out/work/kmssink.log"
}
passes "kmssink: no plane has the decoder's format" kmssink_cannot

weston_drm unforced
until_true shows_desktop
warm_up
film unforced h264.mp4 protexdecrypt ! protexh264dec ! waylandsink
passes "not forced: holds a picture" hold_at unforced 1270
arrange unforced move 100 100
look unforced
sees $compositor-unforced-camera.png black:640x360@100,100 "not forced: the film is black"
passes "not forced: plays to the end" ends_well unforced

run_client ordinary /tmp/gst-launch-1.0 filesrc location="$films/work/h264.mp4" ! qtdemux ! h264parse ! avdec_h264 ! \
	glimagesink
passes "control: holds an ordinary picture" hold_at ordinary 1270
arrange ordinary move 100 100
look ordinary
sees $compositor-ordinary-camera.png h264-30@100,100 "control: the camera sees an ordinary film"
keeps $compositor-ordinary-capture.png $compositor-ordinary-camera.png "control: and so does a screenshot"
passes "control: plays to the end" ends_well ordinary
stop
