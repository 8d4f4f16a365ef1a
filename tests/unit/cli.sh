#!/bin/bash
# SPDX-License-Identifier: MIT
# cli.sh PROTEX [pack] [play]: proves that the command says what was wrong, exits as protex(1)
# documents, and leaves nothing half-made. Needs no TEE, and no screen. Prints TAP.
protex=$(realpath "$1") have=" $2 $3 "
. "$(dirname "$0")/../tap.sh"
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

# says STATUS TEXT ARGS...: the command exits with STATUS, and TEXT is in what it says.
says() {
	local status=$1 text=$2 got=0
	shift 2
	"$protex" "$@" > out 2> err || got=$?
	cat out err
	echo "exit status $got, expected $status with '$text'"
	[ $got = "$status" ] && cat out err | grep -q -e "$text"
}
expect() { check "$1" says "${@:2}"; } # NAME STATUS TEXT ARGS...

too_large() {
	local status=0
	(ulimit -f 4 && exec "$protex" pack --raw video.y4m clip) 2> err || status=$?
	cat err
	[ $status = 1 ] && grep -q 'File too large' err
}

no_more_than() { # FILES...: nothing else is in the folder
	[ "$(ls -A | grep -v -x -e out -e err | sort | tr '\n' ' ')" = "$*${*:+ }" ]
}

# A video of N frames of 34x18 that libav reads: raw, in Y4M.
video() {
	echo 'YUV4MPEG2 W34 H18 F25:1 Ip A1:1 C420jpeg'
	i=0
	while [ $i -lt "$1" ]; do
		echo FRAME
		head -c $((34 * 18 + 2 * 17 * 9)) /dev/zero | tr "\\0" "\\$((i % 4))$((i % 7))5"
		i=$((i + 1))
	done
}

expect 'without a command it says which there are' 64 'Commands:'
expect '--help goes to standard output' 0 'Exit status' --help
expect '--version' 0 'protex [0-9]' --version
expect 'a command that does not exist is told' 64 "no command 'nonsense'" nonsense
expect 'alloc --help' 0 'Allocates a protected buffer' alloc --help
expect 'alloc without a size' 64 'say --size' alloc
expect 'alloc with a size of nothing' 64 'a number from 1' alloc --size 0
expect 'alloc for a use that does not exist' 64 'secure-video' alloc --use games --size 1
expect 'alloc of a format that does not exist' 64 'NV12' alloc --format ABC --width 1 --height 1
if [ ! -e /dev/dma_heap/protected,secure-video ] && [ ! -e /dev/tee0 ]; then
	expect 'alloc where there is no TEE' 3 'CONFIG_TEE_DMABUF_HEAPS' alloc --size 4096
	expect 'info where there is no TEE' 3 'cannot play protected video' info
	expect 'info as JSON' 3 '"can_play":.*false' info --json
fi
expect 'key --help' 0 'as it is stored' key --help
expect 'key without an action' 64 'say what to do' key
expect 'key with an action that there is not' 64 'make, wrap, info, unwrap or destroy' key sell file
expect 'key make of a size that AES has not' 64 '128, 192 or 256' key make --bits 160 file
expect 'key wrap without a key' 64 'wrap takes --key' key wrap file
expect 'key info with a key' 64 'only wrap does' key info --key clear file
expect 'key unwrap without a command' 64 'the command that is to have the key' key unwrap file
expect 'key make with a command' 64 'one argument too many' key make file true
printf 'short' > clear
expect 'key wrap of what is no key' 1 '16, 24 or 32 bytes' key wrap --key clear wrapped
check 'leaves nothing' no_more_than clear
echo 000102030405060708090a0b0c0d0e0f1011121314151617 > clear
expect 'key wrap, with the public key-encryption key' 0 'AES-192' key wrap --key clear wrapped
check 'tells that it protects nothing' grep -q 'protects nothing' err
check 'makes a file for its owner alone' test "$(stat -c %a wrapped)" = 600
cp wrapped same
expect 'key wrap to a file that is there' 1 'is there already' key wrap --key clear wrapped
check 'leaves that as it is' cmp wrapped same
rm same
ln -s dangling link
expect 'key wrap to a link, wherever it leads' 1 'is there already' key wrap --key clear link
rm link
printf 000102030405060708090a0b0c0d0e0f > digits
expect 'key wrap of 32 digits without a line end' 0 'AES-128' key wrap --key digits short
printf '%032d' 0 | tr 0 g > digits
expect 'key wrap of 32 bytes that are no digits' 0 'AES-256' key wrap --key digits long
rm digits short long
expect 'key destroy of what is no wrapped key' 1 'not a wrapped key' key destroy clear
ln -s wrapped link
expect 'key destroy of a link' 1 'symbolic' key destroy link
rm link
ln wrapped other
expect 'key destroy' 0 'destroyed' key destroy wrapped
overwritten() { [ "$(wc -c < other)" = 72 ] && ! grep -q OXCK other; }
check 'overwrites it, whatever other names it has' overwritten
rm other
check 'leaves nothing of it' no_more_than clear
rm clear
expect 'crypt --help' 0 'a random IV' crypt --help
expect 'crypt without files' 64 'say encrypt or decrypt' crypt encrypt
expect 'crypt in no direction' 64 "not 'sideways'" crypt sideways in out
expect 'crypt without a key' 64 'say --key or --key-fd' crypt encrypt in out
expect 'crypt with two keys' 64 'say --key or --key-fd' crypt encrypt --key a --key-fd 3 in out
expect 'crypt with a key that is not there' 1 'No such file' crypt encrypt --key missing in out
expect 'probe of a descriptor that is not open' 1 'not open' probe 77
expect 'probe of a file that is not there' 1 'No such file' probe missing
expect 'probe of a device' 1 'not a buffer' probe /dev/null
echo content > file
expect 'probe reaches a file' 2 'REACHED: read 8 bytes: 63 6f 6e 74' probe file
expect 'probe as JSON' 2 '"sample":.*"636f6e74656e740a"' probe --json file
check 'probing changes nothing' test "$(cat file)" = content
rm file

