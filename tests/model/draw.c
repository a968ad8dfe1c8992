/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The generator behind every random test: splitmix64.
 *
 * Guy Steele, Doug Lea, Christine Flood: "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014. Neighbouring seeds give unrelated sequences, which
 * is what lets a test count its seeds up from one.
 */
#include "draw.h"

uint64_t draw_u64(struct draw *draw)
{
	uint64_t z;

	draw->state += UINT64_C(0x9e3779b97f4a7c15);
	z = draw->state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int draw_below(struct draw *draw, int below)
{
	return (int)(draw_u64(draw) % (uint64_t)below);
}

int draw_between(struct draw *draw, int first, int last)
{
	return first + draw_below(draw, last - first + 1);
}

bool draw_chance(struct draw *draw, int percent)
{
	return draw_below(draw, 100) < percent;
}

int draw_weighted(struct draw *draw, const int *weight, int count)
{
	int sum = 0;
	int point;
	int i;

	for (i = 0; i < count; i++)
		sum += weight[i];
	point = draw_below(draw, sum);
	for (i = 0; point >= weight[i]; i++)
		point -= weight[i];
	return i;
}

void draw_bytes(struct draw *draw, uint8_t *ret_bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ret_bytes[i] = (uint8_t)draw_u64(draw);
}
