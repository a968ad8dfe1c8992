/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `check FILE`: what would become of the frames of a capture. */
#include "check_file.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "capture.h"
#include "interrupts.h"
#include "progress.h"
#include "scope.h"
#include "text.h"
#include "when.h"
#include "witness.h"
#include "words.h"

#define SHOWN_MAX 100000 /* frames in one answer under --json */

#define ALL_REASONS  ((1U << CX_REASON_COUNT) - 1)
#define ALL_VERDICTS ((1U << VERDICT_COUNT) - 1)

struct tally {
	__u64 packets;
	__u64 bytes;
};

struct hearing {
	struct cli *cli;
	const struct view *view;
	const char *dev; /* as said, or NULL */
	/* which frames are to be shown: bits of enum cx_reason, of enum verdict */
	unsigned int reasons, verdicts;
	struct attachment attachment;
	int check_fd;
	struct capture capture;
	struct tally tally[CX_MAX_POLICIES][CX_REASON_COUNT][VERDICT_COUNT];
	bool drops;        /* at least one */
	struct tally cut;  /* too short, as captured, to tell */
	struct tally sent; /* by the host that captured them */
	struct json_object *shown;
	__u64 left_out; /* of those */
};

/* --- words --- */

/* What `frames` may be followed by, beside the reasons. */
static const struct {
	const char *word;
	unsigned int verdicts;
} kinds[] = {
	{ "all", ALL_VERDICTS },
	{ "pass", 1U << VERDICT_PASS },
	{ "monitor", 1U << VERDICT_WOULD_DROP },
	{ "drop", 1U << VERDICT_DROP },
};

static int parse_frames(struct cli *cli, const char *word, struct hearing *hearing)
{
	hearing->reasons = ALL_REASONS;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].word, word)) {
			hearing->verdicts = kinds[i].verdicts;
			return STATUS_DONE;
		}
	}
	hearing->verdicts = ALL_VERDICTS;
	for (unsigned int i = 0; i < CX_REASON_COUNT; i++) {
		if (!strcmp(reason_name(i), word)) {
			hearing->reasons = 1U << i;
			return STATUS_DONE;
		}
	}
	return cli_usage(cli, word, "not a reason as in stats, nor drop, monitor, pass or all");
}

static int parse_pair(struct cli *cli, const char *keyword, const char *value,
		      struct hearing *hearing)
{
	bool is_dev = !strcmp(keyword, "dev");

	if (!is_dev && strcmp(keyword, "frames"))
		return words_in(words_of("check")->usage, keyword)
			       ? cli_usage(cli, keyword, "is not asked about a capture file")
			       : cli_misplaced(cli, keyword);
	if (!value)
		return cli_usage(cli, keyword, "needs a value");
	if (!is_dev)
		return parse_frames(cli, value, hearing);
	hearing->dev = value;
	return cli_ifname(cli, value);
}

static int parse(struct cli *cli, struct hearing *hearing)
{
	int status = STATUS_DONE;

	for (int at = 1; at < cli->count && !status; at += 2)
		status = parse_pair(cli, cli->words[at],
				    at + 1 < cli->count ? cli->words[at + 1] : NULL, hearing);
	return status;
}

/* --- one frame --- */

struct judged {
	const struct capture_frame *frame;
	__u32 answer;
	enum verdict verdict;
	enum frame_reach reach;
	struct prefix source, dest; /* with FRAME_IP */
};

static const char *policy_name(const struct hearing *hearing, __u32 answer)
{
	return hearing->view->settings.policy[CX_ANSWER_POLICY(answer)].name;
}

static void format_time(const struct capture_frame *frame, char *text, size_t size)
{
	char when[WHEN_TEXT_MAX];
	size_t len = strlen(when_format(frame->utc, when));

	snprintf(text, size, "%.*s.%06uZ", len ? (int)len - 1 : 0, when, frame->us);
}

