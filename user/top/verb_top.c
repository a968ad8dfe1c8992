/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `top`: what comes, from whom, and where it is lost, as long as somebody looks. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupts.h"
#include "progress.h"
#include "top.h"

static int need_terminal(struct cli *cli)
{
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return STATUS_DONE;
	complain_failed(&cli->why, NULL, "there is no terminal to show it on");
	complain_hint(&cli->why, "clarent-xdp top batch shows the same as lines");
	return STATUS_FAILED;
}

static int run(struct cli *cli, const struct pace *pace, bool batch)
{
	struct top *top = calloc(1, sizeof(*top));
	int status;

	if (!top)
		return view_no_memory(cli);
	top->cli = cli;
	if (batch) {
		interrupts_catch();
		cli->answered = cli->json;
		status = top_batch(top, pace);
		cli->answered &= !status; /* what fails is said as ever */
	} else {
		progress_begin(false); /* the screen is spoken for */
		status = top_screen(top, pace);
	}
	top_free(top);
	free(top);
	return status;
}

int verb_top(struct cli *cli)
{
	bool batch = cli->count && !strcmp(cli->words[0], "batch");
	struct pace pace;
	int status;

	if (cli->count && !batch && strcmp(cli->words[0], "count"))
		return cli_misplaced(cli, cli->words[0]);
	status = pace_read(cli, batch, &pace);
	batch |= cli->json;
	if (!status && !batch)
		status = need_terminal(cli);
	return status ? status : run(cli, &pace, batch);
}
