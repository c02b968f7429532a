/* meta.c - names of the format's numbers. */
#include "worker/parquet/meta/meta.h"

static const char *
name_of(const char *const *names, size_t n, int number)
{
	return number >= 0 && (size_t)number < n && names[number] ? names[number] : "?";
}

const char *
pq_type_name(enum pq_type type)
{
	static const char *const names[] = {
		[PQ_BOOLEAN] = "BOOLEAN",       [PQ_INT32] = "INT32",
		[PQ_INT64] = "INT64",           [PQ_INT96] = "INT96",
		[PQ_FLOAT] = "FLOAT",           [PQ_DOUBLE] = "DOUBLE",
		[PQ_BYTE_ARRAY] = "BYTE_ARRAY", [PQ_FIXED] = "FIXED_LEN_BYTE_ARRAY",
	};

	return name_of(names, countof(names), type);
}

const char *
pq_encoding_name(int encoding)
{
	static const char *const names[] = {
		[PQ_PLAIN] = "PLAIN",
		[PQ_PLAIN_DICTIONARY] = "PLAIN_DICTIONARY",
		[PQ_RLE] = "RLE",
		[PQ_BIT_PACKED] = "BIT_PACKED",
		[PQ_DELTA_BINARY_PACKED] = "DELTA_BINARY_PACKED",
		[PQ_DELTA_LENGTH_BYTE_ARRAY] = "DELTA_LENGTH_BYTE_ARRAY",
		[PQ_DELTA_BYTE_ARRAY] = "DELTA_BYTE_ARRAY",
		[PQ_RLE_DICTIONARY] = "RLE_DICTIONARY",
		[PQ_BYTE_STREAM_SPLIT] = "BYTE_STREAM_SPLIT",
		[PQ_ALP] = "ALP",
	};

	return name_of(names, countof(names), encoding);
}

const char *
pq_codec_name(int codec)
{
	static const char *const names[] = {
		[PQ_UNCOMPRESSED] = "UNCOMPRESSED",
		[PQ_SNAPPY] = "SNAPPY",
		[PQ_GZIP] = "GZIP",
		[PQ_LZO] = "LZO",
		[PQ_BROTLI] = "BROTLI",
		[PQ_LZ4] = "LZ4",
		[PQ_ZSTD] = "ZSTD",
		[PQ_LZ4_RAW] = "LZ4_RAW",
	};

	return name_of(names, countof(names), codec);
}
