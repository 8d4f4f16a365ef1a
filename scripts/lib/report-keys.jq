# SPDX-License-Identifier: MIT
# The report of scripts/demo --use keys, from what the guest left.
def outcome: if . == null then "not tried" elif .reached then "read or written" else "refused: \(.errno)" end;
($protected[0].routes // []) as $p | ($ordinary[0].routes // []) as $o |
[$p[] | . as $route | {
	name: (.name + if .device then " \(.device)" else "" end),
	description,
	protected: outcome,
	ordinary: ([$o[] | select(.name == $route.name and .device == $route.device)][0] | outcome),
	leaked: .reached
}] as $routes |
{
	bits: $made[0].bits,
	authentic: ($info[0].authentic // false),
	use: $protected[0].use,
	bytes: $encrypted[0].bytes,
	same: ($status == 0 and $decrypted[0].bytes == $encrypted[0].bytes and $encrypted[0].bytes > 0),
	routes: $routes,
	reached: ($protected[0].reached),
	reached_ordinary: ($ordinary[0].reached)
} |
.failures = ([
	(if .authentic then empty else "the TEE does not take the key that it made" end),
	(if .same then empty else "the file did not come back, or was not encrypted" end),
	(if .use == "crypto-key" then empty else "the key was not in memory for keys" end),
	(if .reached == 0 and (.routes | length) > 0 then empty else "the key was reached" end),
	(if (.reached_ordinary // 0) > 0 then empty else "no route reaches ordinary memory, so refusals prove nothing" end)
]) |
.passed = (.failures | length == 0)
