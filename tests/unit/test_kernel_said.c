/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is picked out of libbpf's prints, as libbpf prints it. */
#include "unit.h"

#include <bpf/libbpf.h>
#include <stdarg.h>

#include "kernel_said.h"

static libbpf_print_fn_t listener;

static void prints(enum libbpf_print_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	listener(level, format, arguments);
	va_end(arguments);
}

static int start(void **state)
{
	(void)state;
	kernel_listen(false);
	listener = libbpf_set_print(NULL);
	kernel_forget();
	return 0;
}

static void an_acknowledgement(void **state)
{
	(void)state;
	prints(LIBBPF_WARN, "libbpf: Kernel error message: %s\n",
	       "Peer MTU is too large to set XDP");
	assert_string_equal(kernel_said(), "Peer MTU is too large to set XDP");
	kernel_forget();
	assert_string_equal(kernel_said(), "");
}

static void the_line_of_a_log_that_says_why(void **state)
{
	static const char log[] = "0: R1=ctx(off=0,imm=0) R10=fp0\n"
				  "0: (61) r2 = *(u32 *)(r1 +4)\n"
				  "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)\n"
				  "R1 offset is outside of the packet\n"
				  "verification time 43 usec\n"
				  "stack depth 0+8\n"
				  "processed 5 insns (limit 1000000) max_states_per_insn 0\n";

	(void)state;
	prints(LIBBPF_WARN,
	       "libbpf: prog '%s': -- BEGIN PROG LOAD LOG --\n%s-- END PROG LOAD LOG --\n",
	       "clarent_xdp", log);
	assert_string_equal(kernel_said(), "R1 offset is outside of the packet");
}

static void a_log_without_a_reason(void **state)
{
	(void)state;
	prints(LIBBPF_WARN,
	       "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n%s-- END PROG LOAD LOG --\n",
	       "processed 5 insns (limit 1000000)\n");
	assert_string_equal(kernel_said(), "");
}

static void types_that_were_refused(void **state)
{
	(void)state;
	assert_int_equal(kernel_refused_types(), 0);
	prints(LIBBPF_WARN,
	       "libbpf: Error in bpf_create_map_xattr(%s):%s(%d). Retrying without BTF.\n", "rules",
	       "Cannot allocate memory", -12);
	assert_int_equal(kernel_refused_types(), -ENOMEM);
	kernel_forget();
	assert_int_equal(kernel_refused_types(), 0);
}

static void what_is_no_reason_changes_none(void **state)
{
	(void)state;
	prints(LIBBPF_WARN, "libbpf: Kernel error message: %s\n", "one");
	prints(LIBBPF_DEBUG, "libbpf: Kernel error message: %s\n", "two");
	prints(LIBBPF_WARN, "libbpf: prog 'x': BPF program load failed: %s\n", "three");
	assert_string_equal(kernel_said(), "one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_acknowledgement, start),
		cmocka_unit_test_setup(the_line_of_a_log_that_says_why, start),
		cmocka_unit_test_setup(a_log_without_a_reason, start),
		cmocka_unit_test_setup(types_that_were_refused, start),
		cmocka_unit_test_setup(what_is_no_reason_changes_none, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
