#!/bin/bash
# SPDX-License-Identifier: MIT
# Loads the kernel's test modules and turns their KTAP into TAP, a line a case.
set -u
status=0
for module in tee_emu_test virtgpu_protected_test; do
	modprobe "$module" || { echo "cannot load $module" >&2; status=1; }
done
for suite in /sys/kernel/debug/kunit/*; do
	# Its plan is of the cases; the suite's own verdict, the last line, is one more.
	awk '/^    1\.\.[0-9]+$/ { sub(/^ +1\.\./, ""); plan = $0 + 1 }
	     /^    (not )?ok / { sub(/^ +/, ""); print; next }
	     /^(not )?ok / { sub(/ok [0-9]+/, "ok " plan); print $0 ": the suite" }
	     END { print "1.." plan }' "$suite/results" \
		> "build/test/kunit/${suite##*/}.tap"
	cp "$suite/results" "build/test/kunit/${suite##*/}.ktap"
done
exit $status
