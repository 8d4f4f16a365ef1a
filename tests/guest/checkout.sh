#!/bin/bash
# SPDX-License-Identifier: MIT
# checkout.sh FOLDER: as root of the guest, tries to change the checkout, and to leave in
# FOLDER, which it may write to, what would lead the host elsewhere. Says what it could do.
# Runs in the guest, for the suite vm, which looks at what became of it.
folder=$1
cd /protex || exit

could() { # WHAT CMD…
	"${@:2}" 2> /dev/null && echo "could $1"
}
append() { echo >> "$1"; }

# That the mount is read-only is the guest's own doing.
mount -o remount,rw /protex || exit
for file in scripts/vm scripts/host/run-vm build/guest/build.ninja .git/config; do
	could "write $file" append $file
done
could "make a file" touch scripts/lib/new
could "make a folder" mkdir tests/new
could "remove a file" rm scripts/pins
could "rename a file" mv scripts/demo scripts/demo.old
could "make a file executable" chmod +x README.md
could "give a file away" chown 1000 README.md
could "make a link" ln -s /etc/passwd scripts/lib/link
could "link a file" ln README.md "$folder/hard"

# What these are in the guest they must not be on the host.
cp /bin/true "$folder/program"
chmod 6755 "$folder/program"
ln -s /etc/passwd "$folder/symbolic"
ln -s / "$folder/root"
mkfifo "$folder/pipe"
mknod "$folder/device" c 1 3
[ -x "$folder/program" ] && [ -L "$folder/symbolic" ] && [ -L "$folder/root" ] && [ -p "$folder/pipe" ] && [ -c "$folder/device" ] &&
	could "write what it may" append "$folder/file"
