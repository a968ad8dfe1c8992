/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Interface names in settings: what they mean at this moment, and whether they mean anything. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "attachments.h"
#include "interfaces.h"
#include "scope.h"

/* Everything that has a name, and what the names of the settings are held against. */
struct names {
	struct interface *interface; /* owned */
	size_t interfaces;
	struct attachment *attachment; /* owned */
	size_t attachments;
	bool *seen; /* by string of the settings that are wanted; owned */
};

static bool names_tunnel(const struct settings *settings, __u32 string)
{
	for (size_t i = 0; i < settings->tunnel_count; i++) {
		if (settings->tunnel[i] == string)
			return true;
	}
	return false;
}

static bool names_string(const struct settings *settings, __u32 string)
{
	if (names_tunnel(settings, string))
		return true;
	for (size_t i = 0; string && i < settings->count; i++) {
		if (settings->entry[i].dev == string)
			return true;
	}
	return false;
}

/* Do the settings in force have that name already?  Then it was resolved when it came in. */
static bool is_new(const struct session *session, __u32 string)
{
	const char *text = strings_text(session->want.strings, string);

	return !names_string(&session->have, strings_find(session->have.strings, text));
}

/* Calls back once for each name that is wanted. */
static void visit(const struct session *session, bool *seen,
		  void (*call)(void *context, __u32 string), void *context)
{
	const struct settings *want = &session->want;
	const __u32 strings = strings_count(want->strings);

	for (size_t i = 0; i < want->count + want->tunnel_count; i++) {
		__u32 string = i < want->count ? want->entry[i].dev : want->tunnel[i - want->count];

		if (!string || string > strings || seen[string])
			continue; /* beyond: a name that one was just resolved to */
		seen[string] = true;
		call(context, string);
	}
}

static int open_names(const struct session *session, struct names *ret_names)
{
	int err;

	*ret_names = (struct names){};
	ret_names->seen = calloc(strings_count(session->want.strings) + 1UL, sizeof(bool));
	if (!ret_names->seen)
		return -ENOMEM;
	err = interfaces_read(&ret_names->interface, &ret_names->interfaces);
	if (!err)
		err = attachments_read(&session->instance, &ret_names->attachment,
				       &ret_names->attachments);
	return err;
}

static void close_names(struct names *names)
{
	free(names->interface);
	free(names->attachment);
	free(names->seen);
}

/* The name by which rules know an attachment: of its number. */
static const char *known_as(const struct session *session, const struct attachment *attachment)
{
	return session->instance.devices[attachment->self.dev % CX_MAX_DEVS];
}

static size_t called(const struct session *session, const struct names *names, const char *ifname)
{
	size_t count = 0;

	for (size_t i = 0; i < names->attachments; i++)
		count += names->attachment[i].ifindex &&
			 !strcmp(known_as(session, &names->attachment[i]), ifname);
	return count;
}

/* Resolving */

struct renaming {
	struct cli *cli;
	struct session *session;
	struct names *names;
};

static void rename_all(struct settings *settings, __u32 from, __u32 to)
{
	for (size_t i = 0; i < settings->tunnel_count; i++) {
		if (settings->tunnel[i] == from)
			settings->tunnel[i] = to;
	}
	for (size_t i = 0; i < settings->count; i++) {
		if (settings->entry[i].dev == from)
			settings->entry[i].dev = to;
	}
}

/* The attachment whose interface has that name in another namespace, NULL: none. */
static const struct attachment *attached_elsewhere(const struct session *session,
						   const struct names *names, const char *ifname)
{
	/* as far as one may look */
	(void)attachments_locate(&session->instance, names->attachment, names->attachments);
	for (size_t i = 0; i < names->attachments; i++) {
		if (!strcmp(names->attachment[i].name, ifname))
			return &names->attachment[i];
	}
	return NULL;
}

/* That of an interface of the current namespace, NULL: none, as far as can be told. */
static const struct attachment *attached_here(const struct names *names,
					      const struct interface *interface)
{
	struct attachment *found = NULL;

	if (interface)
		(void)attachments_on(names->attachment, names->attachments, interface, &found);
	return found;
}

/*
 * What rules are to say for a name that comes in: that by which they know the
 * attachment of the interface that is called so here, at this moment; else it
 * is their own word for one, or the name that one has elsewhere.
 */
