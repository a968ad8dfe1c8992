/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every verb in words: how it is typed, and what help says of it. */
#include "words.h"

#include <ctype.h>
#include <string.h>

#define CONFIRM_ALONE "[confirm SECONDS]"
#define CONFIRM       " " CONFIRM_ALONE
#define FORCE_CONFIRM " [force]" CONFIRM

const struct verb_words verb_words[] = {
	{ "allow",
	  "SOURCE[,SOURCE...] POLICY[,POLICY...] [peer NAME] [dev IFACE|any] "
	  "[rate PPS [burst N] | rate off] [min-ttl N|off] [expires WHEN|never] [wide] [comment "
	  "TEXT]" CONFIRM,
	  "admit a source to the ports of a policy",
	  "SOURCE is an IPv4 or IPv6 address or prefix. The longest prefix that covers a\n"
	  "source decides, across allow and deny. For a source that is listed already,\n"
	  "the attributes that are named are set and the others stay. What is said for\n"
	  "several sources and policies is said for each of them, or, if a word is wrong,\n"
	  "for none.\n"
	  "\n"
	  "  peer NAME        whose it is; list, revoke and apply work by peer\n"
	  "  dev IFACE        only if it arrives on that interface (any: no matter where)\n"
	  "  rate PPS         at most so many packets a second (off: no limit)\n"
	  "  burst N          that many at once; by default a tenth of the rate\n"
	  "  min-ttl N        only with at least that TTL or hop limit (off: any)\n"
	  "  expires WHEN     30s, 30m, 2h, 7d or 2026-12-31T23:59:59Z (never: no\n"
	  "                   end)\n"
	  "  wide             needed for prefixes shorter than /8, for IPv6 /19\n"
	  "  comment TEXT     for whoever reads the list\n"
	  "\n"
	  "The filter keeps no connections: list the gateways that you call as well as\n"
	  "those that call you.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp allow 203.0.113.5 gateway peer acme rate 500\n" },
	{ "deny",
	  "SOURCE[,SOURCE...] POLICY[,POLICY...]|all [expires WHEN|never] [comment TEXT]" CONFIRM,
	  "refuse a source inside an allowed prefix",
	  "The exception inside an allowed prefix: the longest prefix decides. What no\n"
	  "entry covers is refused anyway and needs no deny. A deny that has expired is\n"
	  "as if absent. all means all policies that there are now.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp allow 198.51.100.0/24 gateway\n"
	  "  clarent-xdp deny 198.51.100.66 gateway expires 7d\n" },
	{ "protect", "DEST[,DEST...]|any POLICY [rate PPS [burst N] | rate off]" CONFIRM,
	  "name the destinations that a policy is about",
	  "Without destinations, a policy judges packets to any address. With the first\n"
	  "one, packets for its ports to any other address are elsewhere, and drop unless\n"
	  "the policy says elsewhere pass. rate limits what all sources together may send\n"
	  "to that destination (off: no limit). protect any takes all of them back.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp protect 192.0.2.10,2001:db8::10 gateway\n" },
	{ "policy",
	  "( NAME [udp PORTS|none] [tcp PORTS|none] [mode enforce|monitor|open|closed] "
	  "[elsewhere drop|pass] [rate PPS [burst N] | rate off] [tunnel required|optional] "
	  "[rpf strict|loose|off] | NAME delete )" FORCE_CONFIRM,
	  "set how a policy judges, or make one of your own",
	  "Built in are command (UDP 5001, 5002), gateway (UDP 4040, 4045, 5010) and\n"
	  "pcanywhere (UDP 22, 5632, TCP 5631, 65301), which is open until you say\n"
	  "otherwise; their ports are fixed. Another NAME is a policy of your own: a\n"
	  "letter, then letters, digits or _, at most 10. A port belongs to one policy.\n"
	  "\n"
	  "  udp PORTS        as 4040,5010-5012; none: no port\n"
	  "  tcp PORTS        the same\n"
	  "  mode enforce     only listed sources pass\n"
	  "  mode monitor     everything passes; what enforce would drop is counted\n"
	  "  mode open        the ports are not guarded\n"
	  "  mode closed      nobody passes\n"
	  "  elsewhere pass   other destinations than the protected ones are let through\n"
	  "  rate PPS         what all its sources together may send (off: no limit)\n"
	  "  tunnel required  only through an interface that the verb tunnel names\n"
	  "  rpf strict       only where this host's route back to the source leads\n"
	  "  rpf loose        only if this host has a route back; a default route will do\n"
	  "\n"
	  "Packets are judged one by one, by destination port, with no memory of\n"
	  "connections, TCP too. Replies to a connection that this host opened come in to\n"
	  "the port that it chose for itself: if that port is in PORTS, the replies are\n"
	  "judged as calls, and drop unless their sender is listed. So list the hosts\n"
	  "that you call, and keep PORTS out of the range that the kernel chooses from\n"
	  "(net.ipv4.ip_local_port_range), or reserve them\n"
	  "(net.ipv4.ip_local_reserved_ports). What this host sends is never judged.\n"
	  "\n"
	  "force enforces a policy that lists nobody, or closes the port of the SSH\n"
	  "connection that it is typed over.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp policy gateway mode monitor\n"
	  "  clarent-xdp policy sip udp 5060 tcp 5060-5061 mode monitor\n" },
	{ "fragments", "pass|listed|drop" CONFIRM,
	  "let later fragments pass, those of listed sources, or none",
	  "Only the first fragment of a datagram says its port. Later ones pass by\n"
	  "default: without their first they cannot be put together. drop refuses all of\n"
	  "them, whatever they belong to, and so costs every fragmented UDP datagram of\n"
	  "this host, DNS and IKE too.\n"
	  "\n"
	  "listed refuses every fragment, first or later, but of the sources that some\n"
	  "policy in mode enforce or monitor admits: a stranger's could fill the memory in\n"
	  "which this host puts datagrams together, and keep listed ones out. It costs\n"
	  "fragmented DNS and IKE from all others.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp fragments listed confirm 60\n" },
	{ "tunnel", "IFACE [off]" CONFIRM, "name an interface that counts as a tunnel",
	  "Policies with tunnel required admit packets on such interfaces only.\n"
	  "\n"
	  "off takes the name back.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp tunnel wg0\n"
	  "  clarent-xdp attach wg0 mode generic\n"
	  "  clarent-xdp policy gateway tunnel required\n" },

	{ "revoke", "( SOURCE[,SOURCE...] POLICY[,POLICY...] | peer NAME [POLICY] )" CONFIRM,
	  "take an allow or a deny back",
	  "Fails if there is no such entry: a typing error shall not look like a closed\n"
	  "door. If a wider prefix still admits the source, a warning says so; deny is\n"
	  "what keeps it out.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp revoke peer acme\n" },
	{ "unprotect", "DEST[,DEST...] POLICY" CONFIRM, "take a protect back",
	  "The last destination is refused, because without any the policy is about all:\n"
	  "say protect any POLICY.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp unprotect 192.0.2.10 gateway\n" },

	{ "attach",
	  "IFACE [mode native|generic|tc] [then pinned PATH | then off | join]" FORCE_CONFIRM,
	  "filter what comes in through an interface",
	  "native runs in the driver, and is what is asked for unless you say otherwise;\n"
	  "generic runs later and slower, on any interface. tc runs at tc ingress, and sees\n"
	  "what XDP is not shown: what IPsec hands to an xfrm interface, and what tc hands\n"
	  "to a pod. Attaching again replaces the program in place. The\n"
	  "lists are in force first: there is no moment in between.\n"
	  "The filter stays when this command, or the login, ends, and on the interface\n"
	  "itself: renamed, or moved to another network namespace, it is filtered still,\n"
	  "and attaching or detaching it goes by whatever it is called now. (Before Linux\n"
	  "6.6, such a move takes off what was attached in mode tc.)\n"
	  "\n"
	  "then pinned PATH hands each packet that passes, and no other, on to the XDP\n"
	  "program that is pinned there. It must be loaded as this one is: in mode native\n"
	  "for frames in several buffers (SEC(\"xdp.frags\")), in mode generic not. It stays\n"
	  "through every change; if another program is pinned at PATH later, say it again.\n"
	  "then off takes it back.\n"
	  "\n"
	  "join runs among the programs of libxdp's dispatcher (xdp-loader, xdp-filter),\n"
	  "early and handing on what passes; it needs libxdp1 to attach and to detach.\n"
	  "detach takes this filter out alone. A packet costs 26 to 44 ns more, what\n"
	  "another program answers or sends elsewhere before it is not judged, frames in\n"
	  "several buffers are not taken, and xdp-loader unload --all takes it off: status\n"
	  "then says so, and attach puts it back.\n"
	  "\n"
	  "force is for what would guard the port over which you type.\n"
	  "\n"
	  "With confirm, everything passes again unless you confirm in time.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp attach eth0 confirm 60\n"
	  "  clarent-xdp attach eth0 then pinned /sys/fs/bpf/balancer\n" },
	{ "detach", "IFACE|gone|all" CONFIRM, "stop filtering an interface",
	  "Lists and policies stay, and are in force again with the next attach. With\n"
	  "confirm, everything passes, and is filtered again unless you confirm in time.\n"
	  "gone drops the attachments whose interface is no more; so does any change.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp detach eth0\n" },
	{ "purge", "[files]", "remove all lists and policies from the kernel",
	  "Refused while anything is attached. Files stay, unless files says that the\n"
	  "policy file and what is kept of former changes are to go too.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp detach all\n"
	  "  clarent-xdp purge\n" },

	{ "apply", "FILE|- [add | peer NAME [policy POLICY]] [dry-run]" FORCE_CONFIRM,
	  "make the settings exactly those of a file",
	  "The file holds settings, one a line, as they are typed here, with # comments\n"
	  "and in any order; - reads standard input. All of it comes into force in one\n"
	  "step, or, if a line is wrong, none of it.\n"
	  "\n"
	  "  add              adds the file's settings and removes nothing\n"
	  "  peer NAME        only that peer's entries become the file's\n"
	  "  policy POLICY    only those of that policy, and the file is a plain list: an\n"
	  "                   address or prefix a line, with # comments\n"
	  "  dry-run          says what would change, and changes nothing\n"
	  "  force            also empties a list in use or halves it, stops enforcing,\n"
	  "                   or drops settings that were never saved\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp apply carrier.policy peer acme dry-run\n" },
	{ "save", "[FILE|-]", "write the settings to a file",
	  "Without FILE, to the policy file that a boot restores, by default\n"
	  "/etc/clarent-xdp/policy; the former one stays as policy~. FILE - is standard\n"
	  "output. What save writes, apply turns back into the same settings.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp save\n" },
	{ "rollback", "[N] [dry-run]" FORCE_CONFIRM, "undo the last change",
	  "One step back, or N. It says what it undoes; a second rollback undoes the\n"
	  "first. While a change waits for its confirmation, rollback ends that one.\n"
	  "\n"
	  "  dry-run          says what would change, and changes nothing\n"
	  "  force            also if the last change was an attach or detach, or lapsed:\n"
	  "                   the change of settings before it is undone\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp rollback dry-run\n" },
	{ "history", "", "show the last changes, and what became of them",
	  "Each change has a number. STATE is done, trial (waits for its confirmation),\n"
	  "lapsed (nobody confirmed it) or undone (rollback ended it while it waited).\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp history\n" },
	{ "confirm", "", "keep a change that was made on trial",
	  "A change that ended in confirm SECONDS is undone by the kernel itself once\n"
	  "that time is over, unless you confirm it before: type the change, look whether\n"
	  "you and your peers still get in, then confirm. While one waits, other changes\n"
	  "are refused.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp policy gateway mode enforce confirm 60\n"
	  "  clarent-xdp confirm\n" },

	{ "follow", "[config FILE]", "keep this host at what is published for its group on etcd",
	  "Reads what was published, and when it changes: fetches it, looks at digest and\n"
	  "signature, applies it on trial with all guards, sees whether etcd still answers\n"
	  "and the self-tests pass, confirms, saves for the next boot, and says on etcd how\n"
	  "it stands. What is odd changes nothing: a wrong signature, an old serial, a bad\n"
	  "line, a list that would be halved, a key that is gone. Without etcd, and without\n"
	  "this verb, what is in force stays. clarent-xdp-follow.service runs it.\n"
	  "\n"
	  "  config FILE      in place of /etc/clarent-xdp/fleet.conf\n"
	  "\n"
	  "Lines of that file: endpoint URL, as many as there are; ca, certificate and key\n"
	  "FILE; user NAME and password-file FILE; group NAME; host NAME, by default this\n"
	  "host's; trust FILE, a public key of minisign, or several; prefix /clarent-xdp;\n"
	  "jitter, confirm and poll SECONDS (10, 60, 10); self-test ADDRESS POLICY, of who\n"
	  "must go on passing; ssh-port PORT or off (22), which no policy may come to guard;\n"
	  "insecure yes, for http to another host.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp follow config /etc/clarent-xdp/fleet.conf\n" },
	{ "fleet",
	  "( publish GROUP FILE|- [force] | publish host NAME FILE|- [force] "
	  "| promote GROUP GROUP [within SECONDS] [drops PPS] [force] | status [GROUP] "
	  "| refused [GROUP] | forget NAME ) [config FILE]",
	  "publish a policy for groups of hosts on etcd, and see how they stand",
	  "  publish          signs a policy file with minisign's key (in the configuration:\n"
	  "                   secret FILE) and makes it what a group is to have: its pieces\n"
	  "                   first, then the pointer to them, if nobody came in between\n"
	  "  host NAME        lines for that host alone, added to its group's as apply add\n"
	  "                   does; an empty file takes them back\n"
	  "  promote          what the first group has for the second one, once every host\n"
	  "                   of the first has it in force and refuses little more than before\n"
	  "  within SECONDS   how long that is waited for (10 minutes)\n"
	  "  drops PPS        how many packets a second more a host may refuse (100)\n"
	  "  force            a policy that admits nobody, loses all or half of its sources,\n"
	  "                   or replaces a pointer that nobody can read; hosts that are silent\n"
	  "                   do not count. Each host keeps its own guards\n"
	  "  status           how each host stands: ok, waiting, behind, refused, differs\n"
	  "                   (changed on the host), unsaved, silent, twice, clock\n"
	  "  refused          only those that refuse, with line and reason\n"
	  "  forget NAME      of a host that is no more: what it said, and its own lines\n"
	  "  config FILE      in place of /etc/clarent-xdp/fleet.conf\n"
	  "\n"
	  "Exit status of status and refused: 1 if a host is not as it should be.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp fleet publish canary canary.policy\n"
	  "  clarent-xdp fleet promote canary all within 5m\n"
	  "  clarent-xdp fleet status\n" },
	{ "list",
	  "[POLICY] [peer NAME] [ADDRESS | under PREFIX] "
	  "[denied | expired | expiring WHEN | unused WHEN] [rates [SECONDS]]",
	  "show who is listed, and what was seen of them",
	  "One line for each entry: how many of its packets passed and dropped, when the\n"
	  "last of each was and why, the lowest TTL that arrived (to choose a min-ttl by),\n"
	  "and what its admission rests on beside the address, which anybody can forge.\n"
	  "\n"
	  "  ADDRESS          only the entries that cover it; the longest decides\n"
	  "  under PREFIX     only those within it\n"
	  "  denied           only those that deny\n"
	  "  expired          only those that have expired\n"
	  "  expiring WHEN    only those that will by then: 7d from now, or a date\n"
	  "  unused WHEN      only those that no packet has met since: 30d ago, or a date\n"
	  "  rates SECONDS    looks on for so long (1 by itself, up to 3600): PPS is how many\n"
	  "                   packets a second met the entry, passed or dropped, PEAK the\n"
	  "                   most in one second\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp list gateway unused 30d\n" },
	{ "peers", "", "show for each peer what is listed, and what was seen of it",
	  "HITS and DROPS are those of all its entries, SEEN and DROPPED the last of them;\n"
	  "EXPIRES is the next date at which one of its entries ends, OLDEST and NEWEST\n"
	  "say when the first and the last of them was listed.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp peers\n" },
	{ "policies", "", "show the policies, their ports and lists",
	  "SINCE is how long a policy has had its mode.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp policies\n" },
	{ "ports", "[FILE...]", "show the guarded ports, in force or by a file",
	  "One line for each policy in mode enforce or closed and each protocol:\n"
	  "POLICY PROTOCOL PORTS. Of a file that apply would refuse, the policy lines that\n"
	  "are good are heard, with a warning for each other one; a port that several files\n"
	  "guard is said once. A file that cannot be read at all is a failure, which costs\n"
	  "no other one's ports. A boot that cannot filter closes these ports.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp ports /etc/clarent-xdp/policy\n" },
	{ "status", "[IFACE]", "show what is filtered, and what is not",
	  "First the policies that hold nobody off, then interfaces, lists, how many\n"
	  "sources rest on their address alone, and whether what runs is saved; last the\n"
	  "interfaces that nothing filters, and the tunnels, whose contents are judged\n"
	  "only where they come out.\n"
	  "\n"
	  "status IFACE shows that attachment alone, and ends with 0 only if it keeps\n"
	  "strangers out now: it is attached here by this instance, no confirm lets\n"
	  "everything pass, and some policy is in mode enforce or closed.  Of the filter\n"
	  "of another version, which is in force until it is detached, it is warned.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp --json status\n" },
	{ "stats", "[watch [SECONDS] [count N]]", "count packets by policy, reason and interface",
	  "WOULD DROP counts what passed only because its policy is in mode monitor.\n"
	  "Lines without packets are left out, but for -v and --json.\n"
	  "\n"
	  "  watch            what comes, turn by turn, until it is interrupted: SECONDS from\n"
	  "                   one to the next, 1 if none are said; with --json a line each\n"
	  "  count            so many turns\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp stats\n"
	  "  clarent-xdp stats watch 2 count 5\n" },
	{ "top", "[batch [SECONDS]] [count N]",
	  "show what comes, from whom, and where it is lost, as it happens",
	  "On a screen, turn by turn, each second: packets by the second, by policy, reason\n"
	  "and verdict, over the last 2, 10 and 40 seconds; the busiest of the allowed\n"
	  "sources, with their limits; refused sources that come again; and what the card,\n"
	  "the filter and the UDP sockets of guarded ports dropped, so that each loss has an\n"
	  "owner. Keys are said at the bottom: q quits, h explains. It costs something only\n"
	  "while it is looked at.\n"
	  "\n"
	  "  batch            the same as lines: SECONDS from one turn to the next, 1 if none\n"
	  "                   are said; with --json a line each\n"
	  "  count            ends after so many turns\n"
	  "\n"
	  "CARD DROPS are what the interface counts as dropped or missed (ip -s link), frames\n"
	  "of protocols that nobody here speaks among them; SOCKET DROPS are datagrams that a\n"
	  "program did not read in time. Both are those of this network namespace. Where lists\n"
	  "are so long that to look through them takes long, that is done less often, and said.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp top batch 1 count 2\n" },
	{ "suspects", "( [POLICY] [under PREFIX] [as-policy] | inside PREFIX [SECONDS] )",
	  "show who is refused again and again, or who floods from an allowed network",
	  "One line for each source and policy that refused it, or would have: its last\n"
	  "port and reason, how many packets, their rate, the first and the last, the\n"
	  "interface, the lowest and the highest TTL. NEAREST is the entry that agrees with\n"
	  "it in most leading bits, if in 16 at least (IPv6: 32), and PEER whose that is: a\n"
	  "slip of the pen, or a gateway that moved. Who is listed by now is left out.\n"
	  "\n"
	  "While fewer than some 20,000 packets a second are refused, and sources are few\n"
	  "enough, everybody is shown, and every packet counted. In a flood of forged\n"
	  "sources each is looked at for a second in turn, and shown once it has come three\n"
	  "times: a caller of 5 packets/s within two minutes at a million a second. What is\n"
	  "counted then is said as >=.\n"
	  "\n"
	  "  POLICY           only what that one refused\n"
	  "  under PREFIX     only sources within it\n"
	  "  as-policy        as comments of a policy file, for you to choose from\n"
	  "\n"
	  "An address that comes again may still be forged: ask its owner, then allow it.\n"
	  "\n"
	  "  inside PREFIX    not who is refused, but who is admitted from that network: its\n"
	  "                   busiest 50 hosts, over SECONDS, 10 if none are said, or until\n"
	  "                   Ctrl-C. SHARE is of all that was admitted from there, ENTRY by\n"
	  "                   what it was\n"
	  "\n"
	  "list rates and top say which entry is busy, inside which host behind it: deny that\n"
	  "one. While it watches, programs are in force that tell, as for log. Above some\n"
	  "16,000 packets a second a random part is looked at: PACKETS are at least so many\n"
	  "then (>=), PER SECOND and SHARE are reckoned from it, and who was seen less than\n"
	  "three times is left out. No flood of random sources hides a busy host.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp suspects gateway\n"
	  "  clarent-xdp suspects inside 203.0.113.0/24\n" },
	{ "log", "[POLICY] [json] [write FILE|-] [count N] [for SECONDS]",
	  "show what is dropped, as it happens",
	  "A line for each packet that is dropped, or would be in mode monitor: time,\n"
	  "interface, policy, verdict, reason, from where to where, TTL, length of the frame.\n"
	  "Of each interface, policy and reason some 120 packets a second are shown, so that\n"
	  "a flood of one hides none of another. What was not shown is counted, and said\n"
	  "each second and at the end.\n"
	  "\n"
	  "  POLICY           only what that one drops\n"
	  "  json             a JSON object a line, in the shape of Suricata's eve\n"
	  "  write FILE       a capture (pcapng; - for standard output): the first 128 bytes\n"
	  "                   of each packet, reason and policy as its comment\n"
	  "  count N          ends after N packets\n"
	  "  for SECONDS      ends after that time\n"
	  "\n"
	  "While somebody reads, programs are in force that tell; otherwise there is nothing\n"
	  "in them for it. They are put back at the end, by Ctrl-C, too; after a kill, by the\n"
	  "next change. Up to eight can read at once. It is no change: history has none of it.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp log gateway for 5s\n"
	  "  clarent-xdp log write drops.pcapng for 5s\n" },
	{ "check",
	  "( SOURCE [port N] [to DEST] [dev IFACE] [proto udp|tcp] [ttl N] [vlan N] "
	  "[fragment first|later] | FILE [dev IFACE] [frames REASON|drop|monitor|pass|all] )",
	  "ask what would become of a packet",
	  "Builds the packet and asks the program that is loaded, by the rules that are\n"
	  "live, without moving a counter or a limit. It says which packet that was, and\n"
	  "what of it was assumed: without to, an address of this host, one that the\n"
	  "policy protects if there is any; without ttl, the lowest that was seen from\n"
	  "there; without dev, the first interface that is attached here. Without port,\n"
	  "each policy is asked for one of its ports.\n"
	  "\n"
	  "Exit status 0: it would pass, 3: it would be dropped (of several: one of them).\n"
	  "In mode monitor it passes, and the answer is would drop.\n"
	  "\n"
	  "FILE is a capture (pcap, pcapng; - for standard input) of Ethernet, Linux cooked\n"
	  "or raw IP frames: a path, or a name that ends in .pcap, .pcapng or .cap. Each\n"
	  "frame is judged as if it came in there now, and alone: no limit fills. How many\n"
	  "would pass or be dropped is told by policy and reason; frames shows those of one\n"
	  "reason, of one verdict (monitor: would drop), or all, with their numbers. Record\n"
	  "what comes in alone (tcpdump -Q in), and at least the headers.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp check 203.0.113.5 port 4040\n"
	  "  clarent-xdp check eth0.pcap frames unlisted\n" },
	{ "doctor", "", "say what is not as it should be, and what mends it",
	  "Looks at kernel, rights, pin directory, files, trials, modes, clock and names in\n"
	  "rules; at what is attached, what comes in that is not judged, and what drivers\n"
	  "make of it; and for ways that this host has around the filter: NAT, FOU, MPLS,\n"
	  "segment routing, IPsec. MENDED BY is the command that mends it, to be read\n"
	  "before it is typed. What cannot be looked at is a warning: never well.\n"
	  "\n"
	  "Exit status 0: all is well, or warned of; 1: something that was asked for is not\n"
	  "so. It looks into one network namespace: the others with --netns.\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp doctor\n" },
	{ "metrics", "[textfile DIR]", "say what Prometheus is to know",
	  "Prints what was counted and how things stand in Prometheus' text format: packets\n"
	  "and bytes by interface, policy, reason and verdict, attachments, modes, entries,\n"
	  "what is not saved, a trial's deadline, and the first entry of a peer that ends.\n"
	  "No label says an address.\n"
	  "\n"
	  "  textfile DIR  write it to DIR/clarent_xdp.prom, whole at every moment, for the\n"
	  "                textfile collector of node_exporter\n"
	  "\n"
	  "example:\n"
	  "  clarent-xdp metrics\n"
	  "  clarent-xdp metrics textfile /var/lib/prometheus/node-exporter\n" },
	{ "help", "[VERB]", "show this, or all about a verb",
	  "example:\n"
	  "  clarent-xdp help allow\n" },
	{ "version", "", "show the version of program, maps, libbpf and kernel",
	  "example:\n"
	  "  clarent-xdp version\n" },
	{},
};

