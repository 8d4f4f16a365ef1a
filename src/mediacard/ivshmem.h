/* SPDX-License-Identifier: MIT */
/* The card's socket to QEMU: the server's side of the protocol of its device ivshmem (docs/specs/ivshmem-spec). */
#ifndef MEDIACARD_IVSHMEM_H
#define MEDIACARD_IVSHMEM_H

/* Returns a socket that listens at path, which must not be there. Complains and exits on failure. */
int ivshmem_listen(const char *path);

/* The machine is connected to by its number 1, and the card is number 0; each has one vector. */
struct ivshmem {
	int socket;
	int doorbell;  /* eventfd that QEMU signals */
	int interrupt; /* eventfd that QEMU takes for the guest's interrupt */
};

/* Waits for QEMU. Complains and exits on failure. */
void ivshmem_accept(struct ivshmem *v, int listening, int bar);

#endif
