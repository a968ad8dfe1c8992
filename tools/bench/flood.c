// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Floods receivers in turn from the core it is pinned to, counting what each one saw. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flood.h"
#include "flood.skel.h"
#include "frame.h"
#include "host.h"

#define MAX_RECEIVERS 8
#define FIRST_BURST   4096
/* Long enough that setting up a test run is lost in it, short enough to stop soon. */
#define BURST_NS    10000000ULL
#define WARM_UP_NS  10000000ULL
#define SETTLE_NS   20000000ULL
#define PACE_NS     2000000000ULL /* a receiver that is kept from its work for so long is lost */
#define RANDOM_SEED 0x9e3779b97f4a7c15ULL
#define USAGE                                                                                \
	"usage: flood -s MODE [-d DRAWN-FILE] [-t TURNS] [-m MILLISECONDS] [-c CORE]\n"      \
	"             [-g PPS] [-p FRAMES] [-i IFACE] [-k] [-e] RECEIVER…\n"               \
	"  MODE      one random-ipv4 random-ipv6 drawn-ipv4 beside-ipv6 sequence calls\n"    \
	"  RECEIVER  NAME,dev=IFACE,rx=NETNS:IFACE[,FRAME-WORD…]\n"                        \
	"  -g        calls: packets a second, from the address in from=\n"                   \
	"  -p        so many frames at a time, and none before the receiver has seen them\n" \
	"  -i        an interface where no frame passes, of this flood alone; lo\n"          \
	"  -k        true IPv4 header checksums\n"                                           \
	"  -e        says ready, floods until standard input ends\n"

struct receiver {
	const char *name;
	unsigned int out_ifindex;
	char rx_name[IFNAMSIZ];
	int stats_fd; /* a socket in the receiving end's namespace */
	unsigned int packets_at, drops_at, n_stats;
	unsigned int burst;
	unsigned int header_sum, ipv4_source;
	unsigned char frame[FRAME_SIZE];
};

struct settings {
	unsigned int turns;
	__u64 slice_ns, call_gap_ns;
	unsigned int core, pace;
	bool fix_checksum, until_eof;
	const char *mode, *drawn_file, *idle;
};

struct flood {
	struct flood_bpf *skel;
	int prog_fd;
	unsigned int pace; /* frames that may be on their way, 0: any number */
};

struct tally {
	__u64 ns, sent, seen, dropped, calls;
};

static void ethtool(const struct receiver *rx, void *command)
{
	struct ifreq request = { .ifr_data = command };

	memcpy(request.ifr_name, rx->rx_name, sizeof(request.ifr_name));
	if (ioctl(rx->stats_fd, SIOCETHTOOL, &request))
		error(1, errno, "statistics of '%s'", rx->rx_name);
}

static unsigned int stat_index(const struct ethtool_gstrings *names, const char *wanted)
{
	for (unsigned int i = 0; i < names->len; i++)
		if (!strcmp((const char *)names->data + i * ETH_GSTRING_LEN, wanted))
			return i;
	error(1, 0, "this driver counts no '%s'", wanted);
	return 0;
}

static void find_stats(struct receiver *rx)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_gstrings *names;

	ethtool(rx, &info);
	rx->n_stats = info.n_stats;
	names = calloc(1, sizeof(*names) + rx->n_stats * ETH_GSTRING_LEN);
	if (!names)
		error(1, errno, "statistics");
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = rx->n_stats;
	ethtool(rx, names);
	rx->packets_at = stat_index(names, "rx_queue_0_xdp_packets");
	rx->drops_at = stat_index(names, "rx_queue_0_xdp_drops");
	free(names);
}

static void read_stats(const struct receiver *rx, __u64 *ret_packets, __u64 *ret_drops)
{
	__u64 room[2 + 256] = {};
	struct ethtool_stats *stats = (struct ethtool_stats *)room;

	if (rx->n_stats > 256)
		error(1, 0, "too many statistics");
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = rx->n_stats;
	ethtool(rx, stats);
	*ret_packets = stats->data[rx->packets_at];
	*ret_drops = stats->data[rx->drops_at];
}

static int prog_of_mode(struct flood_bpf *skel, const char *mode)
{
	const struct {
		const char *mode;
		const struct bpf_program *prog;
	} modes[] = {
		{ "one", skel->progs.flood_one },
		{ "random-ipv4", skel->progs.flood_random_ipv4 },
		{ "random-ipv6", skel->progs.flood_random_ipv6 },
		{ "drawn-ipv4", skel->progs.flood_drawn_ipv4 },
		{ "beside-ipv6", skel->progs.flood_beside_ipv6 },
		{ "sequence", skel->progs.flood_sequence },
		{ "calls", skel->progs.flood_calls },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(mode, modes[i].mode))
			return bpf_program__fd(modes[i].prog);
	error(2, 0, "no such source mode: '%s'", mode);
	return -1;
}

