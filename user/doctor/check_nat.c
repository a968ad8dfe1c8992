/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAT of this host that leads to a guarded port from one that nobody guards.
 *
 * The filter judges the port that stands in the frame.  So what counts is a rule
 * that gives packets another port; the ports that it is for are those of its own
 * matches, and what cannot be read of a rule is taken for any port.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/wait.h>

#include "checks.h"
#include "scope.h"

#define NFT         "nft -j list ruleset 2>/dev/null"
#define NOT_FOUND   127 /* exit status of a shell */
#define RULESET_MAX (64U << 20)

struct nat {
	struct doctor *doctor;
	struct json_object *all; /* the ruleset's array */
	/* the rule that is looked at */
	const char *family, *table, *chain;
	unsigned long long handle;
	const char *proto;          /* "udp", "tcp", NULL: either */
	struct json_object *dports; /* what its destination port is held against; NULL: nothing */
};

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* --- Sets of ports, as nft writes them --- */

/* Of a port of either protocol, as far as the rule says which. */
static bool guards(const struct nat *nat, unsigned int port)
{
	return ((!nat->proto || !strcmp(nat->proto, "udp")) &&
		doctor_guards(nat->doctor, CX_UDP, port)) ||
	       ((!nat->proto || !strcmp(nat->proto, "tcp")) &&
		doctor_guards(nat->doctor, CX_TCP, port));
}

/* Is any port of the range guarded (wanted), or any not? */
static bool range_has(const struct nat *nat, struct json_object *range, bool wanted)
{
	int first = json_object_get_int(json_object_array_get_idx(range, 0));
	int last = json_object_get_int(json_object_array_get_idx(range, 1));

	for (int port = first; port <= last && port < PORTS_COUNT; port++) {
		if (guards(nat, (unsigned int)port) == wanted)
			return true;
	}
	return false;
}

/* The elements of a named set or map of that table; NULL: there is none. */
static struct json_object *named(const struct nat *nat, const char *name)
{
	size_t count = json_object_array_length(nat->all);

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(nat->all, i);
		struct json_object *set = member(item, "map") ?: member(item, "set");

		if (set && !strcmp(text_of(set, "name"), name) &&
		    !strcmp(text_of(set, "table"), nat->table) &&
		    !strcmp(text_of(set, "family"), nat->family))
			return member(set, "elem");
	}
	return NULL;
}

static bool has(const struct nat *nat, struct json_object *ports, bool wanted, int depth);

/* Of a map, the values count: what is looked up is what it is held against. */
static bool any_has(const struct nat *nat, struct json_object *list, bool wanted, int depth)
{
	size_t count = json_object_array_length(list);

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		bool is_pair = json_object_is_type(item, json_type_array) &&
			       json_object_array_length(item) == 2;

		if (has(nat, is_pair ? json_object_array_get_idx(item, 1) : item, wanted, depth))
			return true;
	}
	return false;
}

/* An address before a port: "192.0.2.1 . 4040". */
static bool is_address(const char *text)
{
	return strchr(text, '.') || strchr(text, ':');
}

static bool text_has(const struct nat *nat, struct json_object *ports, bool wanted, int depth)
{
	const char *text = json_object_get_string(ports);
	struct json_object *elements = *text == '@' ? named(nat, text + 1) : NULL;

	if (elements)
		return has(nat, elements, wanted, depth);
	return !is_address(text); /* an empty set too may be filled at any time */
}

/* Has it a port that is guarded, or one that is not?  Yes, if it cannot be told. */
static bool has(const struct nat *nat, struct json_object *ports, bool wanted, int depth)
{
	struct json_object *inner;

	if (!depth)
		return true;
	switch (json_object_get_type(ports)) {
	case json_type_int:
		return guards(nat, (unsigned int)json_object_get_int(ports)) == wanted;
	case json_type_array:
		return any_has(nat, ports, wanted, depth - 1);
	case json_type_string:
		return text_has(nat, ports, wanted, depth - 1);
	default:
		break;
	}
	inner = member(ports, "range");
	if (inner)
		return range_has(nat, inner, wanted);
	inner = member(member(ports, "elem"), "val"); /* with a comment, or a counter */
	if (inner)
		return has(nat, inner, wanted, depth - 1);
	inner = member(ports, "map");
	inner = inner ? member(inner, "data") : member(ports, "set") ?: member(ports, "concat");
	return inner ? has(nat, inner, wanted, depth - 1) : true;
}

#define DEPTH 8 /* of sets in maps in sets */

/* --- Rules --- */

/* nft says a number where /etc/protocols is missing. */
static void take_proto(struct nat *nat, struct json_object *proto)
{
	const char *text =
		json_object_is_type(proto, json_type_string) ? json_object_get_string(proto) : "";
	int number = json_object_is_type(proto, json_type_int) ? json_object_get_int(proto) : 0;

	if (number == IPPROTO_UDP || !strcmp(text, "udp"))
		nat->proto = "udp";
	if (number == IPPROTO_TCP || !strcmp(text, "tcp"))
		nat->proto = "tcp";
}

static void take_match(struct nat *nat, struct json_object *match)
{
	struct json_object *left = member(match, "left"), *right = member(match, "right");
	struct json_object *payload = member(left, "payload");
	const char *field = text_of(payload, "field"), *op = text_of(match, "op");
	bool is_proto = !strcmp(text_of(member(left, "meta"), "key"), "l4proto") ||
			!strcmp(field, "protocol") || !strcmp(field, "nexthdr");

	if (strcmp(op, "==") && strcmp(op, "in"))
		return;
	if (!strcmp(field, "dport"))
		nat->dports = right;
	take_proto(nat, is_proto ? right : member(payload, "protocol"));
}

