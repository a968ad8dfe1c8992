/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libbpf's names for the byte order functions of this machine. */
#ifndef NATIVE_BPF_ENDIAN_H
#define NATIVE_BPF_ENDIAN_H

#include <endian.h>

#define bpf_htons(value) htobe16(value)
#define bpf_htonl(value) htobe32(value)
#define bpf_ntohs(value) be16toh(value)
#define bpf_ntohl(value) be32toh(value)

#endif
