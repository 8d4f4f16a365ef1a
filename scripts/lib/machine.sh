# SPDX-License-Identifier: MIT
# Which machine is set up, and booted by scripts/vm: a file of scripts/machines each, with all
# that differs.  Sourced before those that ask it.
#
# A machine has these:
#	machine_option OPTION VALUE	takes one, or fails
#	machine_check	ends this script if what was taken does not go together
#	machine_can OPTION	whether it has what this option of scripts/vm is about: --media, --crypto, --instructions, --host-heap
#	machine_kernel NAME	the kernel that the option --kernel NAME means on it
#	machine_steps KERNEL MESA	the steps that machine_make would do
#	machine_make KERNEL MESA	sets up what is missing
#	machine_programs	builds our programs for its guest
#	machine_accelerator IMAGE	kvm or tcg
#	machine_settings	what scripts/host and scripts/guest must know of it, as shell
#	MACHINE_ARCH	whose code its guest runs, as uname has it

# use_machine NAME: sets MACHINE.
use_machine() {
	local file=$PROTEX_TOP/scripts/machines/$1
	case $1 in */* | '' | .*) file= ;; esac
	[ -n "$file" ] && [ -e "$file" ] || die "no machine is called $1 (there are: $(ls "$PROTEX_TOP/scripts/machines" | xargs))"
	MACHINE=$1
	# shellcheck disable=SC1090
	. "$file"
}
