/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which capabilities this process lacks, told to who is refused for want of them. */
#include "capabilities.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_USER_NAMESPACE 0xeffffffdU /* its inode (PROC_USER_INIT_INO) */

static const struct {
	unsigned int number;
	const char *name;
} known[] = {
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
};

__u64 capabilities_of_instance(void)
{
	return CAPABILITY(CAP_SYS_ADMIN) | (geteuid() ? CAPABILITY(CAP_DAC_OVERRIDE) : 0);
}

/* All, if the kernel does not say: then none is told to be missing. */
static __u64 effective(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return ~0ULL;
	return data[0].effective | (__u64)data[1].effective << 32;
}

static bool in_first_user_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == FIRST_USER_NAMESPACE;
}

/* "CAP_THIS and CAP_THAT" */
static void list(__u64 capabilities, char *ret_text, size_t size)
{
	size_t len = 0;

	*ret_text = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (capabilities & CAPABILITY(known[i].number) && len < size)
			len += (size_t)snprintf(ret_text + len, size - len, "%s%s",
						len ? " and " : "", known[i].name);
	}
}

bool capabilities_lacking(__u64 needed, char ret_text[static CAPABILITIES_TEXT_MAX])
{
	__u64 lacking = in_first_user_namespace() ? needed & ~effective() : needed;

	list(lacking, ret_text, CAPABILITIES_TEXT_MAX);
	return lacking;
}

void capabilities_hint(struct complaint *why, __u64 needed)
{
	__u64 lacking = needed & ~effective();
	char text[128];

	if ((why->err != -EPERM && why->err != -EACCES) || *why->hint)
		return;
	list(lacking, text, sizeof(text));
	if (*text)
		complain_hint(why, "lacks %s%s", text, geteuid() ? ": run it as root" : "");
	else if (!in_first_user_namespace())
		complain_hint(why, "capabilities in a user namespace of one's own do not do");
}
