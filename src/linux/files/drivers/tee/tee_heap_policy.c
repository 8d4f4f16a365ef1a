// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices may have protected memory, by table.
 *
 * A TEE's driver has a table of its own, which is code. The kernel's command
 * line can add to it, as firmware would set up a firewall: before there is
 * anybody who could want another one, and for as long as the kernel runs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/tee_core.h>

#include "tee_private.h"

#define PERMISSIONS_MAX		16
#define TEXT_MAX		512

/* From the command line, which is read before anything can be allocated. */
static struct tee_heap_permission allowed[PERMISSIONS_MAX] __ro_after_init;
static unsigned int allowed_count __ro_after_init;
static char text[TEXT_MAX] __ro_after_init;
static size_t text_used __ro_after_init;

static bool matches_on_bus(const struct tee_heap_permission *permission,
			   struct device *dev)
{
	if (!dev->bus || strcmp(dev->bus->name, permission->bus))
		return false;

	if (permission->device && strcmp(dev_name(dev), permission->device))
		return false;

	if (permission->driver) {
		struct device_driver *driver;

		/* Compared by address: it may be unbound, and gone, meanwhile. */
		driver = driver_find(permission->driver, dev->bus);
		if (!driver || READ_ONCE(dev->driver) != driver)
			return false;
	}

	return true;
}

static int child_matches(struct device *dev, const void *permission)
{
	return matches_on_bus(permission, dev);
}

static bool matches_bus(const struct tee_heap_permission *permission,
			struct device *dev)
{
	struct device *child;

	if (matches_on_bus(permission, dev))
		return true;

	/*
	 * Who has a virtio device does DMA as the device that carries it, which
	 * carries only that one.
	 */
	if (strcmp(permission->bus, "virtio"))
		return false;

	child = device_find_child(dev, permission, child_matches);
	put_device(child);
	return child;
}

static bool matches_of_node(const struct tee_heap_permission *permission,
			    struct device *dev)
{
	struct device_node *node = of_find_node_by_path(permission->of_node);

	of_node_put(node);
	return node && node == dev->of_node;
}

static bool matches(const struct tee_heap_permission *permission,
		    struct device *dev)
{
	/* Names mean something on a bus only. */
	if (!permission->bus && (permission->driver || permission->device))
		return false;

	if (permission->bus && !matches_bus(permission, dev))
		return false;
	if (permission->of_node && !matches_of_node(permission, dev))
		return false;

	/* One that says nothing is for no device, not for all. */
	return permission->driver || permission->device || permission->of_node;
}

static bool any_matches(const struct tee_heap_permission *permissions,
			size_t count, enum tee_dma_heap_id use_case,
			struct device *dev)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (permissions[i].use_case == use_case &&
		    matches(&permissions[i], dev))
			return true;
	}

	return false;
}

/**
 * tee_heap_permitted() - May a device have memory, by a table
 * @permissions:	the table of a TEE's driver
 * @count:		its entries
 * @use_case:		what the memory is for
 * @dev:		the device that would do DMA
 *
 * For &tee_protmem_pool_ops.may_attach.
 *
 * @returns true if the table or the kernel's command line has an entry for it
 */
bool tee_heap_permitted(const struct tee_heap_permission *permissions,
			size_t count, enum tee_dma_heap_id use_case,
			struct device *dev)
{
	return any_matches(permissions, count, use_case, dev) ||
	       any_matches(allowed, allowed_count, use_case, dev);
}
EXPORT_SYMBOL_GPL(tee_heap_permitted);

/**
 * tee_heap_permitted_by_default() - May a device have memory of a TEE without
 * a table
 * @use_case:	what the memory is for
 * @dev:	the device that would do DMA
 *
 * @returns true if the kernel's command line has an entry for it, or none for
 * the use case
 */
bool tee_heap_permitted_by_default(enum tee_dma_heap_id use_case,
				   struct device *dev)
{
	unsigned int i;

	for (i = 0; i < allowed_count; i++) {
		if (allowed[i].use_case == use_case)
			return any_matches(allowed, allowed_count, use_case,
					   dev);
	}

