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
	# Who has all of it need not wait for others that make theirs.
	if [ -z "$(set_up_steps "$@")" ]; then
		set_up_all "$@"
	else
		with_lock setup set_up_planned "$@"
	fi
	with_lock "programs-${TREES##*-}" make_programs
}

set_up_steps() {
	root_steps "${LAYERS[@]}"
	[ -z "$1" ] || linux_steps "$1"
	[ "$2" = stock ] || mesa_steps
}

set_up_planned() {
	set_up_steps "$@" | plan
	set_up_all "$@"
}

set_up_all() {
	make_root
	# Packages come over the network and are unpacked by one processor, beside what compiles.
	add_layers "${LAYERS[@]}"
	[ -z "$1" ] || make_linux "$1"
	[ -z "$LAYERS_STEP" ] || step_end "$LAYERS_STEP"
	[ "$2" = stock ] || make_mesa
}
