#!/bin/bash
# SPDX-License-Identifier: MIT
# others.sh NAME FRAMES COUNT: a program of others draws about so many frames, and ends; COUNT gets how many it drew.
# Runs in the guest, for guest.sh.
name=$1 frames=$2 count=$3

# What ends by itself, in a compositor that ends with it.
in_weston() {
	weston --backend=drm --renderer=gl --continue-without-input --socket=wayland-others -- \
		/bin/bash -c "export WAYLAND_DISPLAY=wayland-others; $1"
}

case $name in
# Each scene a tenth of the frames.
glmark2)
	echo "$frames" > "$count"
	scenes=()
	for scene in build: texture: shading:shading=phong: bump: effect2d: desktop:effect=shadow: buffer: ideas: jellyfish: shadow:; do
		scenes+=(-b "${scene}nframes=$((frames / 10))")
	done
	exec glmark2-es2-drm --off-screen "${scenes[@]}" ;;
gstreamer)
	echo "$frames" > "$count"
	# Of the plugins, those: to look at all of them takes longer than to play.
	mkdir -p /tmp/other.plugins
	ln -sf /usr/lib/*/gstreamer-1.0/libgst{coreelements,videotestsrc,opengl}.so /tmp/other.plugins
	export GST_PLUGIN_SYSTEM_PATH_1_0=/tmp/other.plugins GST_REGISTRY_FORK=no
	in_weston "GST_GL_WINDOW=wayland GST_GL_PLATFORM=egl GST_GL_API=gles2 gst-launch-1.0 -q videotestsrc num-buffers=$frames ! \
		video/x-raw,format=NV12,width=640,height=360 ! glimagesink sync=false" ;;
# GTK paints with GL, and so does its demo in an area of its own.  It tells of each frame that it paints.
gtk)
	echo "$frames" > "$count"
	in_weston "GSK_RENDERER=gl GDK_BACKEND=wayland GDK_DEBUG=frames stdbuf -oL gtk4-demo --run=gears 2>&1 | grep -m $frames interval" ;;
# Four clients.
weston)
	echo $((4 * frames)) > "$count"
	in_weston "for i in 1 2 3 4; do glmark2-es2-wayland -s 256x256 -b build:nframes=$frames & done; wait" ;;
esac
