// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: sessions of the trusted application, and the commands that
 * clients invoke in them.
 */
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/tee_core.h>
#include <linux/uuid.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <kunit/visibility.h>

#include <protex/ta.h>

#include "tee_emu.h"

/* Who is to blame for a result (GlobalPlatform's TEE_ORIGIN_*) */
#define ORIGIN_TEE		3
#define ORIGIN_TRUSTED_APP	4

/* So that one client cannot take all memory for sessions */
#define MAX_SESSIONS		64

static const uuid_t ta_uuid = { .b = PROTEX_TA_UUID_OCTETS };

/**
 * struct tee_emu_session - a session
 * @kref:	held by the context, and by calls
 * @lock:	the trusted application executes one command at a time
 * @ta:		the trusted application's own data, NULL when it was closed
 */
struct tee_emu_session {
	struct kref kref;
	struct mutex lock;	/* protects ta and what it points to */
	void *ta;
};

/**
 * struct tee_emu_context - what the driver keeps of a client
 * @sessions:	its sessions by their id. The lock of the array also orders
 *		taking a reference and dropping the last one.
 */
struct tee_emu_context {
	struct xarray sessions;
};

static void session_free(struct kref *kref)
{
	kfree(container_of(kref, struct tee_emu_session, kref));
}

static void session_put(struct tee_emu_session *session)
{
	kref_put(&session->kref, session_free);
}

static struct tee_emu_session *session_get(struct tee_emu_context *context,
					   u32 id)
{
	struct tee_emu_session *session;

	xa_lock(&context->sessions);
	session = xa_load(&context->sessions, id);
	if (session)
		kref_get(&session->kref);
	xa_unlock(&context->sessions);

	return session;
}

/* Takes over the reference that the context has. */
static void session_close(struct tee_emu_session *session)
{
	mutex_lock(&session->lock);
	TA_CloseSessionEntryPoint(session->ta);
	session->ta = NULL;
	mutex_unlock(&session->lock);

	session_put(session);
}

int tee_emu_open(struct tee_context *ctx)
{
	struct tee_emu_context *context;

	context = kzalloc_obj(*context, GFP_KERNEL_ACCOUNT);
	if (!context)
		return -ENOMEM;
	xa_init_flags(&context->sessions, XA_FLAGS_ALLOC1);

	/* Shared memory can outlive the file, and unloading would wait. */
	__module_get(THIS_MODULE);
	ctx->data = context;
	ctx->cap_memref_null = true;

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_open);

void tee_emu_close_context(struct tee_context *ctx)
{
	struct tee_emu_context *context = ctx->data;
	struct tee_emu_session *session;
	unsigned long id;

	xa_for_each(&context->sessions, id, session) {
		xa_erase(&context->sessions, id);
		session_close(session);
	}
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_close_context);

void tee_emu_release(struct tee_context *ctx)
{
	struct tee_emu_context *context = ctx->data;

	xa_destroy(&context->sessions);
	kfree(context);
	ctx->data = NULL;
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_release);

static struct page **shm_pages(struct tee_shm *shm, size_t offs, size_t size,
			       struct tee_emu_mapping *map)
{
	enum tee_dma_heap_id use;
	struct page **pages;
	size_t first;

	map->secure = shm->flags & TEE_SHM_DMA_BUF;
	if (map->secure) {
		pages = tee_emu_pool_pages(shm->paddr + offs, size, &use);
		map->for_keys = pages && use == TEE_DMA_HEAP_CRYPTO_KEY;
		return pages;
	}

	first = (shm->offset + offs) >> PAGE_SHIFT;
	if (!shm->pages || first >= shm->num_pages ||
	    PFN_UP(offset_in_page(shm->offset + offs) + size) >
	    shm->num_pages - first)
		return NULL;

	return shm->pages + first;
}

static int map_memref(struct tee_param *param, bool writable,
		      struct tee_emu_mapping *map, TEE_Param *ta_param)
{
	size_t offs = param->u.memref.shm_offs;
	size_t size = param->u.memref.size;
	struct tee_shm *shm = param->u.memref.shm;
	unsigned int in_page;
	struct page **pages;

	ta_param->memref.buffer = NULL;
	ta_param->memref.size = size;
	/* There is nothing to map; what this means is for the TA to say. */
	if (!shm || !size)
		return 0;

	/* The TEE core has checked this for user space. */
	if (offs > shm->size || size > shm->size - offs)
		return -EINVAL;

	pages = shm_pages(shm, offs, size, map);
	if (!pages)
		return -EINVAL;

	if (shm->flags & TEE_SHM_DMA_BUF)
		in_page = offset_in_page(shm->paddr + offs);
	else
		in_page = offset_in_page(shm->offset + offs);

	map->area = tee_emu_map(pages, PFN_UP(in_page + size), writable);
	if (!map->area)
		return -ENOMEM;
	map->buffer = map->area + in_page;
	map->size = size;
	map->writable = writable;

	ta_param->memref.buffer = map->buffer;
	return 0;
}

