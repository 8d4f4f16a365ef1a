# SPDX-License-Identifier: MIT
# Sets up whatever is missing.  Sourced by the scripts that people run.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for part in root prerequisites make-root sources tree linux mesa piglit programs accel; do
	. "$(dirname "${BASH_SOURCE[0]}")/$part.sh"
done

# set_up KERNEL MESA: KERNEL may be empty, for none.
set_up() {
	with_lock setup set_up_locked "$@"
}

set_up_locked() {
	make_root
	[ -z "$1" ] || make_linux "$1"
	[ "$2" = stock ] || make_mesa
	make_programs
}
