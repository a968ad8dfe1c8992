/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `doctor` goes by, and how its checks say what they saw and what mends it. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "coverage.h"
#include "show.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor_row {
	const char *check;
	enum doctor_state state;
	char *about, *saw, *mend; /* owned; NULL: nothing to say */
};

struct doctor {
	struct cli *cli;
	const struct view *view;  /* NULL: the instance cannot be read... */
	struct complaint unread;  /* ... which this says, or what else could not be looked at */
	struct coverage coverage; /* of this network namespace; what it lists is owned */
	struct doctor_row *row;   /* owned */
	size_t rows;
	const char *check; /* the one that looks now... */
	size_t first;      /* ... where its rows begin... */
	size_t more;       /* ... and how many it was not given room for */
	bool failed;       /* memory is out */
};

/* Fills in what the checks look at. view: NULL if it could not be opened. Returns an exit status. */
int doctor_open(struct cli *cli, const struct view *view, struct doctor *ret_doctor);
void doctor_close(struct doctor *doctor);

/* A check begins, and ends. */
void doctor_begin(struct doctor *doctor, const char *check);
void doctor_end(struct doctor *doctor);

/* One row. about: what it is about, NULL if it is this host. */
void doctor_say(struct doctor *doctor, enum doctor_state state, const char *about, const char *saw,
		...) __attribute__((format(printf, 4, 5)));

/* The check has found nothing, if it has said nothing. */
void doctor_well(struct doctor *doctor, const char *saw, ...) __attribute__((format(printf, 2, 3)));

/* What is not known is never taken for well. what: "no nft". */
void doctor_unseen(struct doctor *doctor, const char *what, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The command that mends what the last row saw, as the caller is to type it: in
 * any shell, of this program (for the same instance and network namespace), or
 * of another in this network namespace.  A second one is to follow the first.
 */
void doctor_mend(struct doctor *doctor, const char *command, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_mend_self(struct doctor *doctor, const char *words, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_mend_net(struct doctor *doctor, const char *command, ...)
	__attribute__((format(printf, 2, 3)));

/* The same: that interface is attached, in the mode that it can be; or what is to be done instead. */
void doctor_mend_attach(struct doctor *doctor, const struct interface *interface);

/* A name from outside as one word of a shell. Returns buf. */
#define DOCTOR_WORD_MAX 520
const char *doctor_word(const char *name, char buf[static DOCTOR_WORD_MAX]);

/* Does some policy hold strangers off that port?  Or would it, but for mode monitor? */
bool doctor_guards(const struct doctor *doctor, enum cx_proto proto, unsigned int port);

/* The interface that an attachment is on, NULL if it is not in this network namespace. */
const struct interface *doctor_interface(const struct doctor *doctor, size_t attachment);

/* The same of all attachments here: calls look for each. */
void doctor_each(struct doctor *doctor,
		 void (*look)(struct doctor *doctor, const struct attachment *attachment,
			      const struct interface *interface));

#endif
