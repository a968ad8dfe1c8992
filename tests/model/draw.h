/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random draws that a seed repeats, on every machine and compiler.
 *
 * Two draws in one expression have no order in C: draw one to a statement.
 */
#ifndef CLARENT_TESTS_DRAW_H
#define CLARENT_TESTS_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t state; /* any value, 0 too, is a seed */
};

uint64_t draw_u64(struct draw *draw);

/* 0 .. below - 1; below is at least 1. */
int draw_below(struct draw *draw, int below);

/* first .. last, both included. */
int draw_between(struct draw *draw, int first, int last);

/* True so many times in a hundred. */
bool draw_chance(struct draw *draw, int percent);

/* An index into weight[0 .. count - 1], each as often as its weight says. */
int draw_weighted(struct draw *draw, const int *weight, int count);

void draw_bytes(struct draw *draw, uint8_t *ret_bytes, size_t count);

#endif
