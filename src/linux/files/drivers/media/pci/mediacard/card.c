// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: the PCI device, its rings and its video devices.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/tee_drv.h>
#include <media/v4l2-ioctl.h>

#include "mediacard.h"

#define BAR_DOORBELL	0
#define BAR_SHARED	2

/* The device is a program, and its machine may be busy. */
#define TIMEOUT		(20 * HZ)

struct mediacard_call {
	struct list_head link;
	u32 token;
	enum mediacard_status status;
	bool answered;
	struct completion done;
};

/* What the device wrote before it changed a register is there when we see that. */
static u32 get_register(__le32 *reg)
{
	/* Pairs with the device's store. */
	return le32_to_cpu(virt_load_acquire(reg));
}

static void set_register(__le32 *reg, u32 value)
{
	/* Pairs with the device's load. */
	virt_store_release(reg, cpu_to_le32(value));
}

static void ring_doorbell(struct mediacard *card)
{
	writel(MEDIACARD_DOORBELL_VALUE, card->doorbell + MEDIACARD_DOORBELL);
}

static int status_to_errno(u32 status)
{
	switch (status) {
	case MEDIACARD_OK:
		return 0;
	case MEDIACARD_NO_MEMORY:
		return -ENOMEM;
	case MEDIACARD_REFUSED:
		return -EFAULT;
	case MEDIACARD_INVALID:
		return -EINVAL;
	default:
		return -EIO;
	}
}

/**
 * mediacard_give_up() - have nothing more to do with the device
 * @card:	the card
 *
 * Whoever waits for it is woken, and queues report an error. The device is not
 * touched any more.
 */
void mediacard_give_up(struct mediacard *card)
{
	struct mediacard_call *call, *next;
	unsigned int i;

	spin_lock(&card->lock);
	card->gone = true;
	list_for_each_entry_safe(call, next, &card->calls, link) {
		list_del_init(&call->link);
		complete(&call->done);
	}
	for (i = 0; i < ARRAY_SIZE(card->contexts); i++) {
		struct mediacard_context *ctx = card->contexts[i];

		if (!ctx)
			continue;
		vb2_queue_error(v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx));
		vb2_queue_error(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx));
	}
	spin_unlock(&card->lock);
}

/**
 * mediacard_submit() - put a command into the ring
 * @card:	the card
 * @command:	what is to be put there
 *
 * May sleep. Commands of one caller are executed in order.
 *
 * Return: 0, or -ENODEV when there is no device any more.
 */
int mediacard_submit(struct mediacard *card, struct mediacard_command *command)
{
	unsigned long end = jiffies + TIMEOUT;
	struct mediacard_command *slot;

	spin_lock(&card->lock);
	/*
	 * The device takes what is there before it does anything else, so there
	 * is room, but for moments of which it does not tell.
	 */
	while (!card->gone && card->commands_produced -
	       get_register(&card->regs->command_consumed) >=
	       MEDIACARD_COMMAND_COUNT) {
		spin_unlock(&card->lock);
		if (time_after(jiffies, end)) {
			dev_err(&card->pdev->dev,
				"the device takes no commands any more\n");
			mediacard_give_up(card);
			return -ENODEV;
		}
		usleep_range(500, 1000);
		spin_lock(&card->lock);
	}
	if (card->gone) {
		spin_unlock(&card->lock);
		return -ENODEV;
	}
	slot = card->shared + MEDIACARD_COMMANDS;
	slot[card->commands_produced % MEDIACARD_COMMAND_COUNT] = *command;
	card->commands_produced++;
	set_register(&card->regs->command_produced, card->commands_produced);
	ring_doorbell(card);
	spin_unlock(&card->lock);

	return 0;
}

/**
 * mediacard_call() - have a command executed that MEDIACARD_DONE answers
 * @card:	the card
 * @command:	the command; its token is set
 *
 * Return: 0, -ENODEV when there is no device any more, or another error that the
 * device reports.
 */
int mediacard_call(struct mediacard *card, struct mediacard_command *command)
{
	struct mediacard_call call = {};
	int ret;

	init_completion(&call.done);
	spin_lock(&card->lock);
	call.token = card->next_token++;
	list_add_tail(&call.link, &card->calls);
	spin_unlock(&card->lock);

	command->token = cpu_to_le32(call.token);
	ret = mediacard_submit(card, command);
	if (!ret && !wait_for_completion_timeout(&call.done, TIMEOUT)) {
		dev_err(&card->pdev->dev, "the device does not answer\n");
		mediacard_give_up(card);
	}

	spin_lock(&card->lock);
	list_del(&call.link);
	if (!ret)
		ret = call.answered ? status_to_errno(call.status) : -ENODEV;
	spin_unlock(&card->lock);

	return ret;
}

