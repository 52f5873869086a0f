// SPDX-License-Identifier: GPL-2.0
#include "net.h"

u64 shim_now;

static u8 *block(const u8 *bytes, size_t len)
{
	u8 *memory = kmalloc(len, GFP_KERNEL);

	memcpy(memory, bytes, len);
	return memory;
}

/* The first @linear of @len bytes are where they can be read, the others must be pulled first. */
struct sk_buff *shim_skb(const u8 *bytes, size_t len, size_t linear)
{
	struct sk_buff *skb = kzalloc(sizeof(*skb), GFP_KERNEL);

	linear = min(linear, len);
	skb->head = block(bytes, linear);
	skb->data = skb->head;
	skb->len = len;
	skb->frag_len = len - linear;
	if (skb->frag_len)
		skb->frag = block(bytes + linear, skb->frag_len);
	return skb;
}

void kfree_skb(struct sk_buff *skb)
{
	if (!skb)
		return;
	kfree(skb->head);
	kfree(skb->frag);
	kfree(skb);
}

bool shim_skb_linear(struct sk_buff *skb, unsigned int len)
{
	size_t front = skb->data - skb->head, linear = skb->len - skb->frag_len;
	size_t missing = len > linear ? len - linear : 0;
	u8 *head, *frag;

	if (len > skb->len)
		return false;
	if (!missing)
		return true;
	head = kmalloc(front + len, GFP_KERNEL);
	memcpy(head, skb->head, front + linear);
	memcpy(head + front + linear, skb->frag, missing);
	skb->frag_len -= missing;
	frag = skb->frag_len ? block(skb->frag + missing, skb->frag_len) : NULL;
	kfree(skb->head);
	kfree(skb->frag);
	skb->head = head;
	skb->data = head + front;
	skb->frag = frag;
	return true;
}

int pskb_expand_head(struct sk_buff *skb, int nhead, int ntail, gfp_t gfp)
{
	size_t used = skb->data - skb->head + skb->len;
	u8 *head = kmalloc(used + ntail, gfp);

	WARN_ON(nhead || skb->frag_len);
	memcpy(head, skb->head, used);
	skb->data = head + (skb->data - skb->head);
	kfree(skb->head);
	skb->head = head;
	return 0;
}

static struct work_struct *pending;

bool shim_queue_work(struct work_struct *work)
{
	struct work_struct **end = &pending;

	if (work->pending)
		return false;
	while (*end)
		end = &(*end)->next;
	work->pending = true;
	work->next = NULL;
	*end = work;
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	struct work_struct **place = &pending;

	if (!work->pending)
		return false;
	while (*place != work)
		place = &(*place)->next;
	*place = work->next;
	work->pending = false;
	return true;
}

void shim_run_work(void)
{
	struct work_struct *work;

	while ((work = pending)) {
		pending = work->next;
		work->next = NULL;
		work->pending = false;
		work->function(work);
	}
}
