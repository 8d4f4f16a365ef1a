# SPDX-License-Identifier: MIT
# The report of scripts/demo, from what its parts left.
($pack[0]) as $pack | ($play[0]) as $play | ($routes[0] // []) as $routes |
($held[0] // {}) as $held |
{
	clip: $clip,
	width: $pack.width,
	height: $pack.height,
	frames: $pack.frames,
	fps: $pack.fps,
	conversion: {matrix: $held.matrix, range: $held.range,
		siting: $held.siting, siting_of_clip: $pack.siting},
	held: ($held.held // []),
	psnr: ($held.psnr // []),
	psnr_minimum: $minimum,
	digest: ($play != null and $play.protected == true and $play.digests_ok == $pack.frames),
	routes: $routes,
	play: $play,
	seconds: $seconds
} |
.failures = [
	(if $play == null then "the clip was not played" else empty end),
	(if $play != null and $status != 0 then "the player ended with status \($status)" else empty end),
	(if $play != null and (.held | length) < 3 and .frames >= 3
	 then "not all held frames were seen" else empty end),
	(if .held == [] then "no frame was seen" else empty end),
	(range(.held | length) as $i |
	 if .psnr[$i] >= $minimum then empty
	 else "frame \(.held[$i]) does not look like the clip" end),
	(if .digest then empty else "the digests do not prove what was decrypted" end),
	(if .routes == [] then "the routes were not tried" else empty end),
	(.routes[] | select(.leaked) | "leaked: \(.name)"),
	(.routes[] | select(.ordinary | test("of the pattern$") | not) |
	 "no control: \(.name) does not work on an ordinary buffer")
] |
.passed = (.failures == [])
