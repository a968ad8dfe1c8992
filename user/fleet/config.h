/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The file that says where etcd is, who this is there, and whose signature counts. */
#ifndef CONFIG_H
#define CONFIG_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>

#include "complaint.h"

#define CONFIG_FILE       "/etc/clarent-xdp/fleet.conf"
#define CONFIG_ENDPOINTS  16
#define CONFIG_TRUSTS     8
#define CONFIG_TESTS      32
#define CONFIG_NAME_MAX   64 /* characters of a group's or a host's name */
#define CONFIG_POLICY_MAX 32

/* Of an address that must go on passing. */
struct config_test {
	char source[INET6_ADDRSTRLEN];
	char policy[CONFIG_POLICY_MAX];
};

/* Texts are the config's; NULL: not said. */
struct config {
	char *endpoint[CONFIG_ENDPOINTS];
	size_t endpoints;
	char *trust[CONFIG_TRUSTS]; /* minisign public keys */
	size_t trusts;
	struct config_test test[CONFIG_TESTS];
	size_t tests;
	char *ca, *certificate, *key, *user, *password_file, *secret, *prefix;
	char *host; /* by default this host's name */
	char *group;
	unsigned int jitter;   /* seconds: a change is begun at random within them */
	unsigned int confirm;  /* seconds: of the trial */
	unsigned int poll;     /* seconds: read again, however quiet it is */
	unsigned int ssh_port; /* TCP, never to be guarded; 0: may be */
	bool insecure;
};

/* Returns 0, or a negative errno with *ret_why filled, which names file and line. */
int config_read(const char *path, struct config *ret_config, struct complaint *ret_why);
void config_free(struct config *config);

/* Can a group or a host be called so?  Letters, digits, `.`, `_` and `-`. */
bool config_is_name(const char *name);

/* The text of a small file without its last newline, the caller's; NULL: *ret_err. */
char *config_slurp(const char *path, size_t max, int *ret_err);

#endif
