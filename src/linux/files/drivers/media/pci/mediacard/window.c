// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: windows, through which the device reaches memory.
 *
 * There is one for each buffer, from when it is known to when it goes. The
 * device refuses whatever is not in a window.
 */
#include <linux/scatterlist.h>

#include "mediacard.h"

/**
 * mediacard_window_map() - let the device access a buffer
 * @card:	the card
 * @sgt:	the buffer, mapped for the device
 * @rights:	MEDIACARD_WINDOW_*
 * @window:	set to the number of the window
 *
 * Return: 0 or an error.
 */
int mediacard_window_map(struct mediacard *card, struct sg_table *sgt,
			 u32 rights, u32 *window)
{
	struct mediacard_segment *segments = card->shared + MEDIACARD_SEGMENTS;
	struct mediacard_command command = {
		.opcode = cpu_to_le16(MEDIACARD_MAP),
	};
	struct scatterlist *sg;
	unsigned int i;
	int number, ret;

	if (sgt->nents > MEDIACARD_SEGMENT_COUNT)
		return -E2BIG;
	number = ida_alloc_max(&card->windows, MEDIACARD_MAX_WINDOWS - 1,
			       GFP_KERNEL);
	if (number < 0)
		return number;

	mutex_lock(&card->segments_lock);
	spin_lock(&card->lock);
	if (card->gone) {
		spin_unlock(&card->lock);
		ret = -ENODEV;
		goto unlock;
	}
	for_each_sgtable_dma_sg(sgt, sg, i)
		segments[i] = (struct mediacard_segment){
			.address = cpu_to_le64(sg_dma_address(sg)),
			.length = cpu_to_le64(sg_dma_len(sg)),
		};
	spin_unlock(&card->lock);
	command.map.window = cpu_to_le32(number);
	command.map.rights = cpu_to_le32(rights);
	command.map.segment_count = cpu_to_le32(sgt->nents);
	ret = mediacard_call(card, &command);
unlock:
	mutex_unlock(&card->segments_lock);
	if (ret) {
		ida_free(&card->windows, number);
		return ret;
	}
	*window = number;

	return 0;
}

/**
 * mediacard_window_unmap() - keep the device away from a buffer again
 * @card:	the card
 * @window:	the number of the window
 *
 * When it returns, the device has no access any more. One that does not answer
 * is given up, and reset when its driver is removed.
 */
void mediacard_window_unmap(struct mediacard *card, u32 window)
{
	struct mediacard_command command = {
		.opcode = cpu_to_le16(MEDIACARD_UNMAP),
		.unmap.window = cpu_to_le32(window),
	};

	mediacard_call(card, &command);
	ida_free(&card->windows, window);
}