const struct verb_words *words_of(const char *verb)
{
	for (const struct verb_words *words = verb_words; words->verb; words++)
		if (!strcmp(words->verb, verb))
			return words;
	return NULL;
}

/* The next word of a usage that stands for itself, and its length; NULL: there is none. */
static const char *next_word(const char **cursor, size_t *ret_len)
{
	static const char separators[] = " |[](),";

	for (;;) {
		const char *word = *cursor + strspn(*cursor, separators);
		size_t len = strcspn(word, separators);

		if (!len)
			return NULL;
		*cursor = word + len;
		*ret_len = len;
		if (islower((unsigned char)*word))
			return word;
	}
}

bool words_in(const char *usage, const char *word)
{
	const char *known;
	size_t len;

	while ((known = next_word(&usage, &len)))
		if (strlen(word) == len && !memcmp(known, word, len))
			return true;
	return false;
}

/* Policies of an earlier version may be called so: verbs that came later, and their words. */
static bool is_free(const char *word)
{
	static const char *const words[] = {
		"batch",  "config",  "count",  "drops",  "follow",  "for",
		"forget", "host",    "inside", "json",   "promote", "publish",
		"rates",  "refused", "watch",  "within", "write",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

bool words_reserved(const char *word)
{
	/* Values that no usage shows, and words of verbs to come. */
	static const char *const others[] = {
		"dest", "fleet", "from", "on", "source",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i], word))
			return true;
	for (const struct verb_words *words = verb_words; words->verb; words++)
		if ((!strcmp(words->verb, word) || words_in(words->usage, word)) && !is_free(word))
			return true;
	return false;
}

