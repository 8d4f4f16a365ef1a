/* SPDX-License-Identifier: MIT */
/*
 * Kernel interfaces that are newer than the headers of the distributions protex builds on, or that
 * never reached them. The rest comes from the kernel's own headers.
 */
#ifndef LIBPROTEX_UAPI_H
#define LIBPROTEX_UAPI_H

#include <linux/if_alg.h>
#include <linux/tee.h>
#include <linux/types.h>

/* Linux 6.18: makes a dma-buf known to a TEE. Answers with a file descriptor that stands for the
 * TEE's reference to it. */
#ifndef TEE_IOC_SHM_REGISTER_FD
struct tee_ioctl_shm_register_fd_data {
	__s64 fd;    /* in: the dma-buf */
	__u64 size;  /* out: its size */
	__u32 flags; /* in: 0; out: what kind of memory it is */
	__s32 id;    /* out: what parameters call it */
};
#define TEE_IOC_SHM_REGISTER_FD                                                                    \
	_IOWR(TEE_IOC_MAGIC, TEE_IOC_BASE + 8, struct tee_ioctl_shm_register_fd_data)
#endif

/*
 * Version 4 of the kernel's series for restricted memory, which some vendor kernels carry: allocates
 * it from the TEE device itself. Answers with the dma-buf. Later kernels use the same number for
 * TEE_IOC_OBJECT_INVOKE, whose argument has another size, so that the two cannot be confused.
 */
#ifndef TEE_IOC_RSTMEM_ALLOC
struct tee_ioctl_rstmem_alloc_data {
	__u64 size;	/* in, out: rounded up */
	__u32 flags;	/* in: 0 */
	__u32 use_case; /* in: TEE_IOC_UC_* */
	__s32 id;	/* out: what parameters call it */
};
#define TEE_IOC_RSTMEM_ALLOC                                                                       \
	_IOWR(TEE_IOC_MAGIC, TEE_IOC_BASE + 10, struct tee_ioctl_rstmem_alloc_data)
#define TEE_IOC_UC_SECURE_VIDEO_PLAY   1
#define TEE_IOC_UC_TRUSTED_UI	       2
#define TEE_IOC_UC_SECURE_VIDEO_RECORD 3
#endif

/* protex's: a cipher's key is what a dma-buf holds, which the device reads. */
#ifndef ALG_SET_KEY_DMABUF
struct af_alg_key_dmabuf {
	__u64 offset;
	__u32 len;
	__s32 fd;
};
#define ALG_SET_KEY_DMABUF 8
#endif

#ifndef TEE_IMPL_ID_TSTEE
#define TEE_IMPL_ID_TSTEE 3
#endif
#ifndef TEE_IMPL_ID_QTEE
#define TEE_IMPL_ID_QTEE 4
#endif

/* protex's emulated TEE. */
#ifndef TEE_IMPL_ID_EMU
#define TEE_IMPL_ID_EMU 5
#endif

#endif