static void place_receiver(struct receiver *rx, char *place)
{
	char *colon = strchr(place, ':');

	if (!colon || strlen(colon + 1) >= sizeof(rx->rx_name))
		error(2, 0, "not NETNS:IFACE: '%s'", place);
	*colon = '\0';
	strcpy(rx->rx_name, colon + 1);
	rx->stats_fd = host_socket(place, AF_INET, SOCK_DGRAM, 0);
	find_stats(rx);
}

static void parse_receiver(char *text, struct receiver *ret_rx)
{
	struct receiver rx = { .stats_fd = -1, .burst = FIRST_BURST };
	struct frame_spec spec;
	char *rest = text, *word;

	frame_spec_init(&spec);
	rx.name = strsep(&rest, ",");
	while ((word = strsep(&rest, ","))) {
		if (!strncmp(word, "dev=", 4))
			rx.out_ifindex = if_nametoindex(word + 4);
		else if (!strncmp(word, "rx=", 3))
			place_receiver(&rx, word + 3);
		else if (frame_spec_word(&spec, word))
			error(2, 0, "'%s': what is '%s'?", rx.name, word);
	}
	if (!rx.out_ifindex || rx.stats_fd < 0)
		error(2, 0, "'%s': needs dev= (an interface here) and rx=", rx.name);
	frame_build(&spec, rx.frame);
	rx.header_sum = frame_ipv4_sum(rx.frame);
	memcpy(&rx.ipv4_source, &spec.from, sizeof(rx.ipv4_source));
	*ret_rx = rx;
}

/*
 * A test run of a program that is attached nowhere rewrites the kernel's XDP
 * dispatcher first, half a millisecond in each burst; so it is attached where no
 * frame passes, and the link goes with this process.
 */
static void keep_in_dispatcher(int prog_fd, const char *idle)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_SKB_MODE);

	if (bpf_link_create(prog_fd, if_nametoindex(idle), BPF_XDP, &opts) < 0)
		error(1, errno, "attach to '%s'", idle);
}

static void load_drawn(struct flood_bpf *skel, const char *path, const void *bytes, size_t size)
{
	void *lines = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   bpf_map__fd(skel->maps.drawn), 0);

	if (lines == MAP_FAILED)
		error(1, errno, "%s", path);
	memcpy(lines, bytes, size);
	munmap(lines, size);
}

/* The file holds addresses as bytes in written order; a line's rest is left out. */
static struct flood_bpf *load_programs(const struct settings *set)
{
	struct flood_bpf *skel = flood_bpf__open();
	const void *bytes = NULL;
	__u32 lines = 0;
	struct stat st;
	int fd;

	if (!skel)
		error(1, errno, "flood programs");
	if (set->drawn_file) {
		fd = open(set->drawn_file, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st))
			error(1, errno, "%s", set->drawn_file);
		lines = st.st_size / sizeof(struct drawn_line);
		bytes = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (!lines || bytes == MAP_FAILED)
			error(1, lines ? errno : 0, "%s: no addresses", set->drawn_file);
		close(fd);
		bpf_map__set_max_entries(skel->maps.drawn, lines);
	}
	skel->rodata->fix_checksum = set->fix_checksum;
	skel->bss->drawn_lines = lines;
	skel->bss->random_state = RANDOM_SEED;
	skel->bss->call_gap_ns = set->call_gap_ns;
	if (flood_bpf__load(skel))
		error(1, errno, "flood programs");
	if (lines)
		load_drawn(skel, set->drawn_file, bytes, lines * sizeof(struct drawn_line));
	return skel;
}

static __u64 burst(int prog_fd, const struct receiver *rx)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = rx->frame,
		    .data_size_in = sizeof(rx->frame), .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .repeat = rx->burst);
	__u64 start = host_now_ns();

	/* The kernel breaks runs off now and then; the program has counted what was sent. */
	if (bpf_prog_test_run_opts(prog_fd, &opts) && errno != EINTR)
		error(1, errno, "flood to '%s'", rx->name);
	return host_now_ns() - start;
}

/*
 * The last frames may still wait for the kernel's own thread when a burst
 * returns; uncounted here, they would be counted to whoever comes next.
 */
static void read_stats_settled(const struct receiver *rx, __u64 expected_packets, __u64 patience,
			       __u64 *ret_packets, __u64 *ret_drops)
{
	__u64 give_up = host_now_ns() + patience;

	do {
		read_stats(rx, ret_packets, ret_drops);
	} while (*ret_packets < expected_packets && host_now_ns() < give_up && !usleep(100));
}

static void await(const struct receiver *rx, __u64 expected_packets)
{
	__u64 packets, drops;

	read_stats_settled(rx, expected_packets, PACE_NS, &packets, &drops);
}

