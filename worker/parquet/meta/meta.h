/*
 * meta.h - what a Parquet file says about itself: footer, page headers, page index.  Pure.
 *
 * The structures of parquet.thrift (github.com/apache/parquet-format, 2.11),
 * reduced to what a flat reader and writer use, decoded from and encoded to the
 * Thrift compact protocol (thrift.h).  Everything read here comes from outside:
 * sizes are bounded before memory is taken, unknown fields are stepped over,
 * required fields that are absent are errors.  What a struct points to lives in
 * the arena given to the reading function.
 */
#ifndef WORKER_PARQUET_META_META_H
#define WORKER_PARQUET_META_META_H

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "worker/rows/dict.h"

/* Bounds on a file; each has a test at the limit and one past it. */
enum {
	PQ_FOOTER_BYTES_MAX = 256 << 20,
	PQ_COLUMNS_MAX = 100000, /* schema elements */
	PQ_ROW_GROUPS_MAX = 1 << 20,
	PQ_PAGE_BYTES_MAX = 1 << 30,    /* of one page, unpacked */
	PQ_PAGE_FREE_BYTES = 256 << 20, /* up to here it may be packed however well */
	PQ_PAGE_HEADER_BYTES_MAX = 16 << 20,
	PQ_NESTING_MAX = 64, /* groups within one another, the root among them */
};

/* The numbers are those of the format. */
enum pq_type {
	PQ_BOOLEAN,
	PQ_INT32,
	PQ_INT64,
	PQ_INT96,
	PQ_FLOAT,
	PQ_DOUBLE,
	PQ_BYTE_ARRAY,
	PQ_FIXED,
	PQ_TYPE_COUNT,
	PQ_GROUP = -1, /* an inner node has no type */
};

/* "INT32"; "?" for another number. */
const char *pq_type_name(enum pq_type type);

enum pq_repetition { PQ_REQUIRED, PQ_OPTIONAL, PQ_REPEATED };

enum pq_encoding {
	PQ_PLAIN = 0,
	PQ_PLAIN_DICTIONARY = 2,
	PQ_RLE = 3,
	PQ_BIT_PACKED = 4,
	PQ_DELTA_BINARY_PACKED = 5,
	PQ_DELTA_LENGTH_BYTE_ARRAY = 6,
	PQ_DELTA_BYTE_ARRAY = 7,
	PQ_RLE_DICTIONARY = 8,
	PQ_BYTE_STREAM_SPLIT = 9,
	PQ_ALP = 10,
};

/* "PLAIN"; "?" for a number that nobody knows. */
const char *pq_encoding_name(int encoding);

enum pq_codec {
	PQ_UNCOMPRESSED,
	PQ_SNAPPY,
	PQ_GZIP,
	PQ_LZO,
	PQ_BROTLI,
	PQ_LZ4,
	PQ_ZSTD,
	PQ_LZ4_RAW,
	PQ_CODEC_COUNT,
};

/* "SNAPPY"; "?" for a number that nobody knows. */
const char *pq_codec_name(int codec);

/*
 * What a leaf means, from LogicalType where there is one that is known, else from ConvertedType.
 * Read from a file it always suits the physical type, as said here (a DATE of INT64 is PQ_AS_IS,
 * is_unknown), so that who reads values by it need not check again.
 */
enum pq_meaning {
	PQ_AS_IS,  /* the physical type: no annotation, or (is_unknown) none that helps */
	PQ_STRING, /* BYTE_ARRAY, as the next three */
	PQ_ENUM,
	PQ_JSON,
	PQ_BSON,
	PQ_DECIMAL,      /* 0 <= scale <= precision; INT32, INT64, FIXED or BYTE_ARRAY */
	PQ_DATE,         /* INT32, days */
	PQ_TIME,         /* unit_per_second; INT32 for milliseconds, else INT64 */
	PQ_TIMESTAMP,    /* unit_per_second, adjusted_to_utc; INT64 */
	PQ_INTEGER,      /* is_signed; bit_width 64 of INT64, or 8, 16 or 32 of INT32 */
	PQ_UUID,         /* FIXED of 16 bytes */
	PQ_FLOAT16,      /* FIXED of 2 bytes */
	PQ_INTERVAL,     /* FIXED of 12 bytes */
	PQ_UNKNOWN_NULL, /* UNKNOWN: always null */
};

