/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells systemd how it goes: sd_notify(3), spoken by hand. */
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_un address;
static socklen_t address_len; /* 0: nobody listens */
static int notify_fd = -1;

void notify_begin(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	if (len > 1 && len < sizeof(address.sun_path) && strchr("/@", *path)) {
		address.sun_family = AF_UNIX;
		memcpy(address.sun_path, path, len);
		if (*path == '@')
			address.sun_path[0] = '\0';
		address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
		notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	unsetenv("NOTIFY_SOCKET");
}

void notify_say(const char *state)
{
	if (notify_fd >= 0)
		(void)sendto(notify_fd, state, strlen(state), MSG_NOSIGNAL,
			     (struct sockaddr *)&address, address_len);
}

void notify_alive(void)
{
	static time_t told;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == told)
		return;
	told = now.tv_sec;
	notify_say("WATCHDOG=1");
}
