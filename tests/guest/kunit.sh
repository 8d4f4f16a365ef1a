#!/bin/bash
# SPDX-License-Identifier: MIT
# Loads the kernel's test modules and turns their KTAP into TAP, a line a case.
set -u
status=0
for module in tee_emu_test virtgpu_protected_test; do
	modprobe "$module" || { echo "cannot load $module" >&2; status=1; }
done
for suite in /sys/kernel/debug/kunit/*; do
	awk '/^    (not )?ok / { count++; sub(/^ +/, ""); print }
	     END { print "1.." count + 0 }' "$suite/results" \
		> "build/test/kunit/${suite##*/}.tap"
	cp "$suite/results" "build/test/kunit/${suite##*/}.ktap"
done
exit $status
