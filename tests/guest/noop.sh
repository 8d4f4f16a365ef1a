#!/bin/bash
# SPDX-License-Identifier: MIT
# noop.sh FOLDER: runs piglit's tests of protected content, which are in FOLDER, on Mesa's driver that does nothing.
# It has threads, unlike virgl, finds all buffers busy, and says what a device would refuse. So what the tests find says
# nothing, and is not looked at.
out=/tmp/noop.out
export GALLIUM_NOOP=true PIGLIT_PLATFORM=gbm
status=0

for program in "$1"/*_protected_*; do
	case $program in *-xcb) continue ;; esac
	timeout -s KILL 120 "$program" -auto -fbo > $out 2>&1 < /dev/null
	ended=$?
	echo "${program##*/}: $(grep -c '^noop looks' $out) protected contexts, $(grep -c '^noop refuses' $out) refused"
	if [ $ended -ge 124 ] || ! grep -q '^noop looks: a protected context' $out || grep -q '^noop refuses' $out; then
		grep '^noop refuses' $out | sort | uniq -c
		tail -n 5 $out
		echo "${program##*/}: ended with status $ended"
		status=1
	fi
done
exit $status