static const char *meant_by(const struct renaming *renaming, const char *ifname)
{
	const struct names *names = renaming->names;
	const struct interface *interface =
		interfaces_named(names->interface, names->interfaces, ifname);
	const struct attachment *attachment = attached_here(names, interface);

	if (!attachment && called(renaming->session, names, ifname))
		return ifname;
	if (!attachment && !interface)
		attachment = attached_elsewhere(renaming->session, names, ifname);
	if (attachment)
		return known_as(renaming->session, attachment);
	return interface ? interface->name : ifname;
}

static void resolve(void *context, __u32 string)
{
	struct renaming *renaming = context;
	struct settings *settings = &renaming->session->want;
	const char *ifname = strings_text(settings->strings, string), *meant;

	if (!is_new(renaming->session, string))
		return;
	meant = meant_by(renaming, ifname);
	if (!strcmp(meant, ifname))
		return;
	if (!interfaces_named(renaming->names->interface, renaming->names->interfaces, meant))
		warn_add(&renaming->cli->warnings,
			 "%s: was attached as %s: rules call it so until it is attached again",
			 ifname, meant);
	rename_all(settings, string, strings_intern(settings->strings, meant));
}

int names_resolve(struct cli *cli, struct session *session)
{
	struct names names;
	struct renaming renaming = { .cli = cli, .session = session, .names = &names };
	int err = open_names(session, &names);

	if (!err)
		visit(session, names.seen, resolve, &renaming);
	close_names(&names);
	return err;
}

/* Warning */

struct warning {
	struct cli *cli;
	const struct session *session;
	const struct names *names;
	bool all;
};

static bool is_typed(const struct cli *cli, const char *ifname)
{
	for (int i = 0; i < cli->count; i++) {
		if (!strcmp(cli->words[i], ifname))
			return true;
	}
	return false;
}

static void warn_of(struct cli *cli, const struct session *session, const struct names *names,
		    const char *ifname)
{
	size_t count = called(session, names, ifname);

	if (count > 1)
		warn_add(&cli->warnings, "%s: %zu attachments are called so: it means each of them",
			 ifname, count);
	else if (!count && !interfaces_named(names->interface, names->interfaces, ifname))
		warn_add(&cli->warnings, "%s: there is no such interface here, so far", ifname);
	else if (!count && names->attachments)
		warn_add(&cli->warnings, "%s: is not attached, so nothing is judged there", ifname);
}

/* Does an entry or a tunnel say it that did not before?  The settings are aligned; see inherit.h. */
static bool is_brought_in(const struct session *session, __u32 string)
{
	const struct settings *have = &session->have, *want = &session->want;
	const char *text = strings_text(want->strings, string);

	for (size_t i = 0; i < want->count; i++) {
		const struct entry *entry = &want->entry[i], *before;

		if (entry->dev != string)
			continue;
		before = settings_find(have, entry->policy, entry->direction, &entry->prefix);
		if (!before || strcmp(strings_text(have->strings, before->dev), text))
			return true;
	}
	return names_tunnel(want, string) && !names_tunnel(have, strings_find(have->strings, text));
}

static void warn_name(void *context, __u32 string)
{
	const struct warning *warning = context;
	const char *ifname = strings_text(warning->session->want.strings, string);

	if (warning->all || is_typed(warning->cli, ifname) ||
	    is_brought_in(warning->session, string))
		warn_of(warning->cli, warning->session, warning->names, ifname);
}

void names_warn(struct cli *cli, const struct session *session, bool file)
{
	struct names names;
	struct warning warning = { cli, session, &names, file };
	int err = open_names(session, &names);

	if (err)
		warn_add(&cli->warnings, "cannot tell whether each name means an interface: %s",
			 strerror(-err));
	else
		visit(session, names.seen, warn_name, &warning);
	close_names(&names);
}

void names_warn_ambiguous(struct cli *cli, const struct session *session, const char *ifname)
{
	__u32 string = strings_find(session->have.strings, ifname);
	struct names names;

	if (!names_string(&session->have, string))
		return;
	if (!open_names(session, &names) && called(session, &names, ifname) > 1)
		warn_of(cli, session, &names, ifname);
	close_names(&names);
}
