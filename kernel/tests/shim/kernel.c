// SPDX-License-Identifier: GPL-2.0
#include "kernel.h"
#include "kunit.h"

/* Warnings */

static unsigned int warnings;

void shim_warn(const char *what, const char *file, int line)
{
	__atomic_add_fetch(&warnings, 1, __ATOMIC_SEQ_CST);
	fprintf(stderr, "WARN_ON(%s) at %s:%d\n", what, file, line);
}

unsigned int shim_warnings(void)
{
	return __atomic_load_n(&warnings, __ATOMIC_SEQ_CST);
}

/* Locks */

void shim_lock_init(struct shim_lock *lock)
{
	memset(lock, 0, sizeof(*lock));
	pthread_mutex_init(&lock->mutex, NULL);
	/* As it will be for ever in a test with one thread: its bytes can be compared. */
	lock->holder = pthread_self();
}

bool shim_holds(const struct shim_lock *lock)
{
	return READ_ONCE(lock->held) && pthread_equal(lock->holder, pthread_self());
}

void shim_lock(struct shim_lock *lock)
{
	if (shim_holds(lock)) {
		fprintf(stderr, "deadlock: a lock is taken twice\n");
		abort();
	}
	pthread_mutex_lock(&lock->mutex);
	lock->holder = pthread_self();
	WRITE_ONCE(lock->held, true);
}

void shim_unlock(struct shim_lock *lock)
{
	if (!shim_holds(lock)) {
		fprintf(stderr, "a lock is released that is not held\n");
		abort();
	}
	WRITE_ONCE(lock->held, false);
	pthread_mutex_unlock(&lock->mutex);
}

/* RCU: the outermost read-side section holds the lock shared, a grace period takes it alone. */

static pthread_rwlock_t readers = PTHREAD_RWLOCK_INITIALIZER;
static _Thread_local unsigned int nesting;
static pthread_mutex_t deferred_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rcu_head *deferred;

void rcu_read_lock(void)
{
	if (!nesting++)
		pthread_rwlock_rdlock(&readers);
}

void rcu_read_unlock(void)
{
	WARN_ON(!nesting);
	if (!--nesting)
		pthread_rwlock_unlock(&readers);
}

bool rcu_read_lock_held(void)
{
	return nesting != 0;
}

static void defer(struct rcu_head *head, void (*function)(struct rcu_head *head), void *memory)
{
	head->function = function;
	head->memory = memory;
	pthread_mutex_lock(&deferred_lock);
	head->next = deferred;
	deferred = head;
	pthread_mutex_unlock(&deferred_lock);
}

void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head))
{
	defer(head, function, NULL);
}

void shim_kfree_rcu(struct rcu_head *head, void *memory)
{
	defer(head, NULL, memory);
}

static struct rcu_head *take_deferred(void)
{
	struct rcu_head *all;

	pthread_mutex_lock(&deferred_lock);
	all = deferred;
	deferred = NULL;
	pthread_mutex_unlock(&deferred_lock);
	return all;
}

/* A callback may defer more: that is waited for too, as rcu_barrier() would. */
void synchronize_rcu(void)
{
	struct rcu_head *head;

	WARN_ON(nesting);
	while ((head = take_deferred())) {
		pthread_rwlock_wrlock(&readers);
		pthread_rwlock_unlock(&readers);
		while (head) {
			struct rcu_head *next = head->next;

			if (head->function)
				head->function(head);
			else
				shim_free(head->memory);
			head = next;
		}
	}
}

/* Memory */

static unsigned int fail_nth, asked;
static long live;

void shim_fail_allocation(unsigned int nth)
{
	fail_nth = nth;
	asked = 0;
}

unsigned int shim_allocations_asked(void)
{
	return asked;
}

long shim_allocations_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_SEQ_CST);
}

void *shim_allocate(size_t size, gfp_t flags)
{
	void *memory;

	if (__atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST) == fail_nth)
		return NULL;
	/* What is not asked to be zero is made anything but: nothing may rely on luck. */
	memory = malloc(size ? size : 1);
	BUG_ON(!memory);
	memset(memory, flags & __GFP_ZERO ? 0 : 0xa5, size);
	__atomic_add_fetch(&live, 1, __ATOMIC_SEQ_CST);
	return memory;
}

void *shim_allocate_array(size_t count, size_t size, gfp_t flags)
{
	size_t bytes;

	return __builtin_mul_overflow(count, size, &bytes) ? NULL : shim_allocate(bytes, flags);
}

void shim_free(const void *memory)
{
	if (!memory)
		return;
	__atomic_sub_fetch(&live, 1, __ATOMIC_SEQ_CST);
	free((void *)memory);
}

void kfree_sensitive(const void *memory)
{
	/* The sanitizer overwrites freed memory; that ours was zeroed first is for the tests to see. */
	shim_free(memory);
}

struct kmem_cache *shim_cache_create(size_t size)
{
	struct kmem_cache *cache = kmalloc(sizeof(*cache), GFP_KERNEL);

	if (cache)
		cache->size = size;
	return cache;
}

/* Randomness: splitmix64, for tests only */

static u64 random_state = 1;

void shim_seed(u64 seed)
{
	random_state = seed;
}

u64 get_random_u64(void)
{
	u64 z = __atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15ULL, __ATOMIC_RELAXED);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}

void get_random_bytes(void *out, size_t len)
{
	u8 *byte = out;

	while (len--)
		*byte++ = get_random_u64() >> 56;
}
