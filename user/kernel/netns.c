/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces: which one we are in, and visits to others. */
#include "netns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "netlink.h"
#include "scope.h"

#define NAMED_DIR "/run/netns" /* as ip-netns(8) has it */

struct tour {
	netns_visit_fn *visit;
	void *context;
	int home_fd;
	ino_t *seen; /* namespaces that were looked at; owned */
	size_t count;
	int err; /* why one could not be looked at, 0: none refused */
};

int netns_cookie(__u64 *ret_cookie)
{
	scoped(fd) fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*ret_cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret_cookie, &len))
		return -errno;
	return 0;
}

static bool is_seen(const struct tour *tour, ino_t inode)
{
	for (size_t i = 0; i < tour->count; i++) {
		if (tour->seen[i] == inode)
			return true;
	}
	return false;
}

static void remember(struct tour *tour, ino_t inode)
{
	ino_t *grown = reallocarray(tour->seen, tour->count + 1, sizeof(*grown));

	if (!grown) /* it is looked at once more, then */
		return;
	tour->seen = grown;
	tour->seen[tour->count++] = inode;
}

static void go_home(const struct tour *tour)
{
	if (setns(tour->home_fd, CLONE_NEWNET))
		abort(); /* whatever came next would be done to the wrong interfaces */
}

/* Not worth a word: a process that has ended, a file that is no namespace. */
static int skip(struct tour *tour, int err)
{
	if (err != -ENOENT && err != -ESRCH && err != -EINVAL)
		tour->err = err;
	return 0;
}

static int look_around(struct tour *tour, const char *name)
{
	__u64 cookie;
	int err = netns_cookie(&cookie);

	if (!err)
		err = tour->visit(tour->context, cookie, name);
	return err < 0 ? skip(tour, err) : err;
}

/* Enters what a path names, if that is new, and lets the visitor look around. */
static int enter(struct tour *tour, const char *path, const char *name)
{
	scoped(fd) fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	int ret;

	if (fd < 0 || fstat(fd, &stat))
		return skip(tour, -errno);
	if (is_seen(tour, stat.st_ino))
		return 0;
	remember(tour, stat.st_ino);
	if (setns(fd, CLONE_NEWNET))
		return skip(tour, -errno);
	ret = look_around(tour, name);
	go_home(tour);
	return ret;
}

/* By the names of ip-netns(8), or by processes. */
static int enter_all(struct tour *tour, const char *dir_path, bool by_process)
{
	scoped(dir) dir = opendir(dir_path);
	struct dirent *entry;
	char path[300];
	int ret = 0;

	if (!dir)
		return skip(tour, -errno);
	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    (by_process && !isdigit((unsigned char)entry->d_name[0])))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir_path, entry->d_name,
			 by_process ? "/ns/net" : "");
		ret = enter(tour, path, by_process ? "" : entry->d_name);
	}
	return ret;
}

int netns_visit_others(netns_visit_fn *visit, void *context)
{
	scoped(fd) home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct tour tour = { .visit = visit, .context = context, .home_fd = home_fd };
	struct stat stat;
	int ret;

	if (home_fd < 0 || fstat(home_fd, &stat))
		return -errno;
	remember(&tour, stat.st_ino);
	ret = enter_all(&tour, NAMED_DIR, /* by_process= */ false);
	if (!ret)
		ret = enter_all(&tour, "/proc", /* by_process= */ true);
	free(tour.seen);
	return ret ? ret : tour.err;
}

static int take_number(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;
	int *number = data;

	mnl_attr_for_each(attr, message, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			*number = (int)mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

static int ask_number(struct mnl_socket *socket, int fd)
{
	char buf[1024] __attribute__((aligned(MNL_ALIGNTO))) = {};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buf);
	int number = NETNSA_NSID_NOT_ASSIGNED;
	ssize_t len;

	request->nlmsg_type = RTM_GETNSID;
	request->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(request, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(request, NETNSA_FD, (__u32)fd);
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(socket, buf, sizeof(buf));
	if (len < 0 || mnl_cb_run(buf, (size_t)len, 0, 0, take_number, &number) < 0)
		return -errno;
	return number < 0 ? -ENOENT : number;
}

int netns_number(struct mnl_socket *socket, int fd)
{
	scoped(fd) here_fd = fd < 0 ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 && here_fd < 0)
		return -errno;
	return ask_number(socket, fd < 0 ? here_fd : fd);
}

/* A search for one namespace. */
struct search {
	__u64 cookie;
	int (*visit)(void *context);
	void *context;
	int ret;
};

static int visit_if_it(void *context, __u64 cookie, const char *name)
{
	struct search *search = context;

	(void)name;
	if (cookie != search->cookie)
		return 0;
	search->ret = search->visit(search->context);
	return 1;
}

int netns_visit(__u64 cookie, int (*visit)(void *context), void *context)
{
	struct search search = { .cookie = cookie, .visit = visit, .context = context };
	__u64 here;
	int ret = netns_cookie(&here);

	if (ret)
		return ret;
	if (cookie == here)
		return visit(context);
	ret = netns_visit_others(visit_if_it, &search);
	return ret > 0 ? search.ret : ret ? ret : -ENOENT;
}