void mediacard_finish_call(struct mediacard *card,
			   const struct mediacard_event *event)
{
	struct mediacard_call *call;

	spin_lock(&card->lock);
	list_for_each_entry(call, &card->calls, link) {
		if (call->token != le32_to_cpu(event->token))
			continue;
		list_del_init(&call->link);
		call->status = le32_to_cpu(event->status);
		call->answered = true;
		complete(&call->done);
		break;
	}
	spin_unlock(&card->lock);
}

/**
 * mediacard_take_event() - take the next event out of the ring
 * @card:	the card
 * @event:	set to what it is
 *
 * Return: false if there is none.
 */
bool mediacard_take_event(struct mediacard *card, struct mediacard_event *event)
{
	struct mediacard_event *slot;
	bool found = false, broken = false;
	u32 waiting;

	spin_lock(&card->lock);
	if (card->gone)
		goto unlock;
	waiting = get_register(&card->regs->event_produced) -
		  card->events_consumed;
	broken = waiting > MEDIACARD_EVENT_COUNT ||
		 card->regs->failed != cpu_to_le32(0);
	if (!waiting || broken)
		goto unlock;
	slot = card->shared + MEDIACARD_EVENTS;
	*event = slot[card->events_consumed % MEDIACARD_EVENT_COUNT];
	card->events_consumed++;
	found = true;
	set_register(&card->regs->event_consumed, card->events_consumed);
	/* It says that it wants room, and then looks again. So do we. */
	virt_mb();
	if (get_register(&card->regs->wants_room))
		ring_doorbell(card);
unlock:
	spin_unlock(&card->lock);
	if (broken) {
		dev_err(&card->pdev->dev, "the rings are broken\n");
		mediacard_give_up(card);
	}

	return found;
}

/*
 * All sessions and windows of the device go. When this has succeeded, it has no
 * way to any of our memory.
 */
static int reset_device(struct mediacard *card)
{
	u32 value = get_register(&card->regs->reset_done) + 1;
	unsigned long end = jiffies + TIMEOUT;

	card->commands_produced = 0;
	card->events_consumed = 0;
	set_register(&card->regs->command_produced, 0);
	set_register(&card->regs->event_consumed, 0);
	set_register(&card->regs->reset, value);
	ring_doorbell(card);
	/* It does this when there may be no interrupt to wait for. */
	while (get_register(&card->regs->reset_done) != value) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(200, 500);
	}

	return 0;
}

static int register_video(struct mediacard *card, struct mediacard_node *node,
			  bool protected)
{
	struct video_device *vdev = &node->vdev;

	node->card = card;
	node->protected = protected;
	strscpy(vdev->name, protected ? "mediacard-protected-dec" :
		"mediacard-dec", sizeof(vdev->name));
	vdev->fops = &mediacard_fops;
	vdev->ioctl_ops = &mediacard_ioctl_ops;
	vdev->release = video_device_release_empty;
	vdev->vfl_dir = VFL_DIR_M2M;
	vdev->v4l2_dev = &card->v4l2_dev;
	vdev->device_caps = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
	video_set_drvdata(vdev, node);

	return video_register_device(vdev, VFL_TYPE_VIDEO, -1);
}

/* The last file is closed, and the device's driver has let go of it. */
static void release_card(struct v4l2_device *v4l2_dev)
{
	struct mediacard *card =
		container_of(v4l2_dev, struct mediacard, v4l2_dev);

	v4l2_m2m_release(card->m2m_dev);
	ida_destroy(&card->windows);
	mutex_destroy(&card->segments_lock);
	pci_dev_put(card->pdev);
	kfree(card);
}

/* Buffers go their own way; there are no jobs. */
static void run_job(void *priv)
{
	WARN_ON_ONCE(1);
}

static int job_ready(void *priv)
{
	return 0;
}

static const struct v4l2_m2m_ops m2m_ops = {
	.device_run = run_job,
	.job_ready = job_ready,
};

static int map_device(struct mediacard *card)
{
	struct pci_dev *pdev = card->pdev;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (pci_resource_len(pdev, BAR_SHARED) < MEDIACARD_BAR_SIZE)
		return -ENODEV;
	ret = pcim_request_all_regions(pdev, KBUILD_MODNAME);
	if (ret)
		return ret;
	card->doorbell = pcim_iomap(pdev, BAR_DOORBELL, 0);
	if (!card->doorbell)
		return -ENOMEM;
	/* It is memory of the host, and has to be cached as it is there. */
	card->shared = devm_memremap(&pdev->dev,
				     pci_resource_start(pdev, BAR_SHARED),
				     MEDIACARD_BAR_SIZE, MEMREMAP_WB);
	if (IS_ERR(card->shared))
		return PTR_ERR(card->shared);
	card->regs = card->shared;

	/* Others use the same device for other things. */
	if (card->regs->magic != cpu_to_le32(MEDIACARD_MAGIC))
		return -ENODEV;
	if (card->regs->version != cpu_to_le32(MEDIACARD_VERSION)) {
		dev_err(&pdev->dev, "version %u of the device is not known\n",
			le32_to_cpu(card->regs->version));
		return -ENODEV;
	}

	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);

	return 0;
}

