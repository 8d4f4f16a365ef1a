// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: a TEE made of kernel code, for development and tests.
 *
 * User space and drivers see what they would see of a real one: a TEE device,
 * dma-heaps with protected memory for each use case, and a trusted application.
 */
#include <linux/device/faux.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/random.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/tee_core.h>

#include "tee_emu.h"

#define MAX_POOL_MIB	2048u

static unsigned int secure_video_mib = 64;
module_param(secure_video_mib, uint, 0444);
MODULE_PARM_DESC(secure_video_mib,
		 "Memory for secure video playback in MiB, 0 for no heap (default 64)");

static unsigned int trusted_ui_mib = 16;
module_param(trusted_ui_mib, uint, 0444);
MODULE_PARM_DESC(trusted_ui_mib,
		 "Memory for trusted UI in MiB, 0 for no heap (default 16)");

static unsigned int secure_video_record_mib = 16;
module_param(secure_video_record_mib, uint, 0444);
MODULE_PARM_DESC(secure_video_record_mib,
		 "Memory for secure video recording in MiB, 0 for no heap (default 16)");

static unsigned int crypto_key_mib = 1;
module_param(crypto_key_mib, uint, 0444);
MODULE_PARM_DESC(crypto_key_mib,
		 "Memory for keys of crypto devices in MiB, 0 for no heap (default 1)");

static bool readable_by_root;
module_param(readable_by_root, bool, 0444);
MODULE_PARM_DESC(readable_by_root,
		 "Start on a kernel that is not locked down, where root can read protected memory (default no)");

static struct faux_device *faux;
static struct tee_device *teedev;
static struct tee_shm_pool *shm_pool;

static int shm_pool_alloc(struct tee_shm_pool *pool, struct tee_shm *shm,
			  size_t size, size_t align)
{
	/* User space chooses the size, and must not get a warning from it. */
	if (!size || size > PAGE_SIZE << MAX_PAGE_ORDER)
		return -ENOMEM;

	return tee_dyn_shm_alloc_helper(shm, size, align, NULL);
}

static void shm_pool_free(struct tee_shm_pool *pool, struct tee_shm *shm)
{
	tee_dyn_shm_free_helper(shm, NULL);
}

static void shm_pool_destroy(struct tee_shm_pool *pool)
{
	kfree(pool);
}

static const struct tee_shm_pool_ops shm_pool_ops = {
	.alloc = shm_pool_alloc,
	.free = shm_pool_free,
	.destroy_pool = shm_pool_destroy,
};

static void tee_emu_get_version(struct tee_device *teedev,
				struct tee_ioctl_version_data *vers)
{
	*vers = (struct tee_ioctl_version_data){
		.impl_id = TEE_IMPL_ID_EMU,
		.gen_caps = TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM |
			    TEE_GEN_CAP_MEMREF_NULL,
	};
}

static int tee_emu_get_tee_revision(struct tee_device *teedev, char *buf,
				    size_t len)
{
	return strscpy(buf, "emulated", len) < 0 ? -E2BIG : 0;
}

/* The pages are found in struct tee_shm when a command uses them. */
static int tee_emu_shm_register(struct tee_context *ctx, struct tee_shm *shm,
				struct page **pages, size_t num_pages,
				unsigned long start)
{
	return 0;
}

static int tee_emu_shm_unregister(struct tee_context *ctx, struct tee_shm *shm)
{
	return 0;
}

static const struct tee_driver_ops tee_emu_ops = {
	.get_version = tee_emu_get_version,
	.get_tee_revision = tee_emu_get_tee_revision,
	.open = tee_emu_open,
	.close_context = tee_emu_close_context,
	.release = tee_emu_release,
	.open_session = tee_emu_open_session,
	.close_session = tee_emu_close_session,
	.invoke_func = tee_emu_invoke_func,
	.shm_register = tee_emu_shm_register,
	.shm_unregister = tee_emu_shm_unregister,
};

static const struct tee_desc tee_emu_desc = {
	.name = "tee-emu",
	.ops = &tee_emu_ops,
	.owner = THIS_MODULE,
};

