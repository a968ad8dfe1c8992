/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SHA-256 of texts, as lower-case hex. */
#ifndef DIGEST_H
#define DIGEST_H

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define DIGEST_MAX (2 * crypto_hash_sha256_BYTES + 1)

static inline void digest_of(const char *text, size_t len, char ret_hex[static DIGEST_MAX])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)text, len);
	sodium_bin2hex(ret_hex, DIGEST_MAX, hash, sizeof(hash));
}

static inline bool digest_is_one(const char *hex)
{
	return strlen(hex) == DIGEST_MAX - 1 && strspn(hex, "0123456789abcdef") == DIGEST_MAX - 1;
}

#endif
