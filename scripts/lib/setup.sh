# SPDX-License-Identifier: MIT
# Sets up whatever is missing.  Sourced by the scripts that people run.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for part in results steps root prerequisites make-root sources tree linux mesa piglit programs accel; do
	. "$(dirname "${BASH_SOURCE[0]}")/$part.sh"
done

# set_up KERNEL MESA: KERNEL may be empty, for none.  With PROTEX_LAYER=demo the root file system
# gets what the demo needs, and else what tests need too.
set_up() {
	case ${PROTEX_LAYER:-tests} in
	demo) LAYERS=(demo) ;;
	*) LAYERS=(demo tests) ;;
	esac
	with_lock setup set_up_locked "$@"
}

set_up_locked() {
	{
		root_steps "${LAYERS[@]}"
		[ -z "$1" ] || linux_steps "$1"
		[ "$2" = stock ] || mesa_steps
	} | plan
	make_root
	# Packages come over the network and are unpacked by one processor, beside what compiles.
	add_layers "${LAYERS[@]}"
	[ -z "$1" ] || make_linux "$1"
	[ -z "$LAYERS_STEP" ] || step_end "$LAYERS_STEP"
	[ "$2" = stock ] || make_mesa
	make_programs
}
