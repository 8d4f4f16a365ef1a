// SPDX-License-Identifier: GPL-2.0-only
/*
 * A DRM device that does nothing but import, with the core's GEM DMA helpers, as
 * many display controllers do. These helpers map what is imported to whoever has
 * the file and guesses an offset: for tests of who may have a TEE's memory.
 */
#include <linux/device/faux.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem_dma_helper.h>

static struct faux_device *faux;
static struct drm_device *importer;

DEFINE_DRM_GEM_DMA_FOPS(importer_fops);

static const struct drm_driver importer_driver = {
	.driver_features = DRIVER_GEM | DRIVER_RENDER,
	.fops = &importer_fops,
	DRM_GEM_DMA_DRIVER_OPS,
	.name = "gem-dma",
	.desc = "Importer with GEM DMA helpers, for tests",
	.major = 1,
};

static int __init importer_init(void)
{
	int ret;

	faux = faux_device_create("gem-dma", NULL, NULL);
	if (!faux)
		return -ENODEV;

	ret = dma_coerce_mask_and_coherent(&faux->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_destroy_faux;

	importer = drm_dev_alloc(&importer_driver, &faux->dev);
	if (IS_ERR(importer)) {
		ret = PTR_ERR(importer);
		goto err_destroy_faux;
	}

	ret = drm_dev_register(importer, 0);
	if (ret)
		goto err_put;

	return 0;

err_put:
	drm_dev_put(importer);
err_destroy_faux:
	faux_device_destroy(faux);
	return ret;
}
module_init(importer_init);

static void __exit importer_exit(void)
{
	drm_dev_unregister(importer);
	drm_dev_put(importer);
	faux_device_destroy(faux);
}
module_exit(importer_exit);

MODULE_DESCRIPTION("Importer with GEM DMA helpers, for tests");
MODULE_LICENSE("GPL");
