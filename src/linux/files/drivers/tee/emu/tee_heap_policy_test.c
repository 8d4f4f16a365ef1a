// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the TEE core's tables of devices that may have memory.
 */
#include <kunit/test.h>
#include <linux/device/faux.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tee_core.h>

static const struct {
	const char *entry;
	struct tee_heap_permission permission;
} good[] = {
	{ "secure-video:bus=virtio,driver=virtio_gpu",
	  { TEE_DMA_HEAP_SECURE_VIDEO_PLAY, "virtio", "virtio_gpu" } },
	{ "trusted-ui:device=0000:00:03.0,bus=pci",
	  { TEE_DMA_HEAP_TRUSTED_UI, "pci", NULL, "0000:00:03.0" } },
	{ "secure-video-record:driver=d,device=a,bus=b",
	  { TEE_DMA_HEAP_SECURE_VIDEO_RECORD, "b", "d", "a" } },
	{ "secure-video:of_node=/soc/gpu@fd,0",
	  { TEE_DMA_HEAP_SECURE_VIDEO_PLAY, NULL, NULL, NULL, "/soc/gpu@fd,0" } },
	{ "secure-video:bus=platform,driver=d,of_node=/gpu",
	  { TEE_DMA_HEAP_SECURE_VIDEO_PLAY, "platform", "d", NULL, "/gpu" } },
};

static const char *const bad[] = {
	"",
	"secure-video",
	"secure-video:",
	"secure-video:bus=pci",
	"secure-video:driver=d",
	"secure-video:device=a",
	"secure-video:bus=,driver=d",
	"secure-video:bus=pci,driver=",
	"secure-video:bus=pci,driver=d,",
	"secure-video:bus=pci,driver=d,driver=e",
	"secure-video:bus=pci,of_node=/gpu",
	"secure-video:of_node=",
	"secure-video:all=yes",
	"secure-video:bus=pci,driver=d,all=yes",
	"protected,secure-video:bus=pci,driver=d",
	"secure:bus=pci,driver=d",
	":bus=pci,driver=d",
	"bus=pci,driver=d",
};

static int policy_test_parse(struct kunit *test, const char *entry,
			     struct tee_heap_permission *permission)
{
	/* Which is cut into pieces, that are pointed to. */
	char *copy = kunit_kstrdup(test, entry, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return tee_heap_permission_parse(copy, permission);
}

static void policy_test_good(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		const struct tee_heap_permission *want = &good[i].permission;
		struct tee_heap_permission got;

		KUNIT_ASSERT_EQ_MSG(test, 0,
				    policy_test_parse(test, good[i].entry, &got),
				    "%s", good[i].entry);
		KUNIT_EXPECT_EQ(test, got.use_case, want->use_case);
		KUNIT_EXPECT_STREQ(test, got.bus ?: "", want->bus ?: "");
		KUNIT_EXPECT_STREQ(test, got.driver ?: "", want->driver ?: "");
		KUNIT_EXPECT_STREQ(test, got.device ?: "", want->device ?: "");
		KUNIT_EXPECT_STREQ(test, got.of_node ?: "", want->of_node ?: "");
	}
}

static void policy_test_bad(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct tee_heap_permission got = {};

		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    policy_test_parse(test, bad[i], &got),
				    "\"%s\"", bad[i]);
		/* Nor does it half say something. */
		KUNIT_EXPECT_EQ(test, got.use_case, 0);
		KUNIT_EXPECT_NULL(test, got.bus);
		KUNIT_EXPECT_NULL(test, got.of_node);
	}
}

#define UI	TEE_DMA_HEAP_TRUSTED_UI

/* What the device "tee-policy-test" on the bus "faux" is, and is not. */
static const struct {
	struct tee_heap_permission permission;
	bool permitted;
} entries[] = {
	{ { UI, "faux", NULL, "tee-policy-test" }, true },
	{ { UI, "faux", "faux_driver" }, true },
	{ { UI, "faux", "faux_driver", "tee-policy-test" }, true },
	{ { UI, "faux", "faux_driver", "tee-policy" } },
	{ { UI, "faux", "driver", "tee-policy-test" } },
	{ { UI, "faux", NULL, "tee-policy-test-2" } },
	{ { UI, "platform", NULL, "tee-policy-test" } },
	{ { UI, "virtio", NULL, "tee-policy-test" } },
	{ { UI, "faux", NULL, "tee-policy-test", "/gpu" } },
	{ { UI, NULL, "faux_driver", "tee-policy-test" } },
	{ { UI, NULL, "faux_driver", NULL, "/" } },
	{ { UI, NULL, NULL, NULL, "/gpu" } },
	{ { UI, "faux" } },
	{ { UI } },
	{ { TEE_DMA_HEAP_SECURE_VIDEO_PLAY, "faux", NULL, "tee-policy-test" } },
	{ { 0, "faux", NULL, "tee-policy-test" } },
};

static int policy_test_init(struct kunit *test)
{
	test->priv = faux_device_create("tee-policy-test", NULL, NULL);
	return test->priv ? 0 : -ENODEV;
}

static void policy_test_exit(struct kunit *test)
{
	if (test->priv)
		faux_device_destroy(test->priv);
}

static void policy_test_permitted(struct kunit *test)
{
	struct faux_device *faux = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		KUNIT_EXPECT_EQ_MSG(test, entries[i].permitted,
				    tee_heap_permitted(&entries[i].permission,
						       1, UI, &faux->dev),
				    "entry %zu", i);
}

/* One of many is enough, and there may be none. */
static void policy_test_any(struct kunit *test)
{
	static const struct tee_heap_permission table[] = {
		{ UI, "faux", NULL, "another" },
		{ UI, "faux", NULL, "tee-policy-test" },
	};
	struct faux_device *faux = test->priv;

	KUNIT_EXPECT_TRUE(test, tee_heap_permitted(table, ARRAY_SIZE(table), UI,
						   &faux->dev));
	KUNIT_EXPECT_FALSE(test, tee_heap_permitted(table, 1, UI, &faux->dev));
	KUNIT_EXPECT_FALSE(test, tee_heap_permitted(NULL, 0, UI, &faux->dev));
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_test_good),
	KUNIT_CASE(policy_test_bad),
	KUNIT_CASE(policy_test_permitted),
	KUNIT_CASE(policy_test_any),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "tee_heap_policy",
	.init = policy_test_init,
	.exit = policy_test_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);

MODULE_DESCRIPTION("KUnit tests of who may have a TEE's memory");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
