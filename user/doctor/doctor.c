/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `doctor` goes by, and how its checks say what they saw and what mends it. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "scope.h"
#include "watch.h"
#include "xdp_features.h"

#define CHECK_ROWS_MAX 20 /* of one check; how many more there are is said */

/* --- What is looked at --- */

static int look_at_attachments(struct doctor *doctor)
{
	struct coverage *coverage = &doctor->coverage;
	const struct view *view = doctor->view;
	struct attachment *list;
	struct judging_facts *facts;
	int status = view_attachments(doctor->cli, view, &list, &coverage->attachments);

	coverage->attachment = list;
	if (status)
		return status;
	facts = calloc(coverage->attachments + 1, sizeof(*facts));
	coverage->facts = facts;
	coverage->here = view->here;
	if (!facts)
		return view_no_memory(doctor->cli);
	if (watch_attachments(list, coverage->attachments, view->here, view->clocks.boottime,
			      facts))
		warn_add(&doctor->cli->warnings, "cannot count what each interface receives");
	return STATUS_DONE;
}

static int look_at_interfaces(struct doctor *doctor)
{
	struct coverage *coverage = &doctor->coverage;
	struct interface *list = NULL;
	int err = interfaces_read(&list, &coverage->interfaces);

	coverage->interface = list;
	if (err)
		return complain_errno(&doctor->cli->why, NULL, err, "cannot list the interfaces"),
		       STATUS_FAILED;
	return STATUS_DONE;
}

/* What fails there is a finding, and no end. */
static void set_aside(struct doctor *doctor)
{
	doctor->unread = doctor->cli->why;
	doctor->cli->why = (struct complaint){};
	doctor->view = NULL;
	doctor->coverage.attachments = 0;
}

int doctor_open(struct cli *cli, const struct view *view, struct doctor *ret_doctor)
{
	*ret_doctor = (struct doctor){ .cli = cli, .view = view };
	if (!view || look_at_attachments(ret_doctor))
		set_aside(ret_doctor);
	return look_at_interfaces(ret_doctor);
}

void doctor_close(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->rows; i++) {
		free(doctor->row[i].about);
		free(doctor->row[i].saw);
		free(doctor->row[i].mend);
	}
	free(doctor->row);
	free((void *)doctor->coverage.attachment);
	free((void *)doctor->coverage.facts);
	free((void *)doctor->coverage.interface);
}

/* --- What is said --- */

/* NULL without memory, which is then known to be out. */
static char *format(struct doctor *doctor, const char *text, va_list arguments)
{
	char *formatted = NULL;

	if (vasprintf(&formatted, text, arguments) >= 0)
		return formatted;
	doctor->failed = true;
	return NULL;
}

static void add_row(struct doctor *doctor, enum doctor_state state, const char *about,
		    const char *saw, va_list arguments)
{
	struct doctor_row *grown =
		reallocarray(doctor->row, doctor->rows + 1, sizeof(*doctor->row));

	if (!grown) {
		doctor->failed = true;
		return;
	}
	doctor->row = grown;
	grown[doctor->rows++] = (struct doctor_row){
		.check = doctor->check,
		.state = state,
		.about = about ? strdup(about) : NULL,
		.saw = format(doctor, saw, arguments),
	};
}

void doctor_begin(struct doctor *doctor, const char *check)
{
	doctor->check = check;
	doctor->first = doctor->rows;
	doctor->more = 0;
}

void doctor_say(struct doctor *doctor, enum doctor_state state, const char *about, const char *saw,
		...)
{
	va_list arguments;

	if (doctor->rows - doctor->first == CHECK_ROWS_MAX) {
		doctor->more++;
		return;
	}
	va_start(arguments, saw);
	add_row(doctor, state, about, saw, arguments);
	va_end(arguments);
}

void doctor_end(struct doctor *doctor)
{
	size_t more = doctor->more;

	doctor->first = doctor->rows;
	if (more)
		doctor_say(doctor, doctor->row[doctor->rows - 1].state, NULL, "and %zu more", more);
}

void doctor_well(struct doctor *doctor, const char *saw, ...)
{
	va_list arguments;

	if (doctor->rows > doctor->first)
		return;
	va_start(arguments, saw);
	add_row(doctor, DOCTOR_OK, NULL, saw, arguments);
	va_end(arguments);
}

void doctor_unseen(struct doctor *doctor, const char *what, ...)
{
	scoped(memory) said = NULL;
	va_list arguments;

	va_start(arguments, what);
	said = format(doctor, what, arguments);
	va_end(arguments);
	doctor_say(doctor, DOCTOR_WARN, NULL, "not looked at: %s", said ? (char *)said : "");
}

/* --- What mends it --- */

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-"