static void say(struct nat *nat, enum doctor_state state, const char *what)
{
	char table[DOCTOR_WORD_MAX], chain[DOCTOR_WORD_MAX];

	doctor_say(nat->doctor, state, nat->table, "%s, in chain %s", what, nat->chain);
	doctor_mend_net(nat->doctor, "nft delete rule %s %s %s handle %llu", nat->family,
			doctor_word(nat->table, table), doctor_word(nat->chain, chain),
			nat->handle);
}

static void judge(struct nat *nat, struct json_object *to)
{
	bool from_open = !nat->dports || has(nat, nat->dports, false, DEPTH);
	bool from_guarded = nat->dports && has(nat, nat->dports, true, DEPTH);

	if (from_open && has(nat, to, true, DEPTH))
		say(nat, DOCTOR_FAIL, "leads to a guarded port from one that is not");
	else if (from_guarded && has(nat, to, false, DEPTH))
		say(nat, DOCTOR_WARN, "leads on from a guarded port, which is judged as such");
}

/* With nft's own words, "dnat to 192.0.2.1:4040"; the port may be in the address's map. */
static void take_statement(struct nat *nat, struct json_object *statement)
{
	static const char *const words[] = { "dnat", "redirect", "tproxy" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct json_object *to = member(statement, words[i]);
		struct json_object *address = member(to, "addr"), *port = member(to, "port");

		if (port)
			judge(nat, port);
		else if (member(address, "map"))
			judge(nat, address);
	}
}

/* What iptables put there, nft cannot say. */
static void take_foreign(struct nat *nat, struct json_object *statement)
{
	static const char *const targets[] = { "DNAT", "REDIRECT", "TPROXY" };
	const char *name = text_of(member(statement, "xt"), "name");

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(name, targets[i]))
			continue;
		doctor_unseen(nat->doctor, "what %s of iptables, in chain %s, leads to", name,
			      nat->chain);
		doctor_mend_net(nat->doctor, "iptables -t %s -S %s", nat->table, nat->chain);
	}
}

/* What this host sends itself comes in nowhere. */
static bool is_of_output(const struct nat *nat)
{
	size_t count = json_object_array_length(nat->all);

	for (size_t i = 0; i < count; i++) {
		struct json_object *chain = member(json_object_array_get_idx(nat->all, i), "chain");

		if (chain && !strcmp(text_of(chain, "name"), nat->chain) &&
		    !strcmp(text_of(chain, "table"), nat->table) &&
		    !strcmp(text_of(chain, "family"), nat->family))
			return !strcmp(text_of(chain, "hook"), "output") ||
			       !strcmp(text_of(chain, "hook"), "postrouting");
	}
	return false;
}

static void take_rule(struct nat *nat, struct json_object *rule)
{
	struct json_object *statements = member(rule, "expr");
	size_t count = json_object_is_type(statements, json_type_array)
			       ? json_object_array_length(statements)
			       : 0;

	nat->family = text_of(rule, "family");
	nat->table = text_of(rule, "table");
	nat->chain = text_of(rule, "chain");
	nat->handle = (unsigned long long)json_object_get_int64(member(rule, "handle"));
	nat->proto = NULL;
	nat->dports = NULL;
	for (size_t i = 0; i < count && !is_of_output(nat); i++) {
		struct json_object *statement = json_object_array_get_idx(statements, i);

		if (member(statement, "match"))
			take_match(nat, member(statement, "match"));
		take_statement(nat, statement);
		take_foreign(nat, statement);
	}
}

static void take_ruleset(struct nat *nat)
{
	size_t count = json_object_array_length(nat->all);

	for (size_t i = 0; i < count; i++) {
		struct json_object *rule = member(json_object_array_get_idx(nat->all, i), "rule");

		if (rule)
			take_rule(nat, rule);
	}
}

/* --- nft --- */

/* All that it prints; *ret_status: as of wait(). */
static void run_nft(struct buffer *to, int *ret_status)
{
	FILE *nft = popen(NFT, "re");
	char piece[4096];
	size_t len;

	*ret_status = -1;
	if (!nft)
		return;
	while ((len = fread(piece, 1, sizeof(piece), nft)) && to->len < RULESET_MAX)
		buffer_add(to, piece, len);
	buffer_add(to, "", 1);
	*ret_status = pclose(nft);
}

static void look_at_ruleset(struct doctor *doctor, const char *text)
{
	struct json_object *ruleset = json_tokener_parse(text);
	struct nat nat = { .doctor = doctor, .all = member(ruleset, "nftables") };

	if (json_object_is_type(nat.all, json_type_array))
		take_ruleset(&nat);
	else
		doctor_unseen(doctor, "what nft says cannot be read");
	json_object_put(ruleset);
}

void check_nat(struct doctor *doctor)
{
	struct buffer text = {};
	int status;

	run_nft(&text, &status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		doctor_unseen(doctor, "no nft");
	else if (status || text.failed)
		doctor_unseen(doctor, "nft does not tell its rules");
	else
		look_at_ruleset(doctor, text.data);
	buffer_free(&text);
	doctor_well(doctor, "no rule of nft leads to a guarded port");
}

/* The older iptables has tables of its own, which nft knows nothing of. */
void check_iptables(struct doctor *doctor)
{
	static const char *const files[] = { "/proc/net/ip_tables_names",
					     "/proc/net/ip6_tables_names" };
	char line[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		scoped(file) file = fopen(files[i], "re");

		while (file && fgets(line, sizeof(line), file)) {
			if (strcmp(line, "nat\n"))
				continue;
			doctor_unseen(doctor, "the nat table of ip%stables-legacy", i ? "6" : "");
			doctor_mend_net(doctor, "ip%stables-legacy -t nat -S", i ? "6" : "");
		}
	}
	doctor_well(doctor, "the older iptables has no nat table");
}