void words_offer(const char *verb, struct near *near)
{
	const struct verb_words *words = words_of(verb);
	const char *usage = words ? words->usage : "", *known;
	size_t len;

	while ((known = next_word(&usage, &len)))
		near_offer(near, known, len);
}

/* What other programs call it; no slip of the fingers leads from one to the other. */
static const char *own_word(const char *word)
{
	static const char *const other[][2] = {
		{ "accept", "allow" },   { "permit", "allow" },  { "add", "allow" },
		{ "block", "deny" },     { "drop", "deny" },     { "reject", "deny" },
		{ "del", "revoke" },     { "delete", "revoke" }, { "remove", "revoke" },
		{ "rm", "revoke" },      { "show", "list" },     { "ls", "list" },
		{ "get", "list" },       { "start", "attach" },  { "enable", "attach" },
		{ "on", "attach" },      { "load", "attach" },   { "stop", "detach" },
		{ "disable", "detach" }, { "off", "detach" },    { "unload", "detach" },
		{ "flush", "purge" },    { "clear", "purge" },   { "restore", "apply" },
		{ "reload", "apply" },   { "import", "apply" },  { "write", "save" },
		{ "export", "save" },    { "dump", "save" },     { "undo", "rollback" },
		{ "commit", "confirm" }, { "test", "check" },    { "info", "status" },
		{ "counters", "stats" },
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (!strcmp(other[i][0], word))
			return other[i][1];
	return word;
}

void words_offer_verbs(struct near *near)
{
	near->word = own_word(near->word);
	for (const struct verb_words *words = verb_words; words->verb; words++)
		near_offer(near, words->verb, strlen(words->verb));
}
