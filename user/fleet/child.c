/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs another program to its end: text in, text out, and never for ever. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "notify.h"
#include "scope.h"

#define OUTPUT_MAX (512UL << 20) /* bytes */
#define FIRST_FD   3             /* of those that it is given */
#define APART      64            /* where no fd of ours is */

enum { IN, OUT, ERR, PIPES };

struct run {
	const struct child *child;
	struct said *said;
	pid_t pid;
	struct pollfd pipe[PIPES]; /* ours; -1: closed */
	size_t written;
	time_t end; /* CLOCK_MONOTONIC */
};

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void shut(struct pollfd *pipe)
{
	if (pipe->fd >= 0)
		close(pipe->fd);
	pipe->fd = -1;
}

/* In the child: first out of each other's way, then into place. */
static void take_fds(const struct child *child, const int theirs[PIPES])
{
	int apart[PIPES + CHILD_FDS], count = 0;

	for (int i = 0; i < PIPES; i++)
		apart[count++] = theirs[i] < 0 ? -1 : fcntl(theirs[i], F_DUPFD_CLOEXEC, APART);
	for (int i = 0; i < CHILD_FDS; i++)
		apart[count++] = child->fd[i] ? fcntl(child->fd[i], F_DUPFD_CLOEXEC, APART) : -1;
	for (int i = 0; i < count; i++)
		if (apart[i] >= 0 && dup2(apart[i], i) < 0)
			_exit(126);
}

static void __attribute__((noreturn)) become(const struct child *child, const int theirs[PIPES])
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (child->ssh)
		setenv("SSH_CONNECTION", child->ssh, 1);
	take_fds(child, theirs);
	execvp(child->argv[0], (char *const *)child->argv);
	_exit(127);
}

static int start(struct run *run)
{
	int pipes[PIPES][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } }, theirs[PIPES];
	int err = 0;

	for (int i = 0; i < PIPES && !err; i++)
		if ((i != IN || run->child->input) && pipe2(pipes[i], O_CLOEXEC))
			err = -errno;
	for (int i = 0; i < PIPES; i++) {
		theirs[i] = pipes[i][i == IN ? 0 : 1];
		run->pipe[i] = (struct pollfd){ .fd = pipes[i][i == IN ? 1 : 0],
						.events = i == IN ? POLLOUT : POLLIN };
	}
	run->pid = err ? -1 : fork();
	if (!run->pid)
		become(run->child, theirs);
	if (run->pid < 0 && !err)
		err = -errno;
	for (int i = 0; i < PIPES; i++) {
		if (theirs[i] >= 0)
			close(theirs[i]);
		if (err)
			shut(&run->pipe[i]);
		else if (run->pipe[i].fd >= 0)
			fcntl(run->pipe[i].fd, F_SETFL, O_NONBLOCK);
	}
	return err;
}

static void feed(struct run *run)
{
	const struct child *child = run->child;
	ssize_t wrote = write(run->pipe[IN].fd, child->input + run->written,
			      child->input_len - run->written);

	if (wrote > 0)
		run->written += (size_t)wrote;
	if ((wrote < 0 && errno != EAGAIN && errno != EINTR) || run->written == child->input_len)
		shut(&run->pipe[IN]);
}

static void hear(struct pollfd *pipe, struct buffer *buffer)
{
	char part[16384];
	ssize_t len = read(pipe->fd, part, sizeof(part));

	if (!len || (len < 0 && errno != EAGAIN && errno != EINTR))
		shut(pipe);
	if (len > 0 && buffer->len + (size_t)len > OUTPUT_MAX)
		buffer->failed = true;
	if (len > 0)
		buffer_add(buffer, part, (size_t)len);
}

/* Until it has closed its output, or its time is over. */
static void converse(struct run *run)
{
	while ((run->pipe[OUT].fd >= 0 || run->pipe[ERR].fd >= 0) && now() < run->end) {
		notify_alive();
		if (poll(run->pipe, PIPES, 1000) <= 0)
			continue;
		if (run->pipe[IN].fd >= 0 && run->pipe[IN].revents)
			feed(run);
		if (run->pipe[OUT].fd >= 0 && run->pipe[OUT].revents)
			hear(&run->pipe[OUT], &run->said->out);
		if (run->pipe[ERR].fd >= 0 && run->pipe[ERR].revents)
			hear(&run->pipe[ERR], &run->said->err);
	}
}

static int reap(struct run *run)
{
	int status;

	for (;;) {
		if (now() >= run->end)
			kill(run->pid, SIGKILL);
		if (waitpid(run->pid, &status, now() >= run->end ? 0 : WNOHANG) == run->pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		notify_alive();
		usleep(1000);
	}
}

static void end_text(struct buffer *buffer)
{
	buffer_add(buffer, "", 1);
	if (!buffer->failed)
		buffer->len--;
}

int child_run(const struct child *child, struct said *ret_said)
{
	struct run run = { .child = child, .said = ret_said, .end = now() + child->seconds };
	int err;

	*ret_said = (struct said){};
	signal(SIGPIPE, SIG_IGN);
	err = start(&run);
	if (err)
		return err;
	converse(&run);
	for (int i = 0; i < PIPES; i++)
		shut(&run.pipe[i]);
	ret_said->status = reap(&run);
	end_text(&ret_said->out);
	end_text(&ret_said->err);
	if (!ret_said->out.failed && !ret_said->err.failed)
		return 0;
	said_free(ret_said);
	return -EFBIG;
}

void said_free(struct said *said)
{
	buffer_free(&said->out);
	buffer_free(&said->err);
}

int memory_file(const char *text, size_t len)
{
	scoped(fd) fd = memfd_create("clarent-xdp", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < len;) {
		ssize_t wrote = write(fd, text + done, len - done);

		if (wrote < 0)
			return -errno;
		done += (size_t)wrote;
	}
	lseek(fd, 0, SEEK_SET);
	return scope_take(&fd);
}

char *memory_file_text(int fd, size_t max)
{
	char *text = calloc(1, max + 1);
	ssize_t len = text ? pread(fd, text, max + 1, 0) : -1;

	if (len >= 0 && (size_t)len <= max)
		return text;
	free(text);
	return NULL;
}
