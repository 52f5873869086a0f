/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the deciders need, for a user-space build under the sanitizers. It is
 * stricter than the kernel where that finds mistakes: an RCU reader outside a read-side section, a
 * lock that is not held, a leaked allocation and any WARN end in a failed test.
 */
#ifndef WG_SHIM_KERNEL_H
#define WG_SHIM_KERNEL_H

/* clang-format off */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* Types and compiler attributes. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;
typedef u16 __le16, __be16, __sum16;
typedef u32 __le32, __be32, __wsum;
typedef u64 __le64, __be64;
typedef unsigned int gfp_t;

#define __rcu
#define __force
#define __bitwise
#define __user
#define __init
#define __exit
#define __read_mostly
#define __ro_after_init
#define __guarded_by(...)
#define __uninitialized
#define __must_hold(...)
#define __acquires(...)
#define __releases(...)
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __maybe_unused __attribute__((unused))
#define __always_unused __attribute__((unused))
#define __must_check __attribute__((warn_unused_result))
#define __cold __attribute__((cold))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define noinline __attribute__((noinline))
#define __noreturn __attribute__((noreturn))
#define fallthrough __attribute__((fallthrough))
#define ____cacheline_aligned __aligned(64)
#define ____cacheline_aligned_in_smp __aligned(64)
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" ::: "memory")
#define IS_ENABLED(option) 0
#define L1_CACHE_BYTES 64
#define SMP_CACHE_BYTES 64
#define BITS_PER_LONG (8 * (int)sizeof(long))

#define U8_MAX UINT8_MAX
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX (~0ULL)
#define S32_MAX INT32_MAX
#define S64_MAX INT64_MAX
#define NSEC_PER_SEC 1000000000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_USEC 1000L
#define MSEC_PER_SEC 1000L
#define AF_INET 2
#define AF_INET6 10

#undef static_assert
#define static_assert(expr, ...) _Static_assert(expr, "" #expr)
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))
#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))
#define struct_size(pointer, member, count) \
	(sizeof(*(pointer)) + sizeof(*(pointer)->member) * (count))
#define min(a, b) ({ typeof(a) __a = (a); typeof(b) __b = (b); __a < __b ? __a : __b; })
#define max(a, b) ({ typeof(a) __a = (a); typeof(b) __b = (b); __a > __b ? __a : __b; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(value, low, high) min(max(value, low), high)
#define swap(a, b) do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define round_up(x, to) ((((x) - 1) | ((typeof(x))(to) - 1)) + 1)
#define round_down(x, to) ((x) & ~((typeof(x))(to) - 1))
#define ALIGN(x, to) round_up(x, to)
#define roundup(x, to) (DIV_ROUND_UP(x, to) * (to))

