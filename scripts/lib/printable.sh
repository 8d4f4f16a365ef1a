# SPDX-License-Identifier: MIT
# Sourced by common.sh, and inside the tool chain.

# printable < LINES: for what a guest wrote, which a terminal is to show and not to act on.
printable() { LC_ALL=C.UTF-8 sed -u 's/\r$//; s/\t/ /g; s/[[:cntrl:]]/?/g'; }
