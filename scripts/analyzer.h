/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included in front of each source when gcc's analyzer reads it: gcc knows malloc() and free(), and
 * has to be told which of the kernel's functions are like them.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/mm.h>

#define returns_what(freed_by, position) __attribute__((malloc(freed_by, position)))

returns_what(kfree, 1) void *__kmalloc(size_t size, gfp_t flags);
returns_what(kfree, 1) void *kmalloc_trace(struct kmem_cache *cache, gfp_t flags, size_t size);
returns_what(kmem_cache_free, 2) void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags);
returns_what(kvfree, 1) void *kvmalloc_node(size_t size, gfp_t flags, int node);