/*
 * Nobody begins anything any more, who waits is told, and the device has no way
 * to our memory: files that are still open have buffers that it has windows to.
 */
static void stop_device(struct mediacard *card)
{
	struct pci_dev *pdev = card->pdev;

	mediacard_give_up(card);
	free_irq(pci_irq_vector(pdev, 0), card);
	pci_free_irq_vectors(pdev);
	if (reset_device(card))
		dev_err(&pdev->dev,
			"the device does not answer, and may still write\n");
	pci_clear_master(pdev);
}

static int mediacard_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct mediacard *card;
	int irq, ret;

	card = kzalloc_obj(*card);
	if (!card)
		return -ENOMEM;
	card->pdev = pci_dev_get(pdev);
	spin_lock_init(&card->lock);
	mutex_init(&card->segments_lock);
	INIT_LIST_HEAD(&card->calls);
	ida_init(&card->windows);

	card->m2m_dev = v4l2_m2m_init(&m2m_ops);
	if (IS_ERR(card->m2m_dev)) {
		ret = PTR_ERR(card->m2m_dev);
		goto err_free;
	}
	card->v4l2_dev.release = release_card;
	ret = v4l2_device_register(&pdev->dev, &card->v4l2_dev);
	if (ret)
		goto err_release_m2m;
	/* From here on release_card() has the rest. */

	ret = map_device(card);
	if (ret)
		goto err_put;
	pci_set_master(pdev);
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);
	if (ret < 0)
		goto err_put;
	irq = pci_irq_vector(pdev, 0);
	ret = reset_device(card);
	if (ret) {
		dev_err(&pdev->dev, "the device does not answer\n");
		goto err_free_vectors;
	}
	ret = request_threaded_irq(irq, NULL, mediacard_interrupt, IRQF_ONESHOT,
				   KBUILD_MODNAME, card);
	if (ret)
		goto err_free_vectors;

	pci_set_drvdata(pdev, card);
	ret = register_video(card, &card->nodes[0], false);
	if (ret)
		goto err_stop;
	/* Memory for it may come later, and is asked for when it is used. */
	ret = tee_heap_add_importer(&pdev->dev);
	if (ret)
		goto err_unregister;
	ret = register_video(card, &card->nodes[1], true);
	if (ret)
		goto err_remove_importer;

	return 0;

err_remove_importer:
	tee_heap_remove_importer(&pdev->dev);
err_unregister:
	video_unregister_device(&card->nodes[0].vdev);
err_stop:
	stop_device(card);
	goto err_put;

err_free_vectors:
	pci_free_irq_vectors(pdev);
err_put:
	v4l2_device_disconnect(&card->v4l2_dev);
	v4l2_device_put(&card->v4l2_dev);
	return ret;

err_release_m2m:
	v4l2_m2m_release(card->m2m_dev);
err_free:
	pci_dev_put(pdev);
	kfree(card);
	return ret;
}

static void mediacard_remove(struct pci_dev *pdev)
{
	struct mediacard *card = pci_get_drvdata(pdev);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(card->nodes); i++)
		video_unregister_device(&card->nodes[i].vdev);
	tee_heap_remove_importer(&pdev->dev);
	stop_device(card);
	v4l2_device_disconnect(&card->v4l2_dev);
	v4l2_device_put(&card->v4l2_dev);
}

/* Whatever comes next has our memory for other things. */
static void mediacard_shutdown(struct pci_dev *pdev)
{
	stop_device(pci_get_drvdata(pdev));
}

/* ivshmem, which cannot be told apart but by what is in its memory */
static const struct pci_device_id mediacard_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, 0x1110) },
	{}
};
MODULE_DEVICE_TABLE(pci, mediacard_ids);

static struct pci_driver mediacard_driver = {
	.name = KBUILD_MODNAME,
	.id_table = mediacard_ids,
	.probe = mediacard_probe,
	.remove = mediacard_remove,
	.shutdown = mediacard_shutdown,
};

static int __init mediacard_init(void)
{
	mediacard_memory_init();

	return pci_register_driver(&mediacard_driver);
}
module_init(mediacard_init);

static void __exit mediacard_exit(void)
{
	pci_unregister_driver(&mediacard_driver);
}
module_exit(mediacard_exit);

MODULE_DESCRIPTION("Media card, a video decoder for virtual machines");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
