// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: no hibernation while there is protected memory.
 *
 * The image is a copy of all memory, also of what is not in the direct map, and
 * goes to a disk or, through /dev/snapshot, to a process.
 *
 * This is always built in, so that it knows whether hibernation has begun when
 * the rest of the driver is loaded as a module.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/suspend.h>

#include "tee_emu.h"

/* Protects what follows */
static DEFINE_SPINLOCK(lock);
static unsigned int blockers;
static bool in_progress;

/**
 * tee_emu_hibernation_block() - from now on, refuse hibernation
 *
 * To be called before there is protected memory.
 *
 * Return: 0, to be followed by tee_emu_hibernation_unblock() when the memory is
 * gone; or -EBUSY if the machine is about to hibernate, or to resume from it.
 */
int tee_emu_hibernation_block(void)
{
	int ret = -EBUSY;

	spin_lock(&lock);
	if (!in_progress) {
		blockers++;
		ret = 0;
	}
	spin_unlock(&lock);

	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(tee_emu_hibernation_block, "tee_emu");

/**
 * tee_emu_hibernation_unblock() - undo a tee_emu_hibernation_block()
 */
void tee_emu_hibernation_unblock(void)
{
	spin_lock(&lock);
	blockers--;
	spin_unlock(&lock);
}
EXPORT_SYMBOL_FOR_MODULES(tee_emu_hibernation_unblock, "tee_emu");

static int notify(struct notifier_block *nb, unsigned long event, void *data)
{
	int ret = 0;

	spin_lock(&lock);
	switch (event) {
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		if (blockers)
			ret = -EBUSY;
		else
			in_progress = true;
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		in_progress = false;
		break;
	}
	spin_unlock(&lock);

	return notifier_from_errno(ret);
}

static struct notifier_block hibernation_nb = {
	.notifier_call = notify,
};

static int __init tee_emu_hibernation_init(void)
{
	return register_pm_notifier(&hibernation_nb);
}
subsys_initcall(tee_emu_hibernation_init); /* before the first pool */
