/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Visits to other network namespaces, known by their cookies. */
#include "netns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attach.h"
#include "scope.h"

#define NAMED_DIR "/run/netns" /* as ip-netns(8) has it */

struct search {
	__u64 cookie;
	int home_fd;
	ino_t *seen; /* namespaces that were looked at; owned */
	size_t count;
	int err; /* why one could not be entered, 0: none refused */
};

static bool is_seen(const struct search *search, ino_t inode)
{
	for (size_t i = 0; i < search->count; i++) {
		if (search->seen[i] == inode)
			return true;
	}
	return false;
}

static void remember(struct search *search, ino_t inode)
{
	ino_t *grown = reallocarray(search->seen, search->count + 1, sizeof(*grown));

	if (!grown) /* it is looked at once more, then */
		return;
	search->seen = grown;
	search->seen[search->count++] = inode;
}

static void go_home(const struct search *search)
{
	if (setns(search->home_fd, CLONE_NEWNET))
		abort(); /* whatever came next would be done to the wrong interfaces */
}

/* Enters what a path names. True if it is the one: we are in it then. */
static bool enter(struct search *search, const char *path)
{
	scoped(fd) fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) || is_seen(search, stat.st_ino))
		return false;
	remember(search, stat.st_ino);
	if (setns(fd, CLONE_NEWNET)) {
		if (errno != EINVAL) /* a file that is no namespace */
			search->err = -errno;
		return false;
	}
	if (netns_cookie() == search->cookie)
		return true;
	go_home(search);
	return false;
}

/* Tries DIR/NAME/REST for every name that begins as asked. */
static bool enter_any(struct search *search, const char *dir_path, bool digits, const char *rest)
{
	scoped(dir) dir = opendir(dir_path);
	struct dirent *entry;
	char path[300];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    (digits && !isdigit((unsigned char)entry->d_name[0])))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir_path, entry->d_name, rest);
		if (enter(search, path))
			return true;
	}
	return false;
}

int netns_visit(__u64 cookie, int (*visit)(void *context), void *context)
{
	scoped(fd) home_fd = -1;
	struct search search = { .cookie = cookie };
	int ret = -ENOENT;

	if (cookie == netns_cookie())
		return visit(context);
	home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home_fd < 0)
		return -errno;
	search.home_fd = home_fd;
	if (enter_any(&search, NAMED_DIR, /* digits= */ false, "") ||
	    enter_any(&search, "/proc", /* digits= */ true, "/ns/net")) {
		ret = visit(context);
		go_home(&search);
	} else if (search.err) {
		ret = search.err;
	}
	free(search.seen);
	return ret;
}