static int register_heap(enum tee_dma_heap_id id, const char *parameter,
			 unsigned int mib)
{
	struct tee_protmem_pool *pool;
	int ret;

	if (!mib)
		return 0;

	if (mib > MAX_POOL_MIB) {
		dev_err(&faux->dev, "%s is %u, the limit is %u\n", parameter,
			mib, MAX_POOL_MIB);
		return -EINVAL;
	}

	pool = tee_emu_pool_create(id, (size_t)mib * SZ_1M);
	if (IS_ERR(pool)) {
		ret = PTR_ERR(pool);
		if (ret == -EOPNOTSUPP)
			dev_err(&faux->dev,
				"this machine cannot take memory out of the direct map\n");
		else if (ret == -EBUSY)
			dev_err(&faux->dev,
				"not while the machine hibernates\n");
		else
			dev_err(&faux->dev,
				"no %u MiB of contiguous memory (%d), lower %s\n",
				mib, ret, parameter);
		return ret;
	}

	ret = tee_device_register_dma_heap(teedev, id, pool);
	if (ret)
		pool->ops->destroy_pool(pool);

	return ret;
}

static int register_heaps(void)
{
	int ret;

	ret = register_heap(TEE_DMA_HEAP_SECURE_VIDEO_PLAY, "secure_video_mib",
			    secure_video_mib);
	if (ret)
		return ret;

	ret = register_heap(TEE_DMA_HEAP_TRUSTED_UI, "trusted_ui_mib",
			    trusted_ui_mib);
	if (ret)
		return ret;

	ret = register_heap(TEE_DMA_HEAP_SECURE_VIDEO_RECORD,
			    "secure_video_record_mib",
			    secure_video_record_mib);
	if (ret)
		return ret;

	return register_heap(TEE_DMA_HEAP_CRYPTO_KEY, "crypto_key_mib",
			     crypto_key_mib);
}

/*
 * Root has a device read all memory, by driving it through its registers, or
 * has the kernel do that, by a probe or a module. Lockdown is what refuses it.
 *
 * It has levels, and a reason of each tells which of them are on. That it is
 * asked leaves a line in the log for each.
 */
static int check_lockdown(void)
{
	if (security_locked_down(LOCKDOWN_PCI_ACCESS) &&
	    security_locked_down(LOCKDOWN_KCORE))
		return 0;

	if (readable_by_root) {
		dev_warn(&faux->dev,
			 "root can read protected memory: the kernel is not locked down, and readable_by_root is set\n");
		return 0;
	}

	dev_err(&faux->dev,
		"root could read protected memory: boot with lockdown=confidentiality, or set readable_by_root\n");
	return -EPERM;
}

static int __init tee_emu_init(void)
{
	int ret;

	/* The trusted application makes keys of them, and cannot wait. */
	ret = wait_for_random_bytes();
	if (ret)
		return ret;

	faux = faux_device_create("tee-emu", NULL, NULL);
	if (!faux)
		return -ENODEV;

	ret = check_lockdown();
	if (ret)
		goto err_destroy_faux;

	shm_pool = kzalloc_obj(*shm_pool);
	if (!shm_pool) {
		ret = -ENOMEM;
		goto err_destroy_faux;
	}
	shm_pool->ops = &shm_pool_ops;

	ret = TA_CreateEntryPoint() == TEE_SUCCESS ? 0 : -EINVAL;
	if (ret)
		goto err_free_shm_pool;

	teedev = tee_device_alloc(&tee_emu_desc, &faux->dev, shm_pool, NULL);
	if (IS_ERR(teedev)) {
		ret = PTR_ERR(teedev);
		goto err_destroy_ta;
	}

	ret = register_heaps();
	if (ret)
		goto err_unregister;

	ret = tee_device_register(teedev);
	if (ret)
		goto err_unregister;

	dev_warn(&faux->dev,
		 "emulated TEE for development and tests: it protects nothing from the kernel, which is now tainted\n");
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);

	return 0;

err_unregister:
	tee_device_unregister(teedev);
err_destroy_ta:
	TA_DestroyEntryPoint();
err_free_shm_pool:
	tee_shm_pool_free(shm_pool);
err_destroy_faux:
	faux_device_destroy(faux);
	return ret;
}
module_init(tee_emu_init);

static void __exit tee_emu_exit(void)
{
	tee_device_unregister(teedev);
	TA_DestroyEntryPoint();
	tee_shm_pool_free(shm_pool);
	faux_device_destroy(faux);
}
module_exit(tee_emu_exit);

MODULE_DESCRIPTION("Emulated TEE for development and tests");
MODULE_LICENSE("GPL");
