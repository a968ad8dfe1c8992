/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Measured values, as Prometheus reads them (text format 0.0.4), or as JSON. */
#include "metrics_text.h"

#include <stdio.h>

#define PREFIX "clarent_xdp_"

void metrics_family(struct metrics_text *to, const char *name, const char *type, const char *help)
{
	const char *const words[] = {
		"# HELP " PREFIX, name, " ", help, "\n# TYPE " PREFIX, name, " ", type, "\n"
	};

	to->family = name;
	to->type = type;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !to->samples; i++)
		buffer_text(&to->text, words[i]);
}

/* prometheus.io/docs/instrumenting/exposition_formats: what a value is escaped by. */
static void add_escaped(struct buffer *to, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buffer_add(to, "\\", 1);
		if (*value == '\n')
			buffer_text(to, "\\n");
		else
			buffer_add(to, value, 1);
	}
}

static void add_labels(struct buffer *to, const struct label *label)
{
	const char *between = "{";

	for (; label->name; label++) {
		if (!label->value || !*label->value)
			continue;
		buffer_text(to, between);
		buffer_text(to, label->name);
		buffer_text(to, "=\"");
		add_escaped(to, label->value);
		buffer_text(to, "\"");
		between = ",";
	}
	if (*between == ',')
		buffer_text(to, "}");
}

static struct json_object *labels_json(const struct label *label)
{
	struct json_object *object = json_object_new_object();

	for (; label->name; label++) {
		if (label->value && *label->value)
			json_object_object_add(object, label->name,
					       json_object_new_string(label->value));
	}
	return object;
}

static void add_sample(struct metrics_text *to, const struct label *labels,
		       struct json_object *value)
{
	struct json_object *sample = json_object_new_object();
	char name[80];

	snprintf(name, sizeof(name), PREFIX "%s", to->family);
	json_object_object_add(sample, "name", json_object_new_string(name));
	json_object_object_add(sample, "type", json_object_new_string(to->type));
	json_object_object_add(sample, "labels", labels_json(labels));
	json_object_object_add(sample, "value", value);
	json_object_array_add(to->samples, sample);
}

static void add_line(struct metrics_text *to, const struct label *labels, const char *value)
{
	buffer_text(&to->text, PREFIX);
	buffer_text(&to->text, to->family);
	add_labels(&to->text, labels);
	buffer_text(&to->text, " ");
	buffer_text(&to->text, value);
	buffer_text(&to->text, "\n");
}

void metrics_count(struct metrics_text *to, const struct label *labels, __u64 value)
{
	char text[24];

	if (to->samples)
		return add_sample(to, labels, json_object_new_uint64(value));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_line(to, labels, text);
}

void metrics_ratio(struct metrics_text *to, const struct label *labels, double value)
{
	char text[32];

	if (to->samples)
		return add_sample(to, labels, json_object_new_double(value));
	snprintf(text, sizeof(text), "%.6g", value); /* the program never leaves the C locale */
	add_line(to, labels, text);
}
