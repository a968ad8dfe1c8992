/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a capture says of its frames: lengths and times, on machines of any word and byte order. */
#include "unit.h"

#include <byteswap.h>
#include <unistd.h>

#include "capture.h"

#define MAGIC    0xa1b2c3d4
#define ETHERNET 1
#define RECORD   64 /* bytes captured of each frame */

static char name[] = "/tmp/test_capture.XXXXXX";
static bool foreign; /* written by a machine of the other byte order */
static FILE *file;

static void put32(__u32 value)
{
	value = foreign ? bswap_32(value) : value;
	assert_int_equal(fwrite(&value, sizeof(value), 1, file), 1);
}

static void put16(__u16 value)
{
	value = foreign ? bswap_16(value) : value;
	assert_int_equal(fwrite(&value, sizeof(value), 1, file), 1);
}

static void put_frame(__u32 seconds, __u32 us, __u32 bytes)
{
	put32(seconds);
	put32(us);
	put32(RECORD);
	put32(bytes);
	for (int i = 0; i < RECORD; i++)
		fputc(i, file);
}

static void write_capture(void)
{
	file = fopen(name, "w");
	assert_non_null(file);
	put32(MAGIC);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(RECORD);
	put32(ETHERNET);
	put_frame(1000000000, 999999, RECORD);
	put_frame(4000000000, 1, 1500); /* beyond what 31 bits hold */
	fclose(file);
}

static void expect(struct capture *capture, __u64 utc, unsigned int us, __u32 bytes)
{
	struct capture_frame frame;
	struct complaint why = {};

	if (capture_next(capture, &frame, &why) != 1)
		fail_msg("%s", complaint_text(&why));
	assert_int_equal(frame.utc, utc);
	assert_int_equal(frame.us, us);
	assert_int_equal(frame.size, RECORD);
	assert_int_equal(frame.bytes, bytes);
	assert_int_equal(frame.cut, bytes > RECORD);
	assert_int_equal(frame.data[RECORD - 1], RECORD - 1);
}

static void read_whole(void **state)
{
	struct capture capture;
	struct capture_frame frame;
	struct complaint why = {};

	(void)state;
	write_capture();
	if (capture_open(name, CX_LINK_ETHERNET, &capture, &why))
		fail_msg("%s", complaint_text(&why));
	expect(&capture, 1000000000, 999999, RECORD);
	expect(&capture, 4000000000, 1, 1500);
	assert_int_equal(capture_next(&capture, &frame, &why), 0);
	capture_close(&capture);
}

static void of_this_machine(void **state)
{
	foreign = false;
	read_whole(state);
}

static void of_the_other_byte_order(void **state)
{
	foreign = true;
	read_whole(state);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_this_machine),
		cmocka_unit_test(of_the_other_byte_order),
	};
	int fd = mkstemp(name);

	if (fd < 0)
		return 1;
	close(fd);
	return cmocka_run_group_tests(tests, NULL, remove_file);
}
