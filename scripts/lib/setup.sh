# SPDX-License-Identifier: MIT
# Sets up whatever is missing.  Sourced by the scripts that people run.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for part in results steps root prerequisites make-root guest-root sources tree linux mesa firmware piglit programs accel machine; do
	. "$(dirname "${BASH_SOURCE[0]}")/$part.sh"
done

use_machine "${PROTEX_MACHINE:-emulated}"

# set_up KERNEL MESA: KERNEL may be empty, for none.  With PROTEX_LAYER=demo the root file system
# gets what the demo needs, and else what tests need too.
set_up() {
	case ${PROTEX_LAYER:-tests} in
	demo) LAYERS=(demo) ;;
	*) LAYERS=(demo tests) ;;
	esac
	# What they are made from is read once, here, and not in each subshell that asks.
	[ -z "$1" ] || find_linux "$1"
	[ "$2" = stock ] || find_mesa
	# Who has all of it need not wait for others that make theirs.
	if [ -z "$(machine_steps "$@")" ]; then
		machine_make "$@"
	else
		with_lock setup set_up_planned "$@"
	fi
	with_lock "programs-${TREES##*-}" machine_programs
}

set_up_planned() {
	machine_steps "$@" | plan
	machine_make "$@"
}
