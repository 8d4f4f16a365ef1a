#!/bin/sh
# SPDX-License-Identifier: MIT
# without.sh FILE OUT CONDITION: FILE with CONDITION, which it must have, once, made true.
set -eu
awk -v condition="$3" '
	(at = index($0, condition)) {
		$0 = substr($0, 1, at - 1) "true" substr($0, at + length(condition))
		found++
	}
	{ print }
	END { if (found != 1) exit 1 }' "$1" > "$2"
