#!/bin/bash
# SPDX-License-Identifier: MIT
# Loads the kernel's test modules and turns their KTAP into TAP, a line a case.
. "$(dirname "$0")/../tap.sh"
set -u
status=0
for module in tee_emu_test tee_heap_policy_test virtgpu_protected_test; do
	modprobe "$module" || { echo "cannot load $module" >&2; status=1; }
done
# The cases of a suite are indented by four, and its own verdict, at the end, is one more.
for suite in /sys/kernel/debug/kunit/*; do
	tap_count=0
	awk '/^    1\.\.[0-9]+$/ { sub(/^ +1\.\./, ""); plan = $0 + 1 }
	     /^(    )?(not )?ok / {
		suite = /^ / ? "" : ": the suite"
		verdict = /^ *not/ ? "not ok" : "ok"
		sub(/^ *(not )?ok [0-9]* ?/, "")
		print verdict "\t" $0 suite
		seen++
	     }
	     END { if (plan != seen) print "not ok\tran to its end" }' "$suite/results" |
		{ results; tap_end; } > "build/test/kunit/${suite##*/}.tap"
	cp "$suite/results" "build/test/kunit/${suite##*/}.ktap"
done
exit $status