case $have in *" pack "*)
	expect 'pack without files' 64 'name the video' pack
	expect 'pack of a file that is not there' 1 'No such file' pack --raw missing clip
	echo 'this is no video' > text
	expect 'pack of what is no video' 1 'no video' pack --raw text clip
	check 'a failed pack leaves nothing' no_more_than text
	rm text
	video 5 > video.y4m
	expect 'pack' 0 '5 frames of 34x18' pack --raw video.y4m clip
	check 'pack leaves its output only' no_more_than clip video.y4m
	check 'a container has the size that its documentation says' \
		test "$(wc -c < clip)" = $((256 + 5 * (96 + 64 * 27)))
	expect 'pack as XRGB8888' 0 '34x18 XRGB8888' pack --raw --format XRGB8888 video.y4m rgb
	check 'so has one of XRGB8888' test "$(wc -c < rgb)" = $((256 + 5 * (96 + 192 * 18)))
	rm rgb
	expect 'pack as MP4 with an option of raw frames' 64 'is for --raw' pack --frames 3 video.y4m clip
	expect 'pack as raw frames with an option of MP4' 64 'not for --raw' pack --raw --scheme cbcs a b
	expect 'pack with a scheme that it has not' 64 "not 'cens'" pack --scheme cens a b
	expect 'pack as a codec that it has not' 64 "not 'vp9'" pack --codec vp9 a b
	expect 'pack with a key that is not there' 1 'No such file' pack --key missing a b
	expect 'pack as what it cannot' 64 "not 'P010'" pack --raw --format P010 video.y4m rgb
	cp clip old
	expect 'pack into a folder that is not there' 1 'No such file' pack --raw video.y4m missing/clip
	expect 'pack onto a device' 1 'not a regular file' pack --raw video.y4m /dev/null
	head -c 1000 video.y4m > short.y4m
	expect 'pack onto the clip itself' 1 'is the file that is read' pack --raw video.y4m video.y4m
	check 'a limit of file sizes is an error like others' too_large
	expect 'pack with a bad key-encryption key' 1 '32 hexadecimal digits' \
		pack --raw --kek video.y4m video.y4m clip
	check 'what was there stays when packing fails' cmp clip old
	check 'and nothing else' no_more_than clip old short.y4m video.y4m
	rm -f short.y4m old
	name=$(printf 'caf\303\251 \351 \355\240\200 \360\237\230\200')
	"$protex" pack --raw --json video.y4m "$name" > said
	rm -f "$name"
	check 'a name that is not UTF-8 is in JSON as far as it is' \
		grep -q "$(printf 'caf\303\251 \357\277\275 \357\277\275\357\277\275\357\277\275 \360\237\230\200')" said
	rm said
	expect 'pack of some frames' 0 '"frames":.*2' pack --raw --json --frames 2 video.y4m few
	rm few

	# Interrupted in the middle of a clip that does not end.
	mkfifo pipe
	video 1000000 2> pipe.err > pipe &
	writer=$!
	"$protex" pack --raw pipe unfinished > out 2> err &
	job=$!
	while [ -z "$(find . -name '.protex-*')" ] && kill -0 $job 2> /dev/null; do
		:
	done
	kill -TERM $job
	wait $job
	check 'an interrupted pack says so' test $? = $((128 + 15))
	kill $writer 2> /dev/null
	wait $writer 2> /dev/null
	rm pipe.err
	rm pipe
	check 'an interrupted pack leaves nothing' no_more_than clip video.y4m

	case $have in *" play "*)
		expect 'play without a file' 64 'name a file' play
		expect 'play of a video' 1 'protex pack' play video.y4m
		head -c 3000 clip > short
		expect 'play of a truncated container' 1 'short is truncated' play short
		{ head -c 200 clip; printf x; tail -c +202 clip; } > damaged
		expect 'play of a damaged header' 1 'damaged' play damaged
		expect 'hold of a frame that is not played' 1 'no frame 5' play --hold 5 clip
		expect 'hold of what is no frame' 1 "not 'x'" play --hold 1,x clip
		expect 'hold-exec without hold' 64 'needs --hold' play --hold-exec true clip
		expect 'play without a screen' 3 'missing' play --device /dev/missing clip
		rm short damaged
		expect 'pack without digests' 0 'frames' pack --raw --no-digests video.y4m bare
		expect 'verify without digests' 1 'no digests' play --verify bare
		rm bare
	esac
esac
tap_end
