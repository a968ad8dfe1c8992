/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What runs each verb; words.c has their words. */
#include "cli.h"

#include <string.h>

static const struct verb verbs[] = {
	{ "allow", verb_setting },     { "deny", verb_setting },      { "protect", verb_setting },
	{ "policy", verb_setting },    { "fragments", verb_setting }, { "tunnel", verb_setting },
	{ "revoke", verb_setting },    { "unprotect", verb_setting }, { "attach", verb_attach },
	{ "detach", verb_detach },     { "purge", verb_purge },       { "apply", verb_apply },
	{ "save", verb_save },         { "rollback", verb_rollback }, { "confirm", verb_confirm },
	{ "list", verb_list },         { "peers", verb_peers },       { "policies", verb_policies },
	{ "status", verb_status },     { "stats", verb_stats },       { "check", verb_check },
	{ "history", verb_history },   { "help", verb_help },         { "version", verb_version },
	{ "ports", verb_ports },       { "doctor", verb_doctor },     { "complete", verb_complete },
	{ "suspects", verb_suspects }, { "metrics", verb_metrics },   { "log", verb_log },
	{ "top", verb_top },           { "follow", verb_other },      { "fleet", verb_other },
};

const struct verb *cli_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

bool verb_changes(const struct verb *verb)
{
	static int (*const changing[])(struct cli *) = {
		verb_setting, verb_attach, verb_detach,   verb_purge,
		verb_apply,   verb_save,   verb_rollback, verb_confirm,
	};

	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++) {
		if (verb->run == changing[i])
			return true;
	}
	return false;
}
