/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many datagrams a frame at tc is: what the kernel counted, or else the
 * fewest that hold the payload.
 *
 * By any size of theirs it is one at least.  That it is the fewest is decided
 * for some sizes: of a quotient by anything the solver does not know enough.
 */
#include "hook.h"

#ifndef COVER
#define __CPROVER_cover(condition) ((void)0)
#endif

unsigned int nondet_uint(void);
unsigned short nondet_ushort(void);

/* The least, voice of 20 ms in G.711, what MTUs of 1280, 1500 and 9000 leave, the most. */
static const unsigned short sizes[] = { 1, 2, 172, 1232, 1472, 8972, 65535 };

/* The last may be short, and is not empty. */
static void check_fewest(const struct hook *hook, struct __sk_buff *skb, unsigned int headers)
{
	unsigned long long payload = skb->len - headers, count;

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		skb->gso_size = sizes[i];
		count = hook_datagrams(hook, headers);
		__CPROVER_cover(count == 2);
		__CPROVER_assert((count - 1) * sizes[i] < payload && payload <= count * sizes[i],
				 "the fewest datagrams that hold the payload");
	}
}

int main(void)
{
	unsigned int headers = nondet_uint(), count;
	struct __sk_buff skb = {};
	const struct hook hook = { .ctx = &skb, .is_tc = 1 };

	skb.len = nondet_uint();
	skb.gso_segs = nondet_ushort(); /* both have 16 bits in struct skb_shared_info */
	skb.gso_size = nondet_ushort();
	__CPROVER_assume(skb.len <= BOUND);
	__CPROVER_assume(headers == 28 || headers == 48 || headers == 42 || headers == 62);
	count = hook_datagrams(&hook, headers);
	__CPROVER_cover(!skb.gso_segs && count > 2);
	__CPROVER_cover(skb.gso_segs && count > 2);
	__CPROVER_assert(count >= 1, "a frame is a datagram at least");
	if (skb.gso_segs)
		__CPROVER_assert(count == skb.gso_segs, "the kernel's count is taken");
	else if (!skb.gso_size || skb.len <= headers)
		__CPROVER_assert(count == 1, "what is not to be cut is one");
	else
		check_fewest(&hook, &skb, headers);
	return 0;
}
