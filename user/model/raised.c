/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a change needs `force`: what the guards found, for the gate to decide on. */
#include "raised.h"

#include <stdarg.h>
#include <stdio.h>

void raised_add(struct raised *raised, const char *object, const char *hint, const char *what, ...)
{
	char text[sizeof(raised->why[0].what)];
	va_list arguments;

	if (raised->count++ >= RAISED_KEPT)
		return;
	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	raised->told[raised->count - 1] = false;
	complain_failed(&raised->why[raised->count - 1], object, "%s", text);
	if (hint)
		complain_hint(&raised->why[raised->count - 1], "%s", hint);
}

void raised_told(struct raised *raised)
{
	if (raised->count <= RAISED_KEPT)
		raised->told[raised->count - 1] = true;
}