	return true;
}

static int parse_use_case(const char *name, enum tee_dma_heap_id *use_case)
{
	enum tee_dma_heap_id id;
	const char *heap;

	for (id = TEE_DMA_HEAP_SECURE_VIDEO_PLAY; (heap = tee_heap_name(id));
	     id++) {
		size_t prefix = str_has_prefix(heap, "protected,");

		if (prefix && !strcmp(heap + prefix, name)) {
			*use_case = id;
			return 0;
		}
	}

	return -EINVAL;
}

static const struct {
	const char *name;
	size_t offset;
	bool takes_rest;
} conditions[] = {
	{ "bus=", offsetof(struct tee_heap_permission, bus) },
	{ "driver=", offsetof(struct tee_heap_permission, driver) },
	{ "device=", offsetof(struct tee_heap_permission, device) },
	/* Paths have commas in them. */
	{ "of_node=", offsetof(struct tee_heap_permission, of_node), true },
};

static int parse_condition(char **rest, struct tee_heap_permission *permission)
{
	char *condition = *rest;
	const char **value;
	size_t i, name;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		name = str_has_prefix(condition, conditions[i].name);
		if (!name)
			continue;

		if (conditions[i].takes_rest)
			*rest = NULL;
		else
			strsep(rest, ",");

		value = (void *)permission + conditions[i].offset;
		if (*value || !condition[name])
			return -EINVAL;

		*value = condition + name;
		return 0;
	}

	return -EINVAL;
}

/**
 * tee_heap_permission_parse() - Read an entry of a table
 * @entry:	"USE-CASE:bus=BUS,driver=NAME,device=NAME" or
 *		"USE-CASE:of_node=PATH", or both, of_node last. It is cut into
 *		pieces, to which @permission points
 * @permission:	set to what it says, if it says something
 *
 * @returns 0, or -EINVAL if it is for no heap, has an unknown condition, none or
 * one twice, or names a driver or a device but no bus, or a bus and nothing on it
 */
int tee_heap_permission_parse(char *entry,
			      struct tee_heap_permission *permission)
{
	struct tee_heap_permission parsed = {};
	char *use_case = strsep(&entry, ":");

	if (parse_use_case(use_case, &parsed.use_case))
		return -EINVAL;

	while (entry) {
		if (parse_condition(&entry, &parsed))
			return -EINVAL;
	}

	if (!parsed.bus != !(parsed.driver || parsed.device))
		return -EINVAL;
	if (!parsed.bus && !parsed.of_node)
		return -EINVAL;

	*permission = parsed;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(tee_heap_permission_parse);

static int set_allow(const char *value, const struct kernel_param *param)
{
	char *entries = text + text_used;
	ssize_t length;
	char *entry;

	/*
	 * Of a module, root would say what is allowed, and not who starts the
	 * kernel.
	 */
	if (IS_MODULE(CONFIG_TEE)) {
		int ret = security_locked_down(LOCKDOWN_MODULE_PARAMETERS);

		if (ret)
			return ret;
	}

	length = strscpy(entries, value, TEXT_MAX - text_used);
	if (length < 0) {
		pr_err("allow= has more than %d characters\n",
		       TEXT_MAX - 1);
		return -ENOSPC;
	}
	text_used += length + 1;

	while ((entry = strsep(&entries, ";"))) {
		if (allowed_count == PERMISSIONS_MAX) {
			pr_err("allow= has more than %d entries\n",
			       PERMISSIONS_MAX);
			return -ENOSPC;
		}
		if (tee_heap_permission_parse(entry, &allowed[allowed_count])) {
			pr_err("allow=: no entry, or not all of one: \"%s\"\n",
			       entry);
			return -EINVAL;
		}
		allowed_count++;
	}

	return 0;
}

static const struct kernel_param_ops allow_ops = {
	.set = set_allow,
};

module_param_cb(allow, &allow_ops, NULL, 0);
MODULE_PARM_DESC(allow,
		 "More devices that may have protected memory, as USE-CASE:bus=BUS,driver=NAME,device=NAME or USE-CASE:of_node=PATH, with ; in between");
