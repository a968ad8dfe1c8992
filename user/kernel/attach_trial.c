/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attach and detach on trial: gates, and their end. */
#include "attach.h"

#include "clocks.h"
#include "links.h"
#include "scope.h"

/* Ends one gate: the new state for good if confirmed, else the former one. */
static int end_gate(struct instance *instance, const struct attachment *attachment, bool confirmed,
		    struct complaint *ret_why)
{
	struct cx_attachment self = attachment->self;
	bool attached = self.gate_passes ? !confirmed : confirmed;

	/* what is gone is attached no more, whatever was to become of it */
	if (!attached || attachment_is_gone(attachment))
		return attach_detach(instance, attachment, /* until= */ 0, ret_why);
	self.gate = 0;
	self.gate_passes = 0;
	return replace_programs(instance, attachment, &self, ret_why);
}

static int end_gates(struct instance *instance, bool pending, bool confirmed,
		     struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_list(ret_why, err);
	attachment = list;
	for (size_t i = 0; i < count && !err; i++) {
		__u64 gate = attachment[i].self.gate;

		if (gate && !!clocks_seconds_left(gate, &instance->moment.clocks) == pending)
			err = end_gate(instance, &attachment[i], confirmed, ret_why);
	}
	return err;
}

int attach_confirm(struct instance *instance, struct complaint *ret_why)
{
	return end_gates(instance, /* pending= */ true, /* confirmed= */ true, ret_why);
}

int attach_give_up(struct instance *instance, struct complaint *ret_why)
{
	return end_gates(instance, /* pending= */ true, /* confirmed= */ false, ret_why);
}

int attach_mend(struct instance *instance, struct complaint *ret_why)
{
	int err = sweep_attachments(instance);

	if (err)
		return complain_errno(ret_why, NULL, err,
				      "cannot tidy up after an earlier command");
	return end_gates(instance, /* pending= */ false, /* confirmed= */ false, ret_why);
}
