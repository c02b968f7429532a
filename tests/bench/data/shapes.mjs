// shapes.mjs - what the data of the benchmark looks like: a row for each shape, beside the kind one.
// days * rows events; what a row says of a column replaces the expression that make.mjs has for it.
// Questions are those of questions.mjs that the shape concerns.

// A tenth of the values are missing; key and time stay, as a row without them is of no day.
const nullable = {
	event_type: 21, feature_name: 22, tenant_id: 23, user_id: 24, project_key: 25, properties: 26,
};
const list = (n, name, type, sql) => Array.from({ length: n }, (_, k) => ({
	name: `${name}${String(k + 1).padStart(2, '0')}`, type, sql: sql(k),
}));

export const shapes = {
	kind: {
		says: 'ids in a series, times sorted, copies at the end of the day, no nulls',
		days: 8, rows: 1250000,
		questions: ['engagement', 'merge', 'merge_same', 'rollup', 'adoption', 'adoption_merge', 'dedup', 'sessions', 'quality', 'jsonl', 'csv'],
	},
	random: {
		says: 'event ids are random 63 bit numbers',
		columns: { event_id: '(hash(i, day, 11) >> 1)::bigint' },
		questions: ['engagement', 'dedup', 'quality', 'jsonl', 'csv'],
	},
	scattered: {
		says: 'copies stand anywhere in the day',
		copies: 'anywhere',
		questions: ['engagement', 'rollup', 'dedup', 'quality'],
	},
	nulls: {
		says: 'a tenth of the values of six columns is missing',
		missing: nullable,
		questions: ['engagement', 'merge', 'rollup', 'adoption', 'dedup', 'sessions', 'quality', 'jsonl', 'csv'],
	},
	unsorted: {
		says: 'rows are in no order of time, nor of anything',
		order: 'hash(event_id, 31)',
		questions: ['engagement', 'rollup', 'dedup', 'sessions', 'jsonl', 'csv'],
	},
	wide: {
		says: '60 columns: 52 more numbers, texts and times',
		rows: 150000,
		more: [
			...list(20, 'n', 'int64', k => `(hash(i, day, ${100 + k}) % ${10 ** (1 + k % 9)})::bigint`),
			...list(12, 'f', 'float64', k => `(hash(i, day, ${200 + k}) % 1000000) / 1000.0::double`),
			...list(16, 's', 'string', k => `'v' || (hash(i, day, ${300 + k}) % ${4 ** (1 + k % 8)})`),
			...list(4, 't', 'timestamp', k => `time + to_seconds((hash(i, ${400 + k}) % 3600)::bigint)`),
		],
		questions: ['engagement', 'dedup', 'quality', 'jsonl', 'csv'],
	},
	long: {
		says: 'properties of 4 KB, of which zstd takes off a half',
		rows: 60000,
		columns: { properties: `'{"text":"' || array_to_string(list_transform(range(230), x -> lpad(to_hex(hash(i, day, x)), 16, '0')), ' ') || '"}'` },
		questions: ['engagement', 'dedup', 'jsonl', 'csv'],
	},
	gzip: {
		says: 'JSON Lines as gzip',
		gzip: true,
		questions: ['jsonl'],
	},
	small: {
		says: '2,000 files of 500 rows as Parquet, of 250 as JSON Lines',
		rows: 500000, files: 1000, lines: 250,
		questions: ['engagement', 'dedup', 'jsonl'],
	},
	skewed: {
		says: 'one tenant has half of the users and events',
		columns: { tenant_id: '(case when u % 2 = 0 then 1 else u * 5003 % 5000 + 1 end)::bigint' },
		questions: ['engagement', 'merge', 'rollup', 'adoption'],
	},
	cold: {
		says: 'the kind rows on the disk, none of them in the cache',
		cold: true,
		questions: ['engagement', 'rollup', 'dedup', 'quality', 'jsonl', 'csv'],
	},
	backfill: {
		says: 'every day as JSON Lines, for backfill.mjs',
		days: 90, rows: 100000, daily: true, questions: [],
	},
};
for (const [name, shape] of Object.entries(shapes))
	shapes[name] = { name, days: 2, rows: 750000, columns: {}, missing: {}, more: [], files: 1, ...shape };

export const events = [
	{ name: 'event_id', type: 'int64' }, { name: 'event_type', type: 'string' },
	{ name: 'feature_name', type: 'string' }, { name: 'tenant_id', type: 'int64' },
	{ name: 'user_id', type: 'int64' }, { name: 'project_key', type: 'string' },
	{ name: 'timestamp', type: 'timestamp' }, { name: 'properties', type: 'json' },
];
export const columnsOf = shape => [...events, ...shape.more];
// The days are those from 1 May 2026 on; day 0 is the first.
export const date = day => new Date(Date.UTC(2026, 4, 1 + day)).toISOString().slice(0, 10);
