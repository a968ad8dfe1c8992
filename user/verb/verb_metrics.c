/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* metrics: what Prometheus is to know, printed, or put where node_exporter reads it. */
#include <stdio.h>
#include <string.h>

#include "beside.h"
#include "metrics.h"
#include "show.h"

#define FILE_NAME "clarent_xdp.prom"
#define FILE_MODE 0644 /* node_exporter is not root */

static int print(struct cli *cli)
{
	struct metrics_text out = { .samples = cli->json ? json_object_new_array() : NULL };
	int status = metrics_measure(cli, &out);

	if (!status && !out.samples)
		fwrite(out.text.data, 1, out.text.len, stdout);
	if (!status && out.samples) {
		cli->answer = json_object_new_object();
		json_object_object_add(cli->answer, "samples", json_object_get(out.samples));
	}
	json_object_put(out.samples);
	buffer_free(&out.text);
	return status;
}

static int write_file(struct cli *cli, const char *path)
{
	struct metrics_text out = {};
	int err, status = metrics_measure(cli, &out);
	const struct plain_text plain = { out.text.data, out.text.len, FILE_MODE };

	err = status ? 0 : write_plain_to(path, &plain);
	buffer_free(&out.text);
	if (err)
		return complain_errno(&cli->why, path, err, "cannot be written"), STATUS_FAILED;
	if (status || !cli->json)
		return status;
	cli->answer = json_object_new_object();
	json_object_object_add(cli->answer, "file", json_object_new_string(path));
	return STATUS_DONE;
}

static int parse(struct cli *cli, char *ret_path, size_t size)
{
	if (strcmp(cli->words[0], "textfile"))
		return cli_misplaced(cli, cli->words[0]);
	if (cli->count < 2)
		return cli_usage(cli, "textfile", "needs a directory");
	if (cli->count > 2)
		return cli_misplaced(cli, cli->words[2]);
	if (snprintf(ret_path, size, "%s/" FILE_NAME, cli->words[1]) >= (int)size)
		return cli_usage(cli, cli->words[1], "too long a path");
	return *cli->words[1] ? STATUS_DONE : cli_usage(cli, "", "no directory");
}

int verb_metrics(struct cli *cli)
{
	char path[PATH_MAX];
	int status;

	if (!cli->count)
		return print(cli);
	status = parse(cli, path, sizeof(path));
	return status ? status : write_file(cli, path);
}
