/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all changes of the policy model share. */
#include "change.h"

#define WIDE_BELOW_IPV4 8
#define WIDE_BELOW_IPV6 19

bool change_is_wide(const struct prefix *prefix)
{
	return prefix->len < (prefix->family == CX_IPV4 ? WIDE_BELOW_IPV4 : WIDE_BELOW_IPV6);
}

bool change_is_live(const struct grammar_context *context)
{
	return context->source == GRAMMAR_COMMAND;
}

int change_complain_twice(const char *object, __u32 line, struct complaint *ret_why)
{
	return complain_usage(ret_why, object, "line %u says it already", line);
}
