# SPDX-License-Identifier: MIT
# hold COUNT SIZE: succeeds if so many protected buffers of that size can be had at a time.  Sourced.
hold() {
	# The next command would have its buffer as descriptor 3 as well, and this one would be gone.
	[ "$1" = 0 ] || protex alloc --size "$2" -- bash -c 'exec {kept}<&3; hold $(($0 - 1)) "$1"' "$1" "$2"
}
export -f hold