/* The entry that decided, as its prefix; empty if none did. */
static const char *format_entry(const struct judged *judged, char text[static PREFIX_TEXT_MAX])
{
	__u8 len = CX_ANSWER_LEN(judged->answer);
	struct prefix prefix;

	*text = '\0';
	if (judged->reach != FRAME_IP || len > judged->source.len)
		return text;
	prefix = prefix_shorten(&judged->source, len);
	return prefix_format(&prefix, text);
}

static void print_judged(const struct hearing *hearing, const struct judged *judged)
{
	char when[WHEN_TEXT_MAX + 8], source[PREFIX_TEXT_MAX], dest[PREFIX_TEXT_MAX];
	char entry[PREFIX_TEXT_MAX];
	const char *policy = policy_name(hearing, judged->answer);
	bool is_ip = judged->reach == FRAME_IP;

	progress_wipe();
	format_time(judged->frame, when, sizeof(when));
	format_entry(judged, entry);
	text_print(stdout, "frame %llu, %s: %s: %s%s%s%s%s%s%s%s%s",
		   (unsigned long long)judged->frame->number, when, verdict_name(judged->verdict),
		   reason_name(CX_ANSWER_REASON(judged->answer)), *policy ? " by " : "", policy,
		   *entry ? ", entry " : "", entry, is_ip ? ": " : "",
		   is_ip ? prefix_format(&judged->source, source) : "", is_ip ? " to " : "",
		   is_ip ? prefix_format(&judged->dest, dest) : "");
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, *text ? json_object_new_string(text) : NULL);
}

static void add_number(struct json_object *to, const char *key, __u64 number)
{
	json_object_object_add(to, key, json_object_new_int64((int64_t)number));
}

static struct json_object *judged_json(const struct hearing *hearing, const struct judged *judged)
{
	char when[WHEN_TEXT_MAX + 8], text[PREFIX_TEXT_MAX];
	struct json_object *object = json_object_new_object();
	bool is_ip = judged->reach == FRAME_IP;

	format_time(judged->frame, when, sizeof(when));
	add_number(object, "frame", judged->frame->number);
	add_text(object, "time", when);
	add_text(object, "policy", policy_name(hearing, judged->answer));
	add_text(object, "reason", reason_name(CX_ANSWER_REASON(judged->answer)));
	add_text(object, "verdict", verdict_name(judged->verdict));
	add_text(object, "entry", format_entry(judged, text));
	add_text(object, "source", is_ip ? prefix_format(&judged->source, text) : "");
	add_text(object, "destination", is_ip ? prefix_format(&judged->dest, text) : "");
	add_number(object, "bytes", judged->frame->bytes);
	return object;
}

static void show(struct hearing *hearing, const struct judged *judged)
{
	if (!(hearing->reasons >> CX_ANSWER_REASON(judged->answer) & 1) ||
	    !(hearing->verdicts >> judged->verdict & 1))
		return;
	if (!hearing->shown)
		print_judged(hearing, judged);
	else if (json_object_array_length(hearing->shown) < SHOWN_MAX)
		json_object_array_add(hearing->shown, judged_json(hearing, judged));
	else
		hearing->left_out++;
}

static void count(struct tally *tally, const struct capture_frame *frame)
{
	tally->packets++;
	tally->bytes += frame->bytes;
}

/*
 * Would the rest of the frame, which was not captured, change the answer?  It
 * is asked for only where what is there does not suffice, and that is
 * malformed; or not guarded, where it does not even say whether it is IP.
 */
static bool is_uncertain(const struct judged *judged)
{
	return judged->frame->cut &&
	       (judged->reach == FRAME_ENDS || CX_ANSWER_REASON(judged->answer) == CX_MALFORMED);
}

