/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The lock on an instance: one writer at a time, in turn. */
#include "pindir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "scope.h"

/* Process that holds the lock on a file, from /proc/locks; 0 if it cannot be told. */
static pid_t lock_holder(int fd)
{
	scoped(file) locks = fopen("/proc/locks", "re");
	unsigned long inode;
	char line[256];
	struct stat st;
	pid_t pid;

	if (!locks || fstat(fd, &st))
		return 0;
	while (fgets(line, sizeof(line), locks)) {
		if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %d %*x:%*x:%lu", &pid, &inode) == 2 &&
		    inode == st.st_ino)
			return pid;
	}
	return 0;
}

static int complain_locked(int fd, const char *dir, unsigned int patience,
			   struct complaint *ret_why)
{
	pid_t pid = lock_holder(fd);
	char path[32], name[32] = "";
	scoped(file) comm = NULL;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = pid ? fopen(path, "re") : NULL;
	if (comm && fgets(name, sizeof(name), comm))
		name[strcspn(name, "\n")] = '\0';
	if (*name)
		complain_failed(ret_why, dir, "%s (pid %d) has been changing it for %u s", name,
				pid, patience);
	else
		complain_failed(ret_why, dir, "others have been changing it for %u s", patience);
	complain_hint(ret_why, "try again when they are done, or wait longer: --wait SECONDS");
	return -EBUSY;
}

static void wake(int signal)
{
	(void)signal; /* that flock() returns is all that is wanted */
}

/* An alarm each so many seconds; 0: no more. */
static void set_alarm(unsigned int seconds)
{
	struct sigaction action = { .sa_handler = seconds ? wake : SIG_DFL };
	struct itimerval timer = { .it_interval.tv_sec = seconds, .it_value.tv_sec = seconds };

	if (seconds)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	if (!seconds)
		sigaction(SIGALRM, &action, NULL);
}

/*
 * Waits in turn: the kernel wakes one waiter at a time, the first first.  A
 * queue that moves is waited in; patience is for one holder.  Returns 0,
 * -EINTR if that is over, or another -errno.
 */
static int wait_for_lock(int fd, int operation, unsigned int patience)
{
	int err = flock(fd, operation | LOCK_NB) ? -errno : 0;
	pid_t holder, before;

	if (err != -EWOULDBLOCK)
		return err;
	if (!patience)
		return -EINTR;
	holder = lock_holder(fd);
	set_alarm(patience);
	do {
		before = holder;
		err = flock(fd, operation) ? -errno : 0;
		holder = err == -EINTR ? lock_holder(fd) : 0;
	} while (err == -EINTR && holder != before);
	set_alarm(0);
	return err;
}

/*
 * Does the path still lead to what was opened?  A purge removes it under its
 * lock.  Returns 0, -ESTALE if not, or another -errno.
 */
static int check_at(int fd, const char *dir)
{
	struct stat held, there;

	if (fstat(fd, &held))
		return -errno;
	if (lstat(dir, &there))
		return errno == ENOENT ? -ESTALE : -errno;
	return held.st_nlink && held.st_dev == there.st_dev && held.st_ino == there.st_ino
		       ? 0
		       : -ESTALE;
}

int pindir_lock(const char *dir, enum pindir_lock kind, unsigned int patience,
		struct complaint *ret_why)
{
	scoped(fd) fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	if (fd < 0 && errno == ENOENT)
		return -ESTALE;
	if (fd < 0)
		return complain_errno(ret_why, dir, -errno, "cannot be opened");
	err = wait_for_lock(fd, kind == PINDIR_ALONE ? LOCK_EX : LOCK_SH, patience);
	if (err == -EINTR)
		return complain_locked(fd, dir, patience, ret_why);
	if (!err)
		err = check_at(fd, dir);
	if (err == -ESTALE)
		return err;
	return err ? complain_errno(ret_why, dir, err, "cannot be locked") : scope_take(&fd);
}