struct pq_logical {
	enum pq_meaning meaning;
	int precision, scale;
	int bit_width;
	bool is_signed;
	int64_t unit_per_second; /* 1000, 1000000 or 1000000000 */
	bool adjusted_to_utc;
	bool is_unknown; /* an annotation that nobody knows or that does not suit: no statistics */
};

/* One element of the schema, in the depth-first order of the file. */
struct pq_element {
	const char *name;              /* NUL-terminated; a NUL inside the name is an error */
	enum pq_type type;             /* PQ_GROUP for an inner node */
	int type_length;               /* bytes of PQ_FIXED, 1 or more */
	enum pq_repetition repetition; /* of the root: any; VECTOR is read as PQ_REPEATED */
	int32_t children;              /* 0 for a leaf */
	struct pq_logical logical;
};

/*
 * Statistics of a chunk or page.  Bounds are bytes in the column's PLAIN encoding, a BYTE_ARRAY
 * without its length.
 */
struct pq_statistics {
	bool has_null_count, has_min, has_max; /* of min_value and max_value */
	bool has_old_bounds;                   /* the deprecated min and max were there */
	bool min_exact, max_exact;
	int64_t null_count;
	struct span min, max;
};

/* encoding_stats: how many pages of a type have an encoding. */
struct pq_page_count {
	int32_t page_type, encoding, count;
};

struct pq_chunk {
	enum pq_type type;
	int codec;               /* an enum pq_codec, or a number nobody knows */
	const char *file_path;   /* NULL: in this file */
	const char *const *path; /* path_in_schema */
	size_t path_parts;
	int64_t n_values;                       /* nulls too */
	int64_t packed_bytes, unpacked_bytes;   /* total_compressed_size, total_uncompressed_size */
	int64_t data_offset, dictionary_offset; /* dictionary_offset -1: absent */
	int64_t offset_index_at, column_index_at; /* -1: absent */
	int32_t offset_index_bytes, column_index_bytes;
	struct pq_statistics stats;
	const int *encodings; /* informative only; written: all of them */
	size_t n_encodings;
	const struct pq_page_count *page_counts;
	size_t n_page_counts;
	bool encrypted; /* crypto_metadata or encrypted_column_metadata is there */
};

/* sorting_columns: by this leaf, then by the next of them. */
struct pq_sorting {
	int32_t column;
	bool descending, nulls_first;
};

struct pq_row_group {
	struct pq_chunk *chunks;
	size_t n_chunks;
	int64_t rows;
	int64_t bytes;        /* total_byte_size: unpacked */
	int64_t packed_bytes; /* total_compressed_size, 0: absent */
	int64_t file_offset;
	int16_t ordinal;
	const struct pq_sorting *sorting;
	size_t n_sorting;
};

struct pq_key_value {
	const char *key;
	const char *value; /* up to its first NUL; NULL: absent */
};

/* How the bounds of a column compare; OTHER: in a way we do not know, ignore them. */
enum pq_column_order { PQ_ORDER_NONE, PQ_ORDER_TYPE, PQ_ORDER_OTHER };

struct pq_meta {
	int32_t version;
	struct pq_element *elements; /* [0] is the root */
	size_t n_elements;
	int64_t rows;
	struct pq_row_group *groups;
	size_t n_groups;
	struct pq_key_value *key_values;
	size_t n_key_values;
	const char *created_by; /* NULL: absent */
	const enum pq_column_order *orders;
	size_t n_orders; /* one per leaf, or 0 */
	bool encrypted;  /* encryption_algorithm is there */
};

#endif
