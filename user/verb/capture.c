/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A capture file (pcap, pcapng), frame by frame, as the filter would be given them. */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libpcap.h"
#include "scope.h"

#define FIFO_WAIT_MS 10000 /* for who is to write into it */
#define VLAN_TAG     4

/* Link types that frames can be given from: where their EtherType stands, and the packet. */
static const struct link {
	int dlt;
	const char *kind;
	int type;        /* offset, -1: the packet tells by its first byte */
	int packet_type; /* offset of a byte, enum of linux/if_packet.h, -1: none */
	size_t header;
} links[] = {
	{ DLT_EN10MB, "ethernet", 2 * ETH_ALEN, -1, 0 },
	/* tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, ..._SLL2.html */
	{ DLT_LINUX_SLL, "cooked", 14, 1, 16 },
	{ DLT_LINUX_SLL2, "cooked", 0, 10, 20 },
	{ DLT_RAW, "raw", -1, -1, 0 },
	{ DLT_IPV4, "raw", -1, -1, 0 },
	{ DLT_IPV6, "raw", -1, -1, 0 },
};

static const struct link *link_of(int dlt)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].dlt == dlt)
			return &links[i];
	}
	return NULL;
}

bool capture_is_named(const char *word)
{
	static const char *const endings[] = { ".pcap", ".pcapng", ".cap" };
	size_t len = strlen(word);

	if (!strcmp(word, "-") || *word == '/' || *word == '.')
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);

		if (len > ending && !strcmp(word + len - ending, endings[i]))
			return true;
	}
	return false;
}

/* Waits for whoever writes into a named pipe: else to open it would wait for ever. */
static int await_writer(int fd, struct complaint *ret_why, const char *name)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct stat stat;

	if (!fstat(fd, &stat) && S_ISFIFO(stat.st_mode) && !poll(&poll_fd, 1, FIFO_WAIT_MS)) {
		complain_failed(ret_why, name, "a pipe, and nothing came in %d seconds",
				FIFO_WAIT_MS / 1000);
		complain_hint(ret_why, "a capture that is still made: tcpdump -U -w - ... | "
				       "clarent-xdp check -");
		return -ETIMEDOUT;
	}
	return fcntl(fd, F_SETFL, 0) ? -errno : 0;
}

