/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing a capture, each packet with a comment, its verdict and what was lost before it. */
#include "pcapng.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <string.h>

#include "version.h"

#define BLOCK_MAX  2048
#define TEXT_LIMIT 1024 /* of an option */

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
};

enum option_code {
	OPTION_END,
	OPTION_COMMENT,
	OPTION_NAME = 2,    /* of an interface */
	OPTION_TIME = 9,    /* of an interface: resolution */
	OPTION_PROGRAM = 4, /* of a section */
	OPTION_FLAGS = 2,   /* of a packet, as the three below */
	OPTION_LOST = 4,
	OPTION_QUEUE = 6,
	OPTION_VERDICT = 7,
};

#define BYTE_ORDER_MAGIC  0x1a2b3c4dU
#define LENGTH_UNKNOWN    (~0ULL)
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW      101
#define NANOSECONDS       9 /* ten to the minus */
#define FLAG_INBOUND      1U
#define VERDICT_TC        1 /* what its number is one of */
#define VERDICT_XDP       2

/* One block, in this machine's byte order, which the section says. */
struct block {
	__u8 data[BLOCK_MAX];
	__u32 len;
};

static void add(struct block *block, const void *data, __u32 len)
{
	if (block->len + len > sizeof(block->data))
		return; /* cannot be: all that goes in is bounded */
	memcpy(block->data + block->len, data, len);
	block->len += len;
}

static void add32(struct block *block, __u32 number)
{
	add(block, &number, sizeof(number));
}

static void pad(struct block *block)
{
	static const __u8 zeros[3];

	add(block, zeros, -block->len & 3);
}

static void begin(struct block *block, enum block_type type)
{
	block->len = 0;
	add32(block, type);
	add32(block, 0); /* its length, which is known in the end */
}

static void end(struct block *block, FILE *to)
{
	__u32 len = block->len + sizeof(len);

	add32(block, len);
	memcpy(block->data + sizeof(__u32), &len, sizeof(len));
	fwrite(block->data, 1, block->len, to);
}

static void option(struct block *block, enum option_code code, const void *value, __u16 len)
{
	__u16 head[2] = { (__u16)code, len };

	add(block, head, sizeof(head));
	add(block, value, len);
	pad(block);
}

static void option_text(struct block *block, enum option_code code, const char *text)
{
	size_t len = strlen(text);

	option(block, code, text, len > TEXT_LIMIT ? TEXT_LIMIT : (__u16)len);
}

/* Halves of a time, the upper first. */
static void add_time(struct block *block, __u64 utc)
{
	add32(block, utc >> 32);
	add32(block, (__u32)utc);
}

void pcapng_begin(struct pcapng *pcapng, FILE *to)
{
	static const __u16 version[2] = { 1, 0 };
	static const __u64 unknown = LENGTH_UNKNOWN;
	struct block block;

	*pcapng = (struct pcapng){ .to = to };
	begin(&block, BLOCK_SECTION);
	add32(&block, BYTE_ORDER_MAGIC);
	add(&block, version, sizeof(version));
	add(&block, &unknown, sizeof(unknown));
	option_text(&block, OPTION_PROGRAM, "clarent-xdp " VERSION);
	option(&block, OPTION_END, NULL, 0);
	end(&block, to);
}

static void describe(struct pcapng *pcapng, const struct pcapng_packet *packet)
{
	const struct cx_logged *logged = packet->logged;
	const __u16 head[2] = { logged->link_type == CX_LINK_ETHERNET ? LINKTYPE_ETHERNET
								      : LINKTYPE_RAW,
				0 };
	const __u8 resolution = NANOSECONDS;
	struct block block;

	begin(&block, BLOCK_INTERFACE);
	add(&block, head, sizeof(head));
	add32(&block, CX_LOG_FRAME);
	option_text(&block, OPTION_NAME, packet->interface);
	option(&block, OPTION_TIME, &resolution, sizeof(resolution));
	option(&block, OPTION_END, NULL, 0);
	end(&block, pcapng->to);
}

/* Number of its interface in the file, which is described the first time. */
static __u32 number_of(struct pcapng *pcapng, const struct pcapng_packet *packet)
{
	const struct cx_logged *logged = packet->logged;
	__u32 i = 0;

	while (i < pcapng->interfaces && (pcapng->interface[i].dev != logged->dev ||
					  pcapng->interface[i].link_type != logged->link_type))
		i++;
	if (i < pcapng->interfaces || i == PCAPNG_INTERFACES)
		return i % PCAPNG_INTERFACES;
	describe(pcapng, packet);
	pcapng->interface[i].dev = logged->dev;
	pcapng->interface[i].link_type = logged->link_type;
	return pcapng->interfaces++;
}

static void add_verdict(struct block *block, const struct cx_logged *logged)
{
	bool at_tc = logged->mode == CX_ATTACH_TC;
	__s64 verdict = at_tc           ? logged->would ? TC_ACT_UNSPEC : TC_ACT_SHOT
			: logged->would ? XDP_PASS
					: XDP_DROP;
	__u8 value[1 + sizeof(verdict)] = { at_tc ? VERDICT_TC : VERDICT_XDP };

	memcpy(value + 1, &verdict, sizeof(verdict));
	option(block, OPTION_VERDICT, value, sizeof(value));
}

void pcapng_add(struct pcapng *pcapng, const struct pcapng_packet *packet)
{
	const struct cx_logged *logged = packet->logged;
	const __u32 number = number_of(pcapng, packet), inbound = FLAG_INBOUND;
	struct block block;

	begin(&block, BLOCK_PACKET);
	add32(&block, number);
	add_time(&block, packet->utc);
	add32(&block, logged->kept);
	add32(&block, logged->len > logged->kept ? logged->len : logged->kept);
	add(&block, logged->frame, logged->kept);
	pad(&block);
	option_text(&block, OPTION_COMMENT, packet->comment);
	option(&block, OPTION_FLAGS, &inbound, sizeof(inbound));
	option(&block, OPTION_LOST, &packet->lost, sizeof(packet->lost));
	option(&block, OPTION_QUEUE, &logged->queue, sizeof(logged->queue));
	add_verdict(&block, logged);
	option(&block, OPTION_END, NULL, 0);
	end(&block, pcapng->to);
}

void pcapng_end(struct pcapng *pcapng, const char *comment, __u64 utc)
{
	struct block block;

	if (!pcapng->interfaces)
		return;
	begin(&block, BLOCK_STATISTICS);
	add32(&block, 0);
	add_time(&block, utc);
	option_text(&block, OPTION_COMMENT, comment);
	option(&block, OPTION_END, NULL, 0);
	end(&block, pcapng->to);
}
