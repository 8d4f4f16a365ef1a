/* SPDX-License-Identifier: MIT */
/*
 * What the driver does when its numbers of resources come to an end. Runs on the one whose counter begins
 * near that (weaken/last_number.patch).
 */
#include <errno.h>
#include <unistd.h>

#include "gpu.h"
#include "tap.h"

#define OBJECTS 100

int main(void)
{
	struct object objects[OBJECTS], more;
	int fd = open_driver("virtio_gpu"), made = 0, ret = 0, twice = 0;

	while (made < OBJECTS && !(ret = create(fd, &objects[made], 0))) {
		for (int i = 0; i < made; i++)
			twice += objects[i].res == objects[made].res;
		made++;
	}
	ok(made > 0 && objects[0].res > UINT32_MAX - OBJECTS, "numbers begin near their end");
	ok(made > 0 && objects[made - 1].res == UINT32_MAX, "the last one is used");
	ok(ret == -ENOSPC, "then an object cannot be created (%s)", result_name(ret));
	ok(!twice, "no number is used twice");
	for (int i = 0; i < made; i++)
		close_handle(fd, objects[i].handle);
	ret = create(fd, &more, 0);
	ok(ret == -ENOSPC, "not when the others are gone either (%s)", result_name(ret));
	ret = create(fd, &more, PROTECTED_OBJECT);
	ok(ret == -ENOSPC, "nor a protected one (%s)", result_name(ret));
	return tap_end();
}
