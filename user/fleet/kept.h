/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a follower knows over restarts and boots, so that nothing old is taken for new. */
#ifndef KEPT_H
#define KEPT_H

#include "digest.h"
#include "pointer.h"

#define KEPT_DIR "/var/lib/clarent-xdp/fleet"
#define ID_MAX   40

/* Of what a group, or this host, is to have. */
struct kept_word {
	char name[CONFIG_NAME_MAX]; /* of the group or host */
	__u64 serial;               /* the highest that was rightly signed; 0: none was */
	char digest[DIGEST_MAX];    /* of that pointer's text: a serial is said once */
	__u64 applied;              /* the serial that is in force; 0: none */
	char policy[DIGEST_MAX];    /* of the text that is in force */
};

struct kept {
	struct kept_word word[2];  /* by enum pointer_kind */
	char in_force[DIGEST_MAX]; /* of what own_settings() said then; "": nothing yet */
	char trying[DIGEST_MAX];   /* of what was last put on trial */
	__u64 since;               /* seconds since the epoch: of what is in force */
	__u64 last_word;           /* when etcd last answered */
	char id[ID_MAX];           /* of this host in this boot */
	char boot[ID_MAX];         /* which one that is */
};

/* What is not there is empty; what makes no sense is an error. Returns 0 or -errno. */
int kept_read(struct kept *ret_kept);
/* Whole and synced, or as it was. Returns 0 or -errno. */
int kept_write(const struct kept *kept);

/* The text of a policy that is in force, whose pieces serve the next one. */
char *kept_text(enum pointer_kind kind, size_t *ret_len);
int kept_text_write(enum pointer_kind kind, const char *text, size_t len);

#endif
