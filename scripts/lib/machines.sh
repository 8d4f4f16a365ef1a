# SPDX-License-Identifier: MIT
# Several machines at a time.  Each leads a process group of its own (set -m), so that
# all of it can be ended; "machines" has those that run.  They are started without guests_held (alive.sh).
. "$PROTEX_TOP/scripts/lib/alive.sh"
hold_guests
machines=()
end_machines() {
	local pid
	for pid in "${machines[@]}"; do kill -TERM -- "-$pid" 2> /dev/null || :; done
	wait
}
trap 'end_machines; exit 130' INT
trap 'end_machines; exit 143' TERM HUP