const char *doctor_word(const char *name, char buf[static DOCTOR_WORD_MAX])
{
	size_t len = 0;

	if (*name && *name != '-' && !name[strspn(name, PLAIN)])
		return strncat(strcpy(buf, ""), name, DOCTOR_WORD_MAX - 1);
	buf[len++] = '\'';
	for (; *name && len < DOCTOR_WORD_MAX - 6; name++) {
		if (*name == '\'')
			len = (size_t)(stpcpy(buf + len, "'\\''") - buf);
		else
			buf[len++] = *name;
	}
	buf[len++] = '\'';
	buf[len] = '\0';
	return buf;
}

static void add_mend(struct doctor *doctor, const char *before, const char *command,
		     va_list arguments)
{
	scoped(memory) formatted = format(doctor, command, arguments);
	struct doctor_row *row = &doctor->row[doctor->rows - 1];
	char *former = row->mend;

	if (!formatted || doctor->more)
		return;
	if (asprintf(&row->mend, "%s%s%s%s", former ? former : "", former ? " && " : "", before,
		     (char *)formatted) < 0) {
		row->mend = NULL;
		doctor->failed = true;
	}
	free(former);
}

void doctor_mend(struct doctor *doctor, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	if (doctor->rows)
		add_mend(doctor, "", command, arguments);
	va_end(arguments);
}

void doctor_mend_self(struct doctor *doctor, const char *words, ...)
{
	const struct cli *cli = doctor->cli;
	bool usual = !strcmp(cli->bpffs, INSTANCE_DIR);
	char netns[DOCTOR_WORD_MAX], bpffs[DOCTOR_WORD_MAX], before[2 * DOCTOR_WORD_MAX + 64];
	va_list arguments;

	snprintf(before, sizeof(before), "clarent-xdp%s%s%s%s ", cli->netns ? " --netns " : "",
		 cli->netns ? doctor_word(cli->netns, netns) : "", usual ? "" : " --bpffs ",
		 usual ? "" : doctor_word(cli->bpffs, bpffs));
	va_start(arguments, words);
	if (doctor->rows)
		add_mend(doctor, before, words, arguments);
	va_end(arguments);
}

void doctor_mend_net(struct doctor *doctor, const char *command, ...)
{
	const char *netns = doctor->cli->netns;
	char word[DOCTOR_WORD_MAX], before[DOCTOR_WORD_MAX + 64] = "";
	va_list arguments;

	if (netns)
		snprintf(before, sizeof(before), "nsenter --net=%s%s ",
			 strchr(netns, '/') ? "" : "/run/netns/", doctor_word(netns, word));
	va_start(arguments, command);
	if (doctor->rows)
		add_mend(doctor, before, command, arguments);
	va_end(arguments);
}

/* In which mode an interface that is not attached would best be. */
static enum cx_attach_mode best_mode(const struct interface *interface)
{
	__u64 features = XDP_FEATURE_BASIC;

	if (!strcmp(interface->kind, "xfrm"))
		return CX_ATTACH_TC;
	if (device_link_type(interface) == CX_LINK_BARE_IP)
		return CX_ATTACH_GENERIC;
	(void)xdp_features_read(interface->ifindex, &features); /* else attach itself will say */
	return features & XDP_FEATURE_BASIC ? CX_ATTACH_NATIVE : CX_ATTACH_GENERIC;
}

void doctor_mend_attach(struct doctor *doctor, const struct interface *interface)
{
	const struct coverage *coverage = &doctor->coverage;
	const struct cx_attachment self = { .mode = (__u8)best_mode(interface) };
	struct complaint why = {};
	char word[DOCTOR_WORD_MAX];

	if (device_check(interface, self.mode, coverage->interface, coverage->interfaces, &why))
		doctor_mend(doctor, "%s", *why.hint ? why.hint : why.what);
	else if (self.mode == CX_ATTACH_NATIVE)
		doctor_mend_self(doctor, "attach %s", doctor_word(interface->name, word));
	else
		doctor_mend_self(doctor, "attach %s mode %s", doctor_word(interface->name, word),
				 attachment_mode(&self));
}

/* --- What several checks ask --- */

bool doctor_guards(const struct doctor *doctor, enum cx_proto proto, unsigned int port)
{
	const struct settings *settings = &doctor->view->settings;
	const struct policy *policy;

	if (port >= PORTS_COUNT)
		return false;
	policy = &settings->policy[settings->port[proto][port]];
	return policy->name[0] && policy->mode != CX_MODE_OPEN;
}

const struct interface *doctor_interface(const struct doctor *doctor, size_t attachment)
{
	const struct coverage *coverage = &doctor->coverage;
	const struct attachment *of = &coverage->attachment[attachment];

	if (!of->ifindex || of->netns != coverage->here)
		return NULL;
	return interfaces_find(coverage->interface, coverage->interfaces, of->ifindex);
}

void doctor_each(struct doctor *doctor,
		 void (*look)(struct doctor *doctor, const struct attachment *attachment,
			      const struct interface *interface))
{
	for (size_t i = 0; i < doctor->coverage.attachments; i++) {
		const struct interface *interface = doctor_interface(doctor, i);

		if (interface)
			look(doctor, &doctor->coverage.attachment[i], interface);
	}
}