/* Returns 0 or -errno with cli->why filled. */
static int judge(struct hearing *hearing, const struct capture_frame *frame)
{
	struct judged judged = { .frame = frame };
	int err;

	if (frame->sent)
		return count(&hearing->sent, frame), 0;
	err = witness_ask(hearing->check_fd, hearing->attachment.ifindex, frame->data, frame->size,
			  &judged.answer);
	if (err == -EINVAL && frame->size < ETH_HLEN) /* newer kernels run nothing so short */
		return count(&hearing->cut, frame), 0;
	if (err)
		return complain_errno(&hearing->cli->why, attachment_name(&hearing->attachment),
				      err, "its program cannot be asked about frame %llu",
				      (unsigned long long)frame->number);
	judged.verdict = witness_verdict(&hearing->view->settings, judged.answer);
	judged.reach =
		frame_addresses(frame, hearing->capture.link_type, &judged.source, &judged.dest);
	if (is_uncertain(&judged))
		return count(&hearing->cut, frame), 0;
	hearing->drops |= judged.verdict == VERDICT_DROP;
	count(&hearing->tally[CX_ANSWER_POLICY(judged.answer)][CX_ANSWER_REASON(judged.answer)]
			     [judged.verdict],
	      frame);
	show(hearing, &judged);
	return 0;
}

/* --- all frames --- */

/* Returns 0 or -errno with cli->why filled: what came before is judged all the same. */
static int judge_all(struct hearing *hearing)
{
	struct capture_frame frame;
	__u64 size = capture_size(&hearing->capture);
	struct complaint why = {};
	int got = 1, err = 0;

	interrupts_catch(); /* a capture that is still made ends with its summary */
	while (!err && !interrupted()) {
		got = capture_next(&hearing->capture, &frame, &why);
		if (got <= 0)
			break;
		progress_tell("judging frames",
			      size ? capture_read(&hearing->capture) : frame.number, size);
		err = judge(hearing, &frame);
	}
	if (got >= 0 || interrupted())
		return err;
	hearing->cli->why = why;
	return got;
}

/* --- the summary --- */

struct verdict_row {
	const char *policy;
	unsigned int reason;
	enum verdict verdict;
	struct tally tally;
};

struct summary {
	struct verdict_row row[CX_MAX_POLICIES * CX_REASON_COUNT * VERDICT_COUNT];
	size_t count;
};

static const struct verdict_row *row_of(const void *row)
{
	return row;
}

static struct value get_policy(const void *row)
{
	return value_text(row_of(row)->policy);
}

static struct value get_reason(const void *row)
{
	return value_text(reason_name(row_of(row)->reason));
}

static struct value get_verdict(const void *row)
{
	return value_text(verdict_name(row_of(row)->verdict));
}

static struct value get_packets(const void *row)
{
	return value_number(row_of(row)->tally.packets);
}

static struct value get_bytes(const void *row)
{
	return value_number(row_of(row)->tally.bytes);
}

static const struct field fields[] = {
	{ "POLICY", "policy", get_policy },    { "REASON", "reason", get_reason },
	{ "VERDICT", "verdict", get_verdict }, { "PACKETS", "packets", get_packets },
	{ "BYTES", "bytes", get_bytes },       {},
};

static const void *row_at(const struct rows *rows, size_t index)
{
	return &((const struct summary *)rows->context)->row[index];
}

static void summarize_reason(const struct hearing *hearing, unsigned int policy,
			     unsigned int reason, struct summary *summary)
{
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const struct tally *tally = &hearing->tally[policy][reason][verdict];

		if (tally->packets)
			summary->row[summary->count++] = (struct verdict_row){
				.policy = hearing->view->settings.policy[policy].name,
				.reason = reason,
				.verdict = verdict,
				.tally = *tally,
			};
	}
}

static void summarize(const struct hearing *hearing, struct summary *ret_summary)
{
	for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++) {
		for (unsigned int reason = 0; reason < CX_REASON_COUNT; reason++)
			summarize_reason(hearing, policy, reason, ret_summary);
	}
}

static void warn_unjudged(struct hearing *hearing)
{
	struct warnings *warnings = &hearing->cli->warnings;

	if (hearing->cut.packets)
		warn_add(warnings,
			 "%llu of %llu frames are too short, as captured, to tell what becomes "
			 "of them",
			 (unsigned long long)hearing->cut.packets,
			 (unsigned long long)hearing->capture.frames);
	if (hearing->sent.packets)
		warn_add(warnings,
			 "%llu of %llu frames were sent by the host that captured them: not judged",
			 (unsigned long long)hearing->sent.packets,
			 (unsigned long long)hearing->capture.frames);
	if (hearing->left_out)
		warn_add(warnings, "%llu frames are not shown: an answer has at most %d",
			 (unsigned long long)hearing->left_out, SHOWN_MAX);
}

