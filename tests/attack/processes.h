/* SPDX-License-Identifier: MIT */
/* Attacks from other files and other processes. */
#ifndef ATTACK_PROCESSES_H
#define ATTACK_PROCESSES_H

#include "attack.h"

/* What the other process does with the file; what it finds is added to the attempt. */
typedef void (*received_function)(struct attempt *attempt, int fd, void *data);

/* A child, which has inherited the file. */
bool in_child(struct attempt *attempt, int fd, received_function function, void *data);

/* A process that was there before the file, and is sent it by SCM_RIGHTS. */
bool in_receiver(struct attempt *attempt, int fd, received_function function, void *data);

/* The global name of an object, and a handle of what has a name. What the driver said is noted. */
uint32_t name_of(struct attempt *attempt, int fd, uint32_t handle);
int open_name(struct attempt *attempt, int fd, uint32_t name, uint32_t *handle);

#endif
