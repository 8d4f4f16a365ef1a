# SPDX-License-Identifier: MIT
# Guests that end with the script for which they run, however that ends.  Sourced after common.sh.

# hold_guests: opens a pipe whose end for writing, guests_held, is this script's alone: what it starts is to
# be started without ({guests_held}>&-).  Guests that run below see when it is closed, and end, and
# those of a script that another one runs see both.  PROTEX_ALIVE has the other ends, with commas.
hold_guests() {
	local folder both alive
	folder=$(mktemp -d)
	mkfifo "$folder/pipe"
	exec {both}<> "$folder/pipe" {alive}< "$folder/pipe" {guests_held}> "$folder/pipe" {both}>&-
	rm -r "$folder"
	export PROTEX_ALIVE=${PROTEX_ALIVE:+$PROTEX_ALIVE,}$alive
}
