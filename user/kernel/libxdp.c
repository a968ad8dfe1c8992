/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libxdp, loaded when it is asked for. */
#include "libxdp.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel_said.h"

#define LIBRARY "libxdp.so.1"

/* Of its ABI, as its manual page has it. */
enum mode {
	MODE_NATIVE = 1,
	MODE_SKB,
};

struct xdp_program;

/* Its functions by their own names, without what they begin with. */
static struct {
	void *handle;
	int (*set_print)(int (*print)(int level, const char *format, va_list args));
	long (*get_error)(const void *pointer);
	struct xdp_program *(*from_bpf_obj)(struct bpf_object *object, const char *section);
	struct xdp_program *(*from_id)(__u32 id);
	int (*attach)(struct xdp_program *program, int ifindex, int mode, unsigned int flags);
	int (*detach)(struct xdp_program *program, int ifindex, int mode, unsigned int flags);
	void (*close)(struct xdp_program *program);
} xdp;

static char said[160]; /* its last warning */

static int listen(int level, const char *format, va_list args)
{
	if (!level)
		vsnprintf(said, sizeof(said), format, args);
	said[strcspn(said, "\n")] = '\0';
	return 0;
}

/* Where a function is, of the type that the pointer to it has. */
static bool find(const char *name, void *ret_function)
{
	void *found = dlsym(xdp.handle, name);

	memcpy(ret_function, &found, sizeof(found));
	return found;
}

/* Returns 0 or -ENOPKG. */
static int load(void)
{
	if (!xdp.handle)
		xdp.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!xdp.handle || !find("libxdp_set_print", &xdp.set_print) ||
	    !find("libxdp_get_error", &xdp.get_error) ||
	    !find("xdp_program__from_bpf_obj", &xdp.from_bpf_obj) ||
	    !find("xdp_program__from_id", &xdp.from_id) ||
	    !find("xdp_program__attach", &xdp.attach) ||
	    !find("xdp_program__detach", &xdp.detach) || !find("xdp_program__close", &xdp.close))
		return -ENOPKG;
	xdp.set_print(listen);
	*said = '\0';
	return 0;
}

static int mode_of(enum cx_attach_mode mode)
{
	return mode == CX_ATTACH_NATIVE ? MODE_NATIVE : MODE_SKB;
}

/*
 * An extension that calls on may take packets' data away, and its original has
 * to be one that may: since Linux 6.13, and by then in older ones' updates.
 */
static int complain_join(const char *ifname, int err, struct complaint *ret_why)
{
	const char *kernel = kernel_said();

	complain_errno(ret_why, ifname, err, "libxdp cannot join it");
	complain_said(ret_why, *kernel ? kernel : said);
	if (strstr(kernel, "changes packet data"))
		complain_hint(ret_why,
			      "this kernel asks for a newer dispatcher: libxdp after 1.5.4");
	return err;
}

int libxdp_join(struct bpf_object *object, __u32 ifindex, const char *ifname,
		enum cx_attach_mode mode, struct complaint *ret_why)
{
	struct xdp_program *program;
	int err = load();

	if (err) {
		complain_failed(ret_why, ifname, "join needs libxdp");
		complain_hint(ret_why, LIBXDP_WHERE);
		return err;
	}
	program = xdp.from_bpf_obj(object, "xdp");
	err = (int)xdp.get_error(program);
	if (err)
		return complain_join(ifname, err, ret_why);
	kernel_forget();
	err = xdp.attach(program, (int)ifindex, mode_of(mode), 0);
	xdp.close(program);
	return err ? complain_join(ifname, err, ret_why) : 0;
}

int libxdp_leave(__u32 prog_id, __u32 ifindex, enum cx_attach_mode mode)
{
	struct xdp_program *program;
	int err = load();

	if (err)
		return err;
	program = xdp.from_id(prog_id);
	err = (int)xdp.get_error(program);
	if (err)
		return err;
	err = xdp.detach(program, (int)ifindex, mode_of(mode), 0);
	xdp.close(program);
	return err;
}
