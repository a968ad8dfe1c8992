/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times as words: "30m" from now, RFC 3339, or how long. */
#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define END_OF_TIME   7258118400ULL /* 2200-01-01T00:00:00Z */
#define AFTER_THE_END "is after the year 2199"

/* or every date would be after the end: _TIME_BITS=64 is for 32-bit machines */
_Static_assert(sizeof(time_t) == 8, "time_t of 64 bits");
#define EXAMPLE "2026-12-31T23:59:59Z"

static int complain_when(const char *word, __u64 now, struct complaint *ret_why)
{
	complain_usage(ret_why, word, "not a time");
	complain_hint(ret_why, "write %s%s, with its zone", now ? "30s, 30m, 2h, 7d or " : "",
		      EXAMPLE);
	return -EINVAL;
}

/* Exactly that many digits, as a number from min to max. */
static bool read_digits(const char **cursor, int digits, int min, int max, int *ret_number)
{
	int number = 0;

	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)**cursor))
			return false;
		number = number * 10 + (*(*cursor)++ - '0');
	}
	*ret_number = number;
	return number >= min && number <= max;
}

static bool read_char(const char **cursor, char c)
{
	if (**cursor != c)
		return false;
	(*cursor)++;
	return true;
}

static bool read_date(const char **cursor, struct tm *tm)
{
	if (!read_digits(cursor, 4, 0, 9999, &tm->tm_year) || !read_char(cursor, '-') ||
	    !read_digits(cursor, 2, 1, 12, &tm->tm_mon) || !read_char(cursor, '-') ||
	    !read_digits(cursor, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return read_char(cursor, 'T') || read_char(cursor, 't');
}

static bool read_time(const char **cursor, struct tm *tm)
{
	if (!read_digits(cursor, 2, 0, 23, &tm->tm_hour) || !read_char(cursor, ':') ||
	    !read_digits(cursor, 2, 0, 59, &tm->tm_min) || !read_char(cursor, ':') ||
	    !read_digits(cursor, 2, 0, 60, &tm->tm_sec))
		return false;
	if (tm->tm_sec == 60)
		tm->tm_sec = 59;
	if (!read_char(cursor, '.'))
		return true;
	if (!isdigit((unsigned char)**cursor))
		return false;
	while (isdigit((unsigned char)**cursor))
		(*cursor)++;
	return true;
}

/* Seconds by which local time is ahead of UTC. */
static bool read_zone(const char **cursor, long *ret_ahead)
{
	bool ahead = **cursor == '+';
	int hours, minutes;

	*ret_ahead = 0;
	if (read_char(cursor, 'Z') || read_char(cursor, 'z'))
		return true;
	if (!read_char(cursor, '+') && !read_char(cursor, '-'))
		return false;
	if (!read_digits(cursor, 2, 0, 23, &hours) || !read_char(cursor, ':') ||
	    !read_digits(cursor, 2, 0, 59, &minutes))
		return false;
	*ret_ahead = (hours * 60L + minutes) * 60 * (ahead ? 1 : -1);
	return true;
}

/* timegm() takes February 30 for March 1 or 2: such a day is none. */
static bool day_exists(struct tm tm, time_t *ret_utc)
{
	int day = tm.tm_mday;

	*ret_utc = timegm(&tm);
	return tm.tm_mday == day;
}

static int read_absolute(const char *word, __u64 now, __u64 *ret_seconds, struct complaint *ret_why)
{
	const char *cursor = word;
	struct tm tm = { 0 };
	time_t utc;
	long ahead;

	if (!read_date(&cursor, &tm) || !read_time(&cursor, &tm))
		return complain_when(word, now, ret_why);
	if (!*cursor) {
		complain_usage(ret_why, word, "time without its zone");
		complain_hint(ret_why, "for UTC say %sZ", word);
		return -EINVAL;
	}
	if (!read_zone(&cursor, &ahead) || *cursor)
		return complain_when(word, now, ret_why);
	if (!day_exists(tm, &utc))
		return complain_usage(ret_why, word, "there is no such day");
	utc -= ahead;
	if (utc >= (time_t)END_OF_TIME)
		return complain_usage(ret_why, word, AFTER_THE_END);
	*ret_seconds = utc > 0 ? (__u64)utc : 1; /* 0 would mean never */
	return 0;
}

/* Seconds of a unit, 0 if there is none of that name. */
static __u64 unit_seconds(char unit)
{
	static const struct {
		char name;
		__u64 seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 60 * 60 }, { 'd', 24 * 60 * 60 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].name == unit)
			return units[i].seconds;
	return 0;
}

/* Digits and a unit, and nothing else. */
static bool is_relative(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits && unit_seconds(word[digits]) && !word[digits + 1];
}

/* The digits that a word begins with; beyond the end of time, one number is like another. */
static __u64 read_count(const char *word)
{
	__u64 number = 0;

	while (isdigit((unsigned char)*word) && number < END_OF_TIME)
		number = number * 10 + (__u64)(*word++ - '0');
	return number;
}

/* Of a word that is_relative(). */
static __u64 read_span(const char *word)
{
	return read_count(word) * unit_seconds(word[strlen(word) - 1]);
}

static int read_relative(const char *word, __u64 now, __u64 *ret_seconds, struct complaint *ret_why)
{
	__u64 span = read_span(word);

	if (!span)
		return complain_when(word, now, ret_why);
	if (now + span >= END_OF_TIME)
		return complain_usage(ret_why, word, AFTER_THE_END);
	*ret_seconds = now + span;
	return 0;
}

int when_span(const char *word, __u32 min, __u32 max, __u32 *ret_seconds, struct complaint *ret_why)
{
	bool bare = *word && word[strspn(word, "0123456789")] == '\0';
	bool padded = word[0] == '0' && isdigit((unsigned char)word[1]);
	__u64 seconds = bare ? read_count(word) : is_relative(word) ? read_span(word) : END_OF_TIME;

	if (padded || seconds < min || seconds > max) {
		complain_usage(ret_why, word, "not a time from %u to %u seconds", min, max);
		complain_hint(ret_why, "write 90, 90s, 5m or 1h");
		return -EINVAL;
	}
	*ret_seconds = (__u32)seconds;
	return 0;
}

int when_parse(const char *word, __u64 now, __u64 *ret_seconds, struct complaint *ret_why)
{
	if (!is_relative(word))
		return read_absolute(word, now, ret_seconds, ret_why);
	if (now)
		return read_relative(word, now, ret_seconds, ret_why);
	complain_usage(ret_why, word, "counts from now, and a file is read at any time");
	complain_hint(ret_why, "write the date, such as " EXAMPLE);
	return -EINVAL;
}

int when_parse_ago(const char *word, __u64 now, __u64 *ret_seconds, struct complaint *ret_why)
{
	__u64 span;

	if (!is_relative(word))
		return read_absolute(word, now, ret_seconds, ret_why);
	span = read_span(word);
	if (!span || span >= now)
		return complain_when(word, now, ret_why);
	*ret_seconds = now - span;
	return 0;
}

const char *when_format(__u64 seconds, char buf[static WHEN_TEXT_MAX])
{
	time_t utc = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&utc, &tm) || !strftime(buf, WHEN_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		*buf = '\0';
	return buf;
}
