/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ncurses, loaded when a screen is to be drawn. */
#include "libncurses.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libncursesw.so.6"

static const struct {
	const char *name;
	size_t at; /* its place in struct libncurses */
} symbols[] = {
#define X(returns, name, takes) { #name, offsetof(struct libncurses, name) },
	LIBNCURSES_FUNCTIONS(X)
#undef X
		{ "stdscr", offsetof(struct libncurses, standard) },
};

const struct libncurses *libncurses_load(struct complaint *ret_why)
{
	static struct libncurses ncurses;
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	bool whole = handle;

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]) && whole; i++) {
		void *found = dlsym(handle, symbols[i].name);

		memcpy((char *)&ncurses + symbols[i].at, &found, sizeof(found));
		whole = found;
	}
	if (whole)
		return &ncurses;
	complain_failed(ret_why, LIBRARY, "is not here, and the screen is drawn with it");
	complain_hint(ret_why, "Debian has it in the package libncursesw6; clarent-xdp top batch "
			       "needs none");
	return NULL;
}