static int params_to_ta(struct tee_param *params, u32 num_params,
			struct tee_emu_call *call, u32 *types,
			TEE_Param *ta_params)
{
	u32 i;
	int ret;

	if (num_params > TEE_NUM_PARAMS)
		return -EINVAL;

	*types = 0;
	for (i = 0; i < num_params; i++) {
		struct tee_param *p = &params[i];

		switch (p->attr) {
		case TEE_IOCTL_PARAM_ATTR_TYPE_NONE:
		case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT:
			break;
		case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT:
		case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT:
			/* The TA would see another value. */
			if (p->u.value.a > U32_MAX || p->u.value.b > U32_MAX)
				return -EINVAL;
			ta_params[i].value.a = p->u.value.a;
			ta_params[i].value.b = p->u.value.b;
			break;
		case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT:
		case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT:
		case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT:
			ret = map_memref(p, p->attr !=
					 TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
					 &call->maps[i], &ta_params[i]);
			if (ret)
				return ret;
			break;
		default:
			/* User space buffers, object references, meta data */
			return -EINVAL;
		}

		/* The numbers are those of GlobalPlatform's TEE_PARAM_TYPE_*. */
		*types |= (u32)p->attr << (i * 4);
	}

	return 0;
}

static void params_from_ta(struct tee_param *params, u32 num_params,
			   const TEE_Param *ta_params)
{
	u32 i;

	for (i = 0; i < num_params; i++) {
		struct tee_param *p = &params[i];

		switch (p->attr) {
		case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT:
		case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT:
			p->u.value.a = ta_params[i].value.a;
			p->u.value.b = ta_params[i].value.b;
			p->u.value.c = 0;
			break;
		case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT:
		case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT:
			p->u.memref.size = ta_params[i].memref.size;
			break;
		default:
			break;
		}
	}
}

static void unmap(struct tee_emu_call *call)
{
	unsigned int i;

	for (i = 0; i < TEE_NUM_PARAMS; i++)
		vunmap(call->maps[i].area);
}

static int open_ta(struct tee_param *params, u32 num_params, void **ta,
		   TEE_Result *res)
{
	TEE_Param ta_params[TEE_NUM_PARAMS] = {};
	struct tee_emu_call call = {};
	u32 types;
	int ret;

	ret = params_to_ta(params, num_params, &call, &types, ta_params);
	if (!ret) {
		tee_emu_call_begin(&call);
		*res = TA_OpenSessionEntryPoint(types, ta_params, ta);
		tee_emu_call_end(&call);
		params_from_ta(params, num_params, ta_params);
	}
	unmap(&call);

	return ret;
}

int tee_emu_open_session(struct tee_context *ctx,
			 struct tee_ioctl_open_session_arg *arg,
			 struct tee_param *param)
{
	struct tee_emu_context *context = ctx->data;
	struct tee_emu_session *session;
	uuid_t client;
	TEE_Result res = TEE_ERROR_GENERIC;
	u32 id;
	int ret;

	arg->session = 0;
	arg->ret_origin = ORIGIN_TEE;

	/* The TA serves everybody, but a client must be what it claims. */
	ret = tee_session_calc_client_uuid(&client, arg->clnt_login,
					   arg->clnt_uuid);
	if (ret)
		return ret;

	if (memcmp(arg->uuid, ta_uuid.b, sizeof(ta_uuid.b))) {
		arg->ret = TEE_ERROR_ITEM_NOT_FOUND;
		return 0;
	}

	session = kzalloc_obj(*session, GFP_KERNEL_ACCOUNT);
	if (!session)
		return -ENOMEM;
	kref_init(&session->kref);
	mutex_init(&session->lock);

	ret = open_ta(param, arg->num_params, &session->ta, &res);
	if (ret || res != TEE_SUCCESS) {
		arg->ret = res;
		arg->ret_origin = ORIGIN_TRUSTED_APP;
		goto err_put;
	}

	ret = xa_alloc(&context->sessions, &id, session,
		       XA_LIMIT(1, MAX_SESSIONS), GFP_KERNEL_ACCOUNT);
	if (ret) {
		session_close(session);
		arg->ret = TEE_ERROR_OUT_OF_MEMORY;
		return 0;
	}

	arg->session = id;
	arg->ret = TEE_SUCCESS;
	arg->ret_origin = ORIGIN_TRUSTED_APP;
	return 0;

err_put:
	session_put(session);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_open_session);

int tee_emu_close_session(struct tee_context *ctx, u32 id)
{
	struct tee_emu_context *context = ctx->data;
	struct tee_emu_session *session;

	session = xa_erase(&context->sessions, id);
	if (!session)
		return -EINVAL;

	session_close(session);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_close_session);

int tee_emu_invoke_func(struct tee_context *ctx,
			struct tee_ioctl_invoke_arg *arg,
			struct tee_param *param)
{
	TEE_Param ta_params[TEE_NUM_PARAMS] = {};
	struct tee_emu_call call = {};
	struct tee_emu_session *session;
	u32 types;
	int ret;

	session = session_get(ctx->data, arg->session);
	if (!session)
		return -EINVAL;

	mutex_lock(&session->lock);
	if (!session->ta) {
		/* It was closed while this waited for another command. */
		ret = -EINVAL;
		goto out_unlock;
	}

	ret = params_to_ta(param, arg->num_params, &call, &types, ta_params);
	if (!ret) {
		tee_emu_call_begin(&call);
		arg->ret = TA_InvokeCommandEntryPoint(session->ta, arg->func,
						      types, ta_params);
		tee_emu_call_end(&call);
		arg->ret_origin = ORIGIN_TRUSTED_APP;
		params_from_ta(param, arg->num_params, ta_params);
	}
	unmap(&call);

out_unlock:
	mutex_unlock(&session->lock);
	session_put(session);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_invoke_func);