/* Nothing a decider does may warn: the harness fails the test that did. */
void shim_warn(const char *what, const char *file, int line);
#define WARN_ON(condition) \
	({ bool __w = !!(condition); if (__w) shim_warn(#condition, __FILE__, __LINE__); __w; })
#define WARN_ON_ONCE(condition) WARN_ON(condition)
#define WARN_ONCE(condition, ...) WARN_ON(condition)
#define WARN(condition, ...) WARN_ON(condition)
#define DEBUG_NET_WARN_ON_ONCE(condition) ((void)WARN_ON(condition))
#define BUG_ON(condition) do { if (condition) abort(); } while (0)
#define pr_err(...) fprintf(stderr, __VA_ARGS__)
#define pr_warn pr_err
#define pr_info pr_err
#define pr_debug(...) do { if (0) pr_err(__VA_ARGS__); } while (0)

#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) ((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)
static inline void *ERR_PTR(long error) { return (void *)error; }
static inline long PTR_ERR(const void *pointer) { return (long)pointer; }
static inline bool IS_ERR(const void *pointer) { return IS_ERR_VALUE(pointer); }
static inline bool IS_ERR_OR_NULL(const void *pointer) { return !pointer || IS_ERR(pointer); }
#define ERR_CAST(pointer) ((void *)(pointer))

#define MODULE_LICENSE(x) struct shim_unused_declaration
#define MODULE_DESCRIPTION(x) struct shim_unused_declaration
#define MODULE_AUTHOR(x) struct shim_unused_declaration
#define EXPORT_SYMBOL_GPL(x) struct shim_unused_declaration
#define THIS_MODULE NULL
#define __initdata
#define cond_resched() do { } while (0)
#define might_sleep() do { } while (0)
#define local_bh_disable() do { } while (0)
#define local_bh_enable() do { } while (0)
#define preempt_disable() do { } while (0)
#define preempt_enable() do { } while (0)
#define cpu_relax() do { } while (0)
#define prefetch(x) __builtin_prefetch(x)

/* Bits. */
#define BIT(n) (1UL << (n))
#define for_each_set_bit(bit, word, size)                   \
	for ((bit) = 0; (bit) < (size); (bit)++)            \
		if (!(*(word) & BIT(bit)))                  \
			;                                   \
		else
#define BIT_ULL(n) (1ULL << (n))
#define BIT_WORD(n) ((n) / BITS_PER_LONG)
#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (BITS_PER_LONG - 1 - (high))))
#define GENMASK_ULL(high, low) ((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
#define hweight32(x) __builtin_popcount(x)
#define hweight64(x) __builtin_popcountll(x)
#define hweight_long(x) __builtin_popcountl(x)
#define ffs(x) __builtin_ffs(x)
static inline int fls(u32 x) { return x ? 32 - __builtin_clz(x) : 0; }
static inline int fls64(u64 x) { return x ? 64 - __builtin_clzll(x) : 0; }
static inline unsigned long __ffs(unsigned long x) { return __builtin_ctzl(x); }
static inline unsigned long __fls(unsigned long x) { return BITS_PER_LONG - 1 - __builtin_clzl(x); }
static inline unsigned long __ffs64(u64 x) { return __builtin_ctzll(x); }
static inline bool is_power_of_2(unsigned long x) { return x && !(x & (x - 1)); }
static inline unsigned long roundup_pow_of_two(unsigned long x)
{
	return x <= 1 ? 1 : 1UL << fls64(x - 1);
}
#define rounddown_pow_of_two(x) (1UL << (63 - __builtin_clzll(x)))
#define ilog2(x) (63 - __builtin_clzll(x))
#define order_base_2(x) ((x) <= 1 ? 0 : fls64((u64)(x) - 1))
static inline bool test_bit(unsigned long n, const unsigned long *map)
{
	return map[BIT_WORD(n)] >> (n % BITS_PER_LONG) & 1;
}
static inline void __set_bit(unsigned long n, unsigned long *map)
{
	map[BIT_WORD(n)] |= BIT(n % BITS_PER_LONG);
}
static inline void __clear_bit(unsigned long n, unsigned long *map)
{
	map[BIT_WORD(n)] &= ~BIT(n % BITS_PER_LONG);
}
static inline bool __test_and_set_bit(unsigned long n, unsigned long *map)
{
	bool was = test_bit(n, map);

	__set_bit(n, map);
	return was;
}
#define set_bit __set_bit
#define clear_bit __clear_bit
#define test_and_set_bit __test_and_set_bit
static inline void bitmap_zero(unsigned long *map, unsigned int bits)
{
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(*map));
}

/* Byte order and unaligned access; the host is little-endian wherever these tests run. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
#define swab16(x) __builtin_bswap16(x)
#define swab32(x) __builtin_bswap32(x)
#define swab64(x) ((u64)__builtin_bswap64(x))
#define SHIM_ENDIAN(bits)                                                                      \
	static inline u##bits le##bits##_to_cpu(__le##bits x) { return x; }                    \
	static inline __le##bits cpu_to_le##bits(u##bits x) { return x; }                      \
	static inline u##bits be##bits##_to_cpu(__be##bits x) { return swab##bits(x); }        \
	static inline __be##bits cpu_to_be##bits(u##bits x) { return swab##bits(x); }          \
	static inline u##bits le##bits##_to_cpup(const __le##bits *p) { return *p; }           \
	static inline u##bits be##bits##_to_cpup(const __be##bits *p) { return swab##bits(*p); } \
	static inline void le##bits##_add_cpu(__le##bits *p, u##bits x) { *p += x; }           \
	static inline u##bits get_unaligned_le##bits(const void *p)                            \
	{                                                                                      \
		u##bits x;                                                                     \
                                                                                               \
		memcpy(&x, p, sizeof(x));                                                      \
		return x;                                                                      \
	}                                                                                      \
	static inline void put_unaligned_le##bits(u##bits x, void *p) { memcpy(p, &x, sizeof(x)); } \
	static inline u##bits get_unaligned_be##bits(const void *p)                            \
	{                                                                                      \
		return swab##bits(get_unaligned_le##bits(p));                                  \
	}                                                                                      \
	static inline void put_unaligned_be##bits(u##bits x, void *p)                          \
	{                                                                                      \
		put_unaligned_le##bits(swab##bits(x), p);                                      \
	}                                                                                      \
	struct shim_unused_declaration
SHIM_ENDIAN(16);
SHIM_ENDIAN(32);
SHIM_ENDIAN(64);
#define le32_to_cpu_array(words, count) ((void)(words))
#define cpu_to_le32_array(words, count) ((void)(words))
#define htons(x) cpu_to_be16(x)
#define htonl(x) cpu_to_be32(x)
#define ntohs(x) be16_to_cpu(x)
#define ntohl(x) be32_to_cpu(x)
#define get_unaligned(p) ({ typeof(*(p)) __v; memcpy(&__v, p, sizeof(__v)); __v; })
#define put_unaligned(value, p) \
	do { typeof(*(p)) __v = (value); memcpy(p, &__v, sizeof(__v)); } while (0)
#define upper_32_bits(x) ((u32)((x) >> 32))
#define lower_32_bits(x) ((u32)(x))
static inline u64 div_u64(u64 n, u32 d) { return n / d; }
static inline u64 div64_u64(u64 n, u64 d) { return n / d; }
static inline u64 div_u64_rem(u64 n, u32 d, u32 *rest) { *rest = n % d; return n / d; }
static inline u64 mul_u64_u32_shr(u64 a, u32 b, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * b) >> shift);
}
#define do_div(n, d) ({ u32 __r = (n) % (d); (n) /= (d); __r; })

#define memzero_explicit(p, n) explicit_bzero(p, n)
static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	return snprintf(to, size, "%s", from);
}
unsigned long crypto_memneq(const void *a, const void *b, size_t len);
static inline void *memchr_inv(const void *memory, int byte, size_t len)
{
	const u8 *at = memory;

	while (len && *at == (u8)byte)
		at++, len--;
	return len ? (void *)at : NULL;
}

/* Atomics: C11's, sequentially consistent where the kernel orders fully. */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)
#define data_race(x) (x)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, value) __atomic_store_n(p, value, __ATOMIC_RELEASE)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define xchg(p, value) __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, fresh) \
	({ typeof(*(p)) __old = (old); \
	   __atomic_compare_exchange_n(p, &__old, fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	   __old; })
#define cmpxchg64 cmpxchg
#define try_cmpxchg(p, old, fresh) \
	__atomic_compare_exchange_n(p, old, fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef struct { long counter; } atomic_long_t;
#define ATOMIC_INIT(value) { (value) }
#define ATOMIC64_INIT(value) { (value) }
#define SHIM_ATOMIC(prefix, type, number)                                                           \
	static inline number prefix##_read(const type *v) { return READ_ONCE(v->counter); }         \
	static inline void prefix##_set(type *v, number n) { WRITE_ONCE(v->counter, n); }           \
	static inline number prefix##_fetch_add(number n, type *v)                                  \
	{                                                                                           \
		return __atomic_fetch_add(&v->counter, n, __ATOMIC_SEQ_CST);                        \
	}                                                                                           \
	static inline number prefix##_add_return(number n, type *v)                                 \
	{                                                                                           \
		return __atomic_add_fetch(&v->counter, n, __ATOMIC_SEQ_CST);                        \
	}                                                                                           \
	static inline void prefix##_add(number n, type *v) { prefix##_add_return(n, v); }           \
	static inline void prefix##_sub(number n, type *v) { prefix##_add_return(-n, v); }          \
	static inline void prefix##_inc(type *v) { prefix##_add_return(1, v); }                     \
	static inline void prefix##_dec(type *v) { prefix##_add_return(-1, v); }                    \
	static inline number prefix##_inc_return(type *v) { return prefix##_add_return(1, v); }     \
	static inline number prefix##_dec_return(type *v) { return prefix##_add_return(-1, v); }    \
	static inline bool prefix##_dec_and_test(type *v) { return !prefix##_add_return(-1, v); }   \
	static inline number prefix##_xchg(type *v, number n) { return xchg(&v->counter, n); }      \
	static inline number prefix##_cmpxchg(type *v, number old, number fresh)                    \
	{                                                                                           \
		return cmpxchg(&v->counter, old, fresh);                                            \
	}                                                                                           \
	static inline bool prefix##_try_cmpxchg(type *v, number *old, number fresh)                 \
	{                                                                                           \
		return try_cmpxchg(&v->counter, old, fresh);                                        \
	}                                                                                           \
	struct shim_unused_declaration
SHIM_ATOMIC(atomic, atomic_t, int);
SHIM_ATOMIC(atomic64, atomic64_t, s64);
SHIM_ATOMIC(atomic_long, atomic_long_t, long);
#define atomic64_fetch_add_relaxed atomic64_fetch_add
#define atomic64_try_cmpxchg_relaxed atomic64_try_cmpxchg
#define atomic64_inc_return_relaxed atomic64_inc_return
typedef struct { atomic_t refs; } refcount_t;
static inline void refcount_set(refcount_t *r, int n) { atomic_set(&r->refs, n); }
static inline int refcount_read(const refcount_t *r) { return atomic_read(&r->refs); }
static inline void refcount_inc(refcount_t *r) { WARN_ON(atomic_inc_return(&r->refs) <= 1); }
static inline bool refcount_dec_and_test(refcount_t *r)
{
	int left = atomic_dec_return(&r->refs);

	WARN_ON(left < 0);
	return !left;
}

/* Locks know whether they are held, so that lockdep_assert_held means something. */
struct shim_lock {
	pthread_mutex_t mutex;
	bool held;
	pthread_t holder;
};
typedef struct shim_lock spinlock_t;
struct mutex {
	struct shim_lock lock;
};
void shim_lock_init(struct shim_lock *lock);
void shim_lock(struct shim_lock *lock);
void shim_unlock(struct shim_lock *lock);
bool shim_holds(const struct shim_lock *lock);
#define __SPIN_LOCK_UNLOCKED(name) { .mutex = PTHREAD_MUTEX_INITIALIZER }
#define DEFINE_SPINLOCK(name) spinlock_t name = __SPIN_LOCK_UNLOCKED(name)
#define DEFINE_MUTEX(name) struct mutex name = { .lock = __SPIN_LOCK_UNLOCKED(name) }
#define spin_lock_init(l) shim_lock_init(l)
#define spin_lock(l) shim_lock(l)
#define spin_unlock(l) shim_unlock(l)
#define spin_lock_bh(l) shim_lock(l)
#define spin_unlock_bh(l) shim_unlock(l)
#define spin_lock_irqsave(l, flags) do { (flags) = 0; shim_lock(l); } while (0)
#define spin_unlock_irqrestore(l, flags) do { (void)(flags); shim_unlock(l); } while (0)
#define spin_is_locked(l) READ_ONCE((l)->held)
#define mutex_init(m) shim_lock_init(&(m)->lock)
#define mutex_destroy(m) do { } while (0)
#define mutex_lock(m) shim_lock(&(m)->lock)
#define mutex_unlock(m) shim_unlock(&(m)->lock)
#define SHIM_LOCK_OF(l) \
	_Generic((l), struct mutex *: &((struct mutex *)(void *)(l))->lock, \
		 const struct mutex *: &((struct mutex *)(void *)(l))->lock, \
		 default: (struct shim_lock *)(void *)(l))
#define lockdep_is_held(l) shim_holds(SHIM_LOCK_OF(l))
#define lockdep_assert_held(l) ((void)WARN_ON(!lockdep_is_held(l)))

/*
 * RCU: readers count themselves, what they must not lose is freed when the harness says that a grace
 * period is over: after a test, in synchronize_rcu() or in rcu_barrier().
 */
struct rcu_head {
	struct rcu_head *next;
	void (*function)(struct rcu_head *head);
	void *memory;
};
#define callback_head rcu_head
void rcu_read_lock(void);
void rcu_read_unlock(void);
bool rcu_read_lock_held(void);
void synchronize_rcu(void);
void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head));
void shim_kfree_rcu(struct rcu_head *head, void *memory);
#define synchronize_net synchronize_rcu
#define rcu_barrier synchronize_rcu
#define rcu_read_lock_bh rcu_read_lock
#define rcu_read_lock_bh_held rcu_read_lock_held
#define rcu_read_unlock_bh rcu_read_unlock
#define kfree_rcu(pointer, field) shim_kfree_rcu(&(pointer)->field, pointer)
#define kvfree_rcu kfree_rcu
#define RCU_LOCKDEP_WARN(condition, text) ((void)WARN_ON(condition))
#define rcu_dereference_check(p, condition) \
	({ WARN_ON(!rcu_read_lock_held() && !(condition)); smp_load_acquire(&(p)); })
#define rcu_dereference(p) rcu_dereference_check(p, false)
#define rcu_dereference_bh rcu_dereference
#define rcu_dereference_raw(p) smp_load_acquire(&(p))
#define rcu_dereference_protected(p, condition) ({ WARN_ON(!(condition)); READ_ONCE(p); })
#define rcu_access_pointer(p) READ_ONCE(p)
#define rcu_assign_pointer(p, value) smp_store_release(&(p), value)
#define rcu_replace_pointer(p, value, condition) \
	({ typeof(p) __o = rcu_dereference_protected(p, condition); rcu_assign_pointer(p, value); __o; })
#define RCU_INIT_POINTER(p, value) WRITE_ONCE(p, value)

/* Memory: counted, and made to fail on demand. */
#define GFP_KERNEL 1u
#define GFP_ATOMIC 2u
#define GFP_NOWAIT 4u
#define GFP_KERNEL_ACCOUNT GFP_KERNEL
#define __GFP_ZERO 0x100u
#define __GFP_NOWARN 0u
void *shim_allocate(size_t size, gfp_t flags);
void *shim_allocate_array(size_t count, size_t size, gfp_t flags);
void shim_free(const void *memory);
void kfree_sensitive(const void *memory);
/* The @nth allocation from now fails (1: the next one), once; 0: none does. */
void shim_fail_allocation(unsigned int nth);
/* How many allocations were asked for since the last shim_fail_allocation(). */
unsigned int shim_allocations_asked(void);
/* Allocations that are not freed yet; what waits for a grace period counts. */
long shim_allocations_live(void);
#define kmalloc(size, flags) shim_allocate(size, flags)
#define kzalloc(size, flags) shim_allocate(size, (flags) | __GFP_ZERO)
#define kcalloc(count, size, flags) shim_allocate_array(count, size, (flags) | __GFP_ZERO)
#define kmalloc_array(count, size, flags) shim_allocate_array(count, size, flags)
#define kvmalloc kmalloc
#define kvzalloc kzalloc
#define kvcalloc kcalloc
#define kvmalloc_array kmalloc_array
#define vzalloc(size) kzalloc(size, GFP_KERNEL)
#define kfree shim_free
#define kvfree shim_free
#define vfree shim_free
static inline void kvfree_sensitive(const void *memory, size_t len)
{
	(void)len;
	kfree_sensitive(memory);
}
struct kmem_cache {
	size_t size;
};
#define KMEM_CACHE(type, flags) shim_cache_create(sizeof(struct type))
#define kmem_cache_create(name, size, align, flags, ctor) shim_cache_create(size)
struct kmem_cache *shim_cache_create(size_t size);
#define kmem_cache_destroy(cache) shim_free(cache)
#define kmem_cache_alloc(cache, flags) shim_allocate((cache)->size, flags)
#define kmem_cache_zalloc(cache, flags) shim_allocate((cache)->size, (flags) | __GFP_ZERO)
#define kmem_cache_free(cache, memory) shim_free(memory)

/* Randomness that a seed repeats. */
void shim_seed(u64 seed);
void get_random_bytes(void *out, size_t len);
u32 get_random_u32(void);
u64 get_random_u64(void);
static inline u32 get_random_u32_below(u32 limit) { return get_random_u32() % limit; }
static inline u32 prandom_u32_max(u32 limit) { return get_random_u32_below(limit); }
static inline int wait_for_random_bytes(void) { return 0; }
static inline bool rng_is_initialized(void) { return true; }
#define get_random_bytes_wait(out, len) (get_random_bytes(out, len), 0)

/* Lists. */
struct list_head {
	struct list_head *next, *prev;
};
#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
static inline void INIT_LIST_HEAD(struct list_head *head) { head->next = head->prev = head; }
static inline bool list_empty(const struct list_head *head) { return head->next == head; }
static inline void shim_list_put(struct list_head *entry, struct list_head *before,
				 struct list_head *after)
{
	WARN_ON(before->next != after || after->prev != before);
	entry->prev = before;
	entry->next = after;
	before->next = after->prev = entry;
}
static inline void list_add(struct list_head *entry, struct list_head *head)
{
	shim_list_put(entry, head, head->next);
}
static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	shim_list_put(entry, head->prev, head);
}
static inline void shim_list_take(struct list_head *entry)
{
	WARN_ON(!entry->next || entry->next->prev != entry || entry->prev->next != entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}
static inline void list_del(struct list_head *entry)
{
	shim_list_take(entry);
	entry->next = entry->prev = NULL;
}
static inline void list_del_init(struct list_head *entry)
{
	shim_list_take(entry);
	INIT_LIST_HEAD(entry);
}
static inline void list_move(struct list_head *entry, struct list_head *head)
{
	shim_list_take(entry);
	list_add(entry, head);
}
static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	shim_list_take(entry);
	list_add_tail(entry, head);
}
static inline bool list_is_last(const struct list_head *entry, const struct list_head *head)
{
	return entry->next == head;
}
static inline bool list_is_first(const struct list_head *entry, const struct list_head *head)
{
	return entry->prev == head;
}
static inline bool list_is_head(const struct list_head *entry, const struct list_head *head)
{
	return entry == head;
}
#define list_del_rcu(entry) shim_list_take(entry)
#define list_add_tail_rcu list_add_tail
#define list_entry(pointer, type, member) container_of(pointer, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_next_entry(entry, member) list_entry((entry)->member.next, typeof(*(entry)), member)
#define list_prev_entry(entry, member) list_entry((entry)->member.prev, typeof(*(entry)), member)
#define list_entry_is_head(entry, head, member) (&(entry)->member == (head))
#define list_for_each(place, head) \
	for (place = (head)->next; place != (head); place = place->next)