/* Bursts adapt: a slow receiver gets short ones, so that every slice ends in time. */
static struct tally flood_for(struct flood *flood, struct receiver *rx, __u64 slice_ns)
{
	struct tally sum = {};
	__u64 packets, drops, took, fitting;

	flood->skel->bss->out_ifindex = rx->out_ifindex;
	flood->skel->bss->header_sum = rx->header_sum;
	flood->skel->bss->call_source = rx->ipv4_source;
	read_stats(rx, &packets, &drops);
	sum.sent = -flood->skel->bss->frames_made;
	sum.calls = -flood->skel->bss->calls_made;
	if (flood->pace)
		rx->burst = flood->pace;
	while (sum.ns < slice_ns) {
		took = burst(flood->prog_fd, rx);
		sum.ns += took;
		if (flood->pace) {
			await(rx, packets + sum.sent + flood->skel->bss->frames_made);
			continue;
		}
		fitting = rx->burst * BURST_NS / (took ? took : 1);
		rx->burst = fitting < 1024 ? 1024 : fitting > 4194304 ? 4194304 : fitting;
	}
	sum.sent += flood->skel->bss->frames_made;
	read_stats_settled(rx, packets + sum.sent, SETTLE_NS, &sum.seen, &sum.dropped);
	sum.seen -= packets;
	sum.dropped -= drops;
	sum.calls += flood->skel->bss->calls_made;
	return sum;
}

static bool input_ended(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) != 0;
}

static struct tally flood_until_eof(struct flood *flood, struct receiver *rx)
{
	struct tally sum = {}, part;

	while (!input_ended()) {
		part = flood_for(flood, rx, BURST_NS);
		sum.ns += part.ns;
		sum.sent += part.sent;
		sum.seen += part.seen;
		sum.dropped += part.dropped;
		sum.calls += part.calls;
	}
	return sum;
}

static void print_tally(unsigned int turn, const struct receiver *rx, const struct tally *t)
{
	printf("{\"turn\":%u,\"name\":\"%s\",\"ns\":%llu,\"sent\":%llu,\"seen\":%llu,"
	       "\"dropped\":%llu,\"calls\":%llu}\n",
	       turn, rx->name, t->ns, t->sent, t->seen, t->dropped, t->calls);
	fflush(stdout);
}

static void take_turns(struct flood *flood, struct receiver *rxs, unsigned int n,
		       const struct settings *set)
{
	struct tally tally;

	for (unsigned int turn = 0; turn < set->turns; turn++)
		for (unsigned int i = 0; i < n; i++) {
			/* A flood finds its receiver's tables in the caches, unless it just began. */
			flood_for(flood, &rxs[i], WARM_UP_NS);
			tally = flood_for(flood, &rxs[i], set->slice_ns);
			print_tally(turn, &rxs[i], &tally);
		}
}

static int parse_options(int argc, char **argv, struct settings *ret_set)
{
	int option;

	while ((option = getopt(argc, argv, "s:d:t:m:c:g:p:i:ke")) != -1) {
		switch (option) {
		case 's':
			ret_set->mode = optarg;
			break;
		case 't':
			ret_set->turns = atoi(optarg);
			break;
		case 'm':
			ret_set->slice_ns = atoi(optarg) * 1000000ULL;
			break;
		case 'c':
			ret_set->core = atoi(optarg);
			break;
		case 'd':
			ret_set->drawn_file = optarg;
			break;
		case 'g':
			ret_set->call_gap_ns = 1000000000ULL / atoi(optarg);
			break;
		case 'p':
			ret_set->pace = atoi(optarg);
			break;
		case 'i':
			ret_set->idle = optarg;
			break;
		case 'k':
			ret_set->fix_checksum = true;
			break;
		case 'e':
			ret_set->until_eof = true;
			break;
		default:
			error(2, 0, USAGE);
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	struct settings set = { .turns = 1, .slice_ns = 100000000ULL, .idle = "lo" };
	int first = parse_options(argc, argv, &set);
	struct receiver rxs[MAX_RECEIVERS];
	unsigned int n = argc - first;
	struct flood flood;
	struct tally tally;

	if (!n || n > MAX_RECEIVERS || !set.mode || (set.until_eof && n > 1))
		error(2, 0, USAGE);
	flood.skel = load_programs(&set);
	flood.prog_fd = prog_of_mode(flood.skel, set.mode);
	flood.pace = set.pace;
	keep_in_dispatcher(flood.prog_fd, set.idle);
	for (unsigned int i = 0; i < n; i++)
		parse_receiver(argv[first + i], &rxs[i]);
	host_pin(set.core);

	if (set.until_eof) {
		printf("ready\n");
		fflush(stdout);
		tally = flood_until_eof(&flood, &rxs[0]);
		print_tally(0, &rxs[0], &tally);
	} else {
		take_turns(&flood, rxs, n, &set);
	}
	flood_bpf__destroy(flood.skel);
	return 0;
}
