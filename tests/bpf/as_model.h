/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The product's settings in the words of the model. */
#ifndef CLARENT_TESTS_AS_MODEL_H
#define CLARENT_TESTS_AS_MODEL_H

#include "../model/model.h"
#include "settings.h"

#define AS_MODEL_DEV   1 /* model's number of the device that frames come in through */
#define AS_MODEL_OTHER 2 /* ... of every other */

struct as_model {
	struct model_rules rules;
	unsigned int policy[MODEL_POLICIES_MAX]; /* number that the filter knows it by */
};

/*
 * Fills in the model's rules, seen from one device.  What the model does not
 * know (limits, rpf) is left out.  Aborts if the settings are too many for it.
 */
void as_model(const struct settings *settings, const char *dev, struct as_model *ret_model);

/* Number that the filter knows a model's policy by, 0 for MODEL_NO_POLICY. */
unsigned int as_model_policy(const struct as_model *model, int policy);

#endif
