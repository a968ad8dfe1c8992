/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `doctor`: is all as it was meant, and what mends what is not. */
#include <string.h>

#include "checks.h"
#include "table.h"

static const struct check {
	const char *name;
	void (*look)(struct doctor *doctor);
	bool by_rules; /* looks at what is in the instance */
} checks[] = {
	{ "kernel", check_kernel, false },
	{ "capabilities", check_capabilities, false },
	{ "bpffs", check_bpffs, false },
	{ "instance", check_instance, false },
	{ "saved", check_saved, true },
	{ "trial", check_trial, true },
	{ "modes", check_modes, true },
	{ "clock", check_clock, true },
	{ "expired", check_expired, true },
	{ "names", check_names, true },
	{ "attached", check_attached, true },
	{ "not judged", check_unjudged, true },
	{ "members", check_members, true },
	{ "stacked", check_stacked, true },
	{ "others", check_foreign, true },
	{ "driver", check_driver, true },
	{ "mtu", check_mtu, true },
	{ "queues", check_queues, true },
	{ "vlan", check_vlan, true },
	{ "merged", check_merged, true },
	{ "nat", check_nat, true },
	{ "iptables", check_iptables, true },
	{ "fou", check_fou, true },
	{ "mpls", check_mpls, true },
	{ "seg6", check_seg6, true },
	{ "ipsec", check_ipsec, true },
	{ "elsewhere", check_elsewhere, true },
};

static const struct doctor_row *row_of(const void *row)
{
	return row;
}

static struct value get_check(const void *row)
{
	return value_text(row_of(row)->check);
}

static struct value get_state(const void *row)
{
	static const char *const names[] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_WARN] = "warn",
		[DOCTOR_FAIL] = "fail",
	};

	return value_text(names[row_of(row)->state]);
}

static struct value get_about(const void *row)
{
	return value_text(row_of(row)->about);
}

static struct value get_saw(const void *row)
{
	return value_text(row_of(row)->saw);
}

static struct value get_mend(const void *row)
{
	return value_text(row_of(row)->mend);
}

static const void *row_at(const struct rows *rows, size_t index)
{
	return &((const struct doctor *)rows->context)->row[index];
}

static const struct field fields[] = {
	{ "CHECK", "check", get_check },   { "STATE", "state", get_state },
	{ "ABOUT", "about", get_about },   { "SAW", "saw", get_saw },
	{ "MENDED BY", "mend", get_mend }, {},
};

static void look(struct doctor *doctor)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		doctor_begin(doctor, checks[i].name);
		if (checks[i].by_rules && !doctor->view)
			doctor_unseen(doctor, "the instance cannot be read");
		else
			checks[i].look(doctor);
		doctor_end(doctor);
	}
}

static int fail(struct cli *cli, const struct doctor *doctor)
{
	size_t failed = 0;

	for (size_t i = 0; i < doctor->rows; i++)
		failed += doctor->row[i].state == DOCTOR_FAIL;
	if (!failed)
		return STATUS_DONE;
	complain_failed(&cli->why, NULL, "%zu thing%s not as it should be", failed,
			failed == 1 ? " is" : "s are");
	return STATUS_FAILED;
}

static int answer(struct cli *cli, const struct doctor *doctor, __u64 now)
{
	const struct rows rows = { fields, doctor->rows, row_at, doctor };
	const struct view view = { .clocks.utc = now };
	int status =
		doctor->failed ? view_no_memory(cli) : view_answer(cli, "checks", &rows, &view);

	return status ? status : fail(cli, doctor);
}

static int examine(struct cli *cli, const struct view *view)
{
	struct doctor doctor;
	int status = doctor_open(cli, view, &doctor);

	if (!status) {
		look(&doctor);
		status = answer(cli, &doctor, clocks_now().utc);
	}
	doctor_close(&doctor);
	return status;
}

/* An instance that cannot be read is a finding, and no end: hence no view_run(). */
int verb_doctor(struct cli *cli)
{
	struct view view;
	int status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	if (view_open_history(cli, view_all, NULL, &view))
		return examine(cli, NULL);
	status = examine(cli, &view);
	view_close(&view);
	return status;
}