static FILE *open_file(const char *name, struct complaint *ret_why)
{
	scoped(fd) fd = strcmp(name, "-") ? open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
					  : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	FILE *file;

	if (fd < 0) {
		complain_failed(ret_why, name, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	if (strcmp(name, "-") && await_writer(fd, ret_why, name))
		return NULL;
	file = fdopen(fd, "r");
	if (file)
		scope_take(&fd);
	else
		complain_memory(ret_why);
	return file;
}

/* libpcap says of an empty file that it is cut off. */
static int refuse_empty(FILE *file, const char *name, struct complaint *ret_why)
{
	int first = fgetc(file);

	if (first != EOF)
		return ungetc(first, file) == EOF ? -EIO : 0;
	if (ferror(file))
		return complain_failed(ret_why, name, "cannot be read: %s", strerror(errno));
	return complain_failed(ret_why, name, "is empty");
}

static int refuse_link(const struct capture *capture, struct complaint *ret_why)
{
	int dlt = capture->lib->datalink(capture->pcap);
	const char *name = capture->lib->datalink_val_to_description_or_dlt(dlt);

	if (!link_of(dlt))
		return complain_failed(ret_why, capture->name,
				       "its frames are %s, not Ethernet, Linux cooked or raw IP",
				       name);
	if (dlt != DLT_EN10MB || capture->link_type == CX_LINK_ETHERNET)
		return 0;
	complain_failed(ret_why, capture->name,
			"its frames are Ethernet's, and this interface is given bare IP");
	complain_hint(ret_why, "name the interface that they came in through: dev IFACE");
	return -EPERM;
}

static int start(struct capture *capture, struct complaint *ret_why)
{
	char said[PCAP_ERRBUF_SIZE];
	int err = refuse_empty(capture->file, capture->name, ret_why);

	if (err)
		return err;
	capture->lib = libpcap_load(ret_why);
	if (!capture->lib)
		return -ENOPKG;
	capture->pcap = capture->lib->fopen_offline(capture->file, said);
	if (!capture->pcap) {
		complain_failed(ret_why, capture->name, "not a capture (pcap, pcapng)");
		complain_said(ret_why, said);
		return -EINVAL;
	}
	capture->built = malloc(ETH_HLEN + CAPTURE_FRAME_MAX);
	err = capture->built ? refuse_link(capture, ret_why) : complain_memory(ret_why);
	if (!err)
		capture->kind = link_of(capture->lib->datalink(capture->pcap))->kind;
	return err;
}

int capture_open(const char *name, enum cx_link_type link_type, struct capture *ret_capture,
		 struct complaint *ret_why)
{
	int err;

	*ret_capture = (struct capture){ .name = name, .link_type = link_type };
	ret_capture->file = open_file(name, ret_why);
	if (!ret_capture->file)
		return -EINVAL;
	err = start(ret_capture, ret_why);
	if (err)
		capture_close(ret_capture);
	return err;
}

void capture_close(struct capture *capture)
{
	if (capture->pcap)
		capture->lib->close(capture->pcap); /* with the file */
	else
		fclose(capture->file);
	free(capture->built);
}

/* EtherType of a packet that has none beside it. */
static __be16 type_of(const struct capture_frame *frame)
{
	__u8 version = frame->size ? frame->data[0] >> 4 : 0;
	static const __u8 ipv4[] = { 0x08, 0x00 }, ipv6[] = { 0x86, 0xdd };
	__be16 type = 0;

	if (version == 4 || version == 6)
		memcpy(&type, version == 4 ? ipv4 : ipv6, sizeof(type));
	return type;
}

/* Puts the packet behind an Ethernet header, at no address that suits one. */
static void build_ethernet(struct capture *capture, __be16 type, struct capture_frame *frame)
{
	struct ethhdr eth = { .h_proto = type };
	size_t size = frame->size < CAPTURE_FRAME_MAX ? frame->size : CAPTURE_FRAME_MAX;

	memcpy(capture->built, &eth, sizeof(eth));
	memcpy(capture->built + sizeof(eth), frame->data, size);
	frame->data = capture->built;
	frame->size = sizeof(eth) + size;
	frame->bytes += sizeof(eth);
}

/* Makes of a frame what the filter is given: without the capture's own header. */
static void unwrap(struct capture *capture, struct capture_frame *frame)
{
	const struct link *link = link_of(capture->lib->datalink(capture->pcap));
	const __u8 *header = frame->data;
	__be16 type;

	if (link->dlt == DLT_EN10MB)
		return;
	if (frame->size < link->header) {
		frame->cut = true;
		frame->size = 0;
		return;
	}
	frame->data += link->header;
	frame->size -= link->header;
	frame->bytes -= link->header;
	frame->sent = link->packet_type >= 0 && header[link->packet_type] == PACKET_OUTGOING;
	type = type_of(frame);
	if (link->type >= 0)
		memcpy(&type, header + link->type, sizeof(type));
	if (capture->link_type == CX_LINK_ETHERNET)
		build_ethernet(capture, type, frame);
}

int capture_next(struct capture *capture, struct capture_frame *ret_frame,
		 struct complaint *ret_why)
{
	struct libpcap_header header;
	struct pcap_pkthdr *theirs;
	const u_char *data;
	int got = capture->lib->next_ex(capture->pcap, &theirs, &data);

	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1) {
		complain_failed(ret_why, capture->name, "behind frame %llu",
				(unsigned long long)capture->frames);
		complain_said(ret_why, capture->lib->geterr(capture->pcap));
		return -EIO;
	}
	header = libpcap_header(capture->lib, theirs);
	*ret_frame = (struct capture_frame){
		.number = ++capture->frames,
		.utc = header.utc,
		.us = header.us,
		.data = data,
		.size = header.captured,
		.bytes = header.bytes > header.captured ? header.bytes : header.captured,
		.cut = header.captured < header.bytes,
	};
	unwrap(capture, ret_frame);
	if (ret_frame->size > CAPTURE_FRAME_MAX)
		ret_frame->size = CAPTURE_FRAME_MAX;
	return 1;
}

__u64 capture_read(const struct capture *capture)
{
	off_t at = ftello(capture->file);

	return at > 0 ? (__u64)at : 0;
}

__u64 capture_size(const struct capture *capture)
{
	struct stat stat;

	return !fstat(fileno(capture->file), &stat) && S_ISREG(stat.st_mode) ? (__u64)stat.st_size
									     : 0;
}

/* --- addresses --- */

static bool is_tag(const __u8 *type)
{
	unsigned int value = type[0] << 8 | type[1];

	return value == ETH_P_8021Q || value == ETH_P_8021AD;
}

/* Where the packet begins, behind all tags; at the end of the frame if that comes first. */
static size_t packet_offset(const struct capture_frame *frame)
{
	size_t offset = ETH_HLEN;

	for (int tags = 0; tags < CX_MAX_TAGS && offset <= frame->size; tags++) {
		if (!is_tag(frame->data + offset - sizeof(__be16)))
			break;
		offset += VLAN_TAG;
	}
	return offset;
}

static struct prefix host(enum cx_family family, const __u8 *address)
{
	struct prefix prefix = { .family = family, .len = family == CX_IPV4 ? 32 : 128 };

	memcpy(prefix.addr, address, family == CX_IPV4 ? 4 : 16);
	return prefix;
}

/* Is that the version which the EtherType in front of it says? */
static bool is_version(const struct capture_frame *frame, size_t offset,
		       enum cx_link_type link_type)
{
	struct capture_frame packet = { .data = frame->data + offset, .size = 1 };
	__be16 type = type_of(&packet);

	return type && (link_type == CX_LINK_BARE_IP ||
			!memcmp(packet.data - sizeof(type), &type, sizeof(type)));
}

enum frame_reach frame_addresses(const struct capture_frame *frame, enum cx_link_type link_type,
				 struct prefix *ret_source, struct prefix *ret_dest)
{
	size_t offset = link_type == CX_LINK_BARE_IP ? 0 : packet_offset(frame), size;
	const __u8 *packet = frame->data + offset;
	enum cx_family family;

	if (offset >= frame->size)
		return FRAME_ENDS;
	if (!is_version(frame, offset, link_type))
		return FRAME_OTHER;
	family = packet[0] >> 4 == 4 ? CX_IPV4 : CX_IPV6;
	size = family == CX_IPV4 ? 4 : 16;
	/* the addresses end the fixed header of IPv6, and of IPv4 without its options */
	if (frame->size - offset < (family == CX_IPV4 ? 20 : 40))
		return FRAME_OTHER;
	*ret_source = host(family, packet + (family == CX_IPV4 ? 12 : 8));
	*ret_dest = host(family, packet + (family == CX_IPV4 ? 12 : 8) + size);
	return FRAME_IP;
}