#define list_for_each_entry(entry, head, member) \
	for (entry = list_first_entry(head, typeof(*entry), member); \
	     !list_entry_is_head(entry, head, member); entry = list_next_entry(entry, member))
#define list_for_each_entry_rcu list_for_each_entry
#define list_for_each_entry_reverse(entry, head, member) \
	for (entry = list_last_entry(head, typeof(*entry), member); \
	     !list_entry_is_head(entry, head, member); entry = list_prev_entry(entry, member))
#define list_for_each_entry_safe(entry, after, head, member) \
	for (entry = list_first_entry(head, typeof(*entry), member), \
	     after = list_next_entry(entry, member); \
	     !list_entry_is_head(entry, head, member); \
	     entry = after, after = list_next_entry(after, member))

struct hlist_node {
	struct hlist_node *next, **pprev;
};
struct hlist_head {
	struct hlist_node *first;
};
#define INIT_HLIST_HEAD(head) ((head)->first = NULL)
static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	node->pprev = &head->first;
	if (head->first)
		head->first->pprev = &node->next;
	head->first = node;
}
static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->pprev = NULL;
}
#define hlist_del_init hlist_del
#define hlist_unhashed(node) (!(node)->pprev)
#define hlist_entry_safe(pointer, type, member) \
	((pointer) ? container_of(pointer, type, member) : NULL)
#define hlist_for_each_entry(entry, head, member) \
	for (entry = hlist_entry_safe((head)->first, typeof(*entry), member); entry; \
	     entry = hlist_entry_safe(entry->member.next, typeof(*entry), member))
#define hlist_for_each_entry_safe(entry, after, head, member) \
	for (entry = hlist_entry_safe((head)->first, typeof(*entry), member); \
	     entry && ((after = entry->member.next), true); \
	     entry = hlist_entry_safe(after, typeof(*entry), member))

/* Hashing. */
typedef struct { u64 key[2]; } siphash_key_t;
u64 siphash(const void *data, size_t len, const siphash_key_t *key);
static inline u64 siphash_1u64(u64 a, const siphash_key_t *key) { return siphash(&a, 8, key); }
static inline u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key)
{
	u64 both[2] = { a, b };

	return siphash(both, sizeof(both), key);
}

#endif
