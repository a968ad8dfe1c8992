/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is this host fit for the filter: its kernel, this process, the pin directory. */
#include <libgen.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "capabilities.h"
#include "checks.h"

#define OLDEST_MAJOR 6
#define OLDEST_MINOR 1

void check_kernel(struct doctor *doctor)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
		doctor_unseen(doctor, "the kernel does not say its version");
	} else if (major > OLDEST_MAJOR || (major == OLDEST_MAJOR && minor >= OLDEST_MINOR)) {
		doctor_well(doctor, "Linux %s", name.release);
	} else {
		doctor_say(doctor, DOCTOR_FAIL, NULL, "Linux %s, older than %d.%d", name.release,
			   OLDEST_MAJOR, OLDEST_MINOR);
		doctor_mend(doctor, "apt-get install linux-image-amd64 && reboot");
	}
}

void check_capabilities(struct doctor *doctor)
{
	char lacking[CAPABILITIES_TEXT_MAX];
	bool changes_too = !capabilities_lacking(
		capabilities_of_instance() | CAPABILITY(CAP_NET_ADMIN), lacking);

	if (changes_too) {
		doctor_well(doctor, "all that the filter needs");
		return;
	}
	doctor_say(doctor, DOCTOR_FAIL, NULL, "this process lacks %s", lacking);
	doctor_mend_self(doctor, "doctor # as root, of the first user namespace");
}

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (__u32)fs.f_type == BPF_FS_MAGIC;
}

void check_bpffs(struct doctor *doctor)
{
	char path[PIN_PATH_MAX], word[DOCTOR_WORD_MAX];
	const char *parent;
	struct stat st;

	snprintf(path, sizeof(path), "%s", doctor->cli->bpffs);
	parent = dirname(path);
	if (!is_bpffs(doctor->cli->bpffs) && !is_bpffs(parent)) {
		doctor_say(doctor, DOCTOR_WARN, parent, "no bpffs is mounted there yet");
		doctor_mend(doctor, "mount -t bpf -o mode=0700 bpf %s", doctor_word(parent, word));
	} else if (!stat(parent, &st) && st.st_mode & (S_IWGRP | S_IWOTH)) {
		doctor_say(doctor, DOCTOR_WARN, parent, "anybody can pin there (mode %04o)",
			   st.st_mode & 07777);
		doctor_mend(doctor, "chmod 0700 %s", doctor_word(parent, word));
	}
	doctor_well(doctor, "mounted, and root's alone");
}

/* What keeps it from being read; else what the complaint itself hints at. */
static void mend_unread(struct doctor *doctor)
{
	const char *dir = doctor->cli->bpffs;
	char word[DOCTOR_WORD_MAX];
	struct stat st;

	doctor_word(dir, word);
	if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || geteuid()) {
		if (*doctor->unread.hint)
			doctor_mend(doctor, "%s", doctor->unread.hint);
		return;
	}
	if (st.st_uid)
		doctor_mend(doctor, "chown root: %s", word);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		doctor_mend(doctor, "chmod 0700 %s", word);
}

void check_instance(struct doctor *doctor)
{
	if (!doctor->view) {
		doctor_say(doctor, DOCTOR_FAIL, doctor->cli->bpffs, "%s", doctor->unread.what);
		mend_unread(doctor);
	} else if (doctor->view->exists) {
		doctor_well(doctor, "change %llu is in force",
			    (unsigned long long)instance_serial(&doctor->view->instance));
	} else {
		doctor_well(doctor, "nothing is set yet");
	}
}
