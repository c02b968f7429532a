/* convert_text.c - bytes in a file become texts: checked, or written as digits. */
#include "worker/parquet/read/convert_text.h"

#include "worker/format/scan.h"
#include "worker/rows/utf8.h"

#include <string.h>

#define BYTES(c) ((uint64_t)(c)*UINT64_C(0x0101010101010101))

static const char digits[] = "0123456789abcdef";

/* ---- UTF-8 ---- */

static uint64_t
sum_of_bytes(uint64_t word)
{
	word = (word & UINT64_C(0x00ff00ff00ff00ff)) + (word >> 8 & UINT64_C(0x00ff00ff00ff00ff));
	return word * UINT64_C(0x0001000100010001) >> 48;
}

/* How many bytes have their high bit set. */
static size_t
count_high(const char *p, size_t bytes)
{
	enum { WORDS = 128 }; /* less than 256, so that no byte of `seen` overflows */
	size_t count = 0;

	for (; bytes >= WORDS * sizeof(uint64_t); bytes -= WORDS * sizeof(uint64_t)) {
		uint64_t seen = 0;

		for (size_t i = 0; i < WORDS; i++, p += sizeof(uint64_t)) {
			uint64_t word;

			memcpy(&word, p, sizeof(word));
			seen += word >> 7 & BYTES(1);
		}
		count += sum_of_bytes(seen);
	}
	for (; bytes; bytes--, p++)
		count += (unsigned char)*p >> 7;
	return count;
}

/*
 * True when no text has a byte above 0x7f.  PLAIN texts stand one behind the other with their
 * lengths between, so that one pass over all of it will do, once the high bytes of the
 * lengths are taken off.
 */
static bool
all_ascii(const struct span *texts, size_t n)
{
	const struct span *last = &texts[n - 1];
	size_t lengths = 0;

	if (last->data < texts[0].data)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (texts[i].data != texts[i - 1].data + texts[i - 1].bytes + sizeof(uint32_t))
			return false;
		lengths += sum_of_bytes((uint32_t)texts[i].bytes >> 7 & 0x01010101);
	}
	return count_high(texts[0].data, (size_t)(last->data - texts[0].data) + last->bytes) ==
	       lengths;
}

static size_t
put_hex(struct span raw, char *out)
{
	char *start = out;

	*out++ = '\\';
	*out++ = 'x';
	for (size_t i = 0; i < raw.bytes; i++) {
		*out++ = digits[(unsigned char)raw.data[i] >> 4];
		*out++ = digits[raw.data[i] & 15];
	}
	return (size_t)(out - start);
}

/* A text that is not UTF-8: a fault, or its digits. */
static void
replace_text(const struct pq_convert *c, struct pq_job *job, size_t i)
{
	struct span raw = job->in.texts[i];
	char *text;

	job->out.texts[i] = (struct span){ "", 0 };
	if (!c->any_bytes) {
		pq_job_fault(job, i, PQ_NOT_UTF8);
		return;
	}
	text = pq_keep_get(job->keep, 2 + 2 * raw.bytes);
	job->too_large = !text;
	if (text)
		job->out.texts[i] = (struct span){ text, put_hex(raw, text) };
}

/* ---- JSON ---- */

/* The text is all of a value; behind it stands something that is no JSON. */
static bool
is_value(const char *text, const char *end)
{
	struct scan_fault fault;
	const char *p = scan_value(scan_space(text), &fault);

	return p && scan_space(p) == end;
}

/*
 * Where a closing bracket or quote ends the text, what follows it in the page does not matter. Else
 * it is looked at in a copy; so is what a scan refuses, which may be for what follows.
 */
static bool
is_json(struct span text, struct pq_keep *keep, bool *too_large)
{
	char small[128], *copy = small;
	char last = text.bytes ? text.data[text.bytes - 1] : '\0';
	size_t room = text.bytes + SCAN_PAD;

	if ((last == '}' || last == ']' || last == '"') &&
	    is_value(text.data, text.data + text.bytes))
		return true;
	if (room > sizeof(small))
		copy = pq_keep_get(keep, room);
	*too_large = !copy;
	if (!copy)
		return false;
	memcpy(copy, text.data, text.bytes);
	memset(copy + text.bytes, 0, SCAN_PAD);
	return is_value(copy, copy + text.bytes);
}

void
pq_check_text(const struct pq_convert *c, struct pq_job *job)
{
	size_t n = job->n;
	const struct span *texts = job->in.texts;

	if (!n)
		return;
	memcpy(job->out.texts, texts, n * sizeof(*texts));
	if (!all_ascii(texts, n))
		for (size_t i = 0; i < n && !job->too_large; i++)
			if (!utf8_valid(texts[i].data, texts[i].bytes))
				replace_text(c, job, i);
	if (!c->is_json)
		return;
	for (size_t i = 0; i < n && !job->too_large; i++) {
		if (job->n_faults && job->faults[i])
			continue;
		if (!is_json(texts[i], job->keep, &job->too_large))
			pq_job_fault(job, i, PQ_NOT_JSON);
		else if (scan_is_null(texts[i].data, texts[i].bytes))
			pq_job_fault(job, i, PQ_JSON_NULL);
	}
}

/* ---- bytes of a fixed length ---- */

void
pq_put_hex(const struct pq_convert *c, struct pq_job *job)
{
	size_t bytes = 0;
	char *text;

	(void)c;
	for (size_t i = 0; i < job->n; i++)
		bytes += 2 + 2 * job->in.texts[i].bytes;
	text = pq_keep_get(job->keep, bytes);
	job->too_large = !text;
	for (size_t i = 0; text && i < job->n; i++) {
		size_t used = put_hex(job->in.texts[i], text);

		job->out.texts[i] = (struct span){ text, used };
		text += used;
	}
}

void
pq_put_uuid(const struct pq_convert *c, struct pq_job *job)
{
	enum { CHARS = 36, RAW_BYTES = 16 };
	char *text = pq_keep_get(job->keep, job->n * CHARS);

	(void)c;
	job->too_large = !text;
	for (size_t i = 0; text && i < job->n; i++) {
		const unsigned char *raw = (const unsigned char *)job->in.texts[i].data;

		job->out.texts[i] = (struct span){ text, CHARS };
		for (int k = 0; k < RAW_BYTES; k++) {
			if (k == 4 || k == 6 || k == 8 || k == 10)
				*text++ = '-';
			*text++ = digits[raw[k] >> 4];
			*text++ = digits[raw[k] & 15];
		}
	}
}
