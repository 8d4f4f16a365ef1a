#!/bin/bash
# SPDX-License-Identifier: MIT
# optee_limit.sh: where OP-TEE's pools may have one chunk of 1 MiB, they have no more.  Prints TAP.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/hold.sh"
check "a buffer as large as the pool is had" hold 1 1048576
check "control: so are two that are half as large" hold 2 524288
check "one more is refused" bash -c '! hold 2 1048576'
check "what was refused takes nothing away" hold 1 1048576
tap_end