static int answer_json(struct hearing *hearing, const struct rows *rows)
{
	struct cli *cli = hearing->cli;
	int status = view_answer(cli, "verdicts", rows, hearing->view);

	if (status)
		return status;
	add_text(cli->answer, "file", hearing->capture.name);
	add_text(cli->answer, "link_type", hearing->capture.kind);
	add_text(cli->answer, "interface", attachment_name(&hearing->attachment));
	add_number(cli->answer, "packets", hearing->capture.frames);
	add_number(cli->answer, "cut", hearing->cut.packets);
	add_number(cli->answer, "sent", hearing->sent.packets);
	json_object_object_add(cli->answer, "frames", json_object_get(hearing->shown));
	return STATUS_DONE;
}

static int answer(struct hearing *hearing)
{
	scoped(memory) space = calloc(1, sizeof(struct summary));
	struct summary *summary = space;
	struct rows rows = { .field = fields, .at = row_at, .context = summary };

	if (!summary)
		return view_no_memory(hearing->cli);
	summarize(hearing, summary);
	warn_unjudged(hearing);
	rows.count = summary->count;
	if (hearing->shown)
		return answer_json(hearing, &rows);
	progress_wipe();
	text_print(stdout, "%s: %llu frame%s, as if %s came in on %s alone", hearing->capture.name,
		   (unsigned long long)hearing->capture.frames,
		   hearing->capture.frames == 1 ? "" : "s",
		   hearing->capture.frames == 1 ? "it" : "each",
		   attachment_name(&hearing->attachment));
	return rows.count ? view_answer(hearing->cli, "verdicts", &rows, hearing->view)
			  : STATUS_DONE;
}

/* What was judged by two states of the rules is of neither. */
static int refuse_changed(struct hearing *hearing)
{
	if (instance_stands(&hearing->view->instance))
		return STATUS_DONE;
	complain_failed(&hearing->cli->why, NULL,
			"the rules changed meanwhile, so not all frames "
			"were judged by the same");
	complain_hint(&hearing->cli->why, "ask again");
	return STATUS_FAILED;
}

static int hear(struct hearing *hearing)
{
	int err = judge_all(hearing), status = answer(hearing);

	if (!status && !err)
		status = refuse_changed(hearing);
	if (err || status)
		return STATUS_FAILED;
	return hearing->drops ? STATUS_DROP : STATUS_DONE;
}

static int hear_capture(struct hearing *hearing)
{
	scoped(fd) check_fd = attachment_check_fd(&hearing->attachment);
	struct cli *cli = hearing->cli;
	int status;

	if (check_fd < 0)
		return complain_errno(&cli->why, attachment_name(&hearing->attachment), check_fd,
				      "its program cannot be asked"),
		       STATUS_FAILED;
	hearing->check_fd = check_fd;
	if (capture_open(cli->words[0], hearing->attachment.self.link_type, &hearing->capture,
			 &cli->why))
		return STATUS_FAILED;
	hearing->shown = cli->json ? json_object_new_array() : NULL;
	status = hear(hearing);
	json_object_put(hearing->shown);
	capture_close(&hearing->capture);
	return status;
}

int check_file(struct cli *cli)
{
	scoped(memory) space = calloc(1, sizeof(struct hearing));
	struct hearing *hearing = space;
	struct view view;
	int status;

	if (!hearing)
		return view_no_memory(cli);
	hearing->cli = cli;
	hearing->view = &view;
	status = parse(cli, hearing);
	if (!status)
		status = view_open(cli, view_rules, NULL, &view);
	if (status)
		return status;
	status = witness_choose(cli, &view, hearing->dev, &hearing->attachment);
	if (!status)
		status = hear_capture(hearing);
	view_close(&view);
	return status;
}
