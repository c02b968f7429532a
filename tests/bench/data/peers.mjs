// peers.mjs - one task of the benchmark as DuckDB or Polars does it, in this process.
//   node peers.mjs duckdb|polars TASK THREADS DIR      prints the seconds of the task alone, best of RUNS
// The answer goes to a Parquet file, as ours does; starting Node.js and loading the library is not counted.
import fs from 'node:fs';

const [who, task, threads, dir] = process.argv.slice(2);
const runs = Number(process.env.RUNS ?? 3);
const from = '2026-05-02', to = '2026-05-09';
const out = `${dir}/peer-out.parquet`;
const types = `{event_id: 'BIGINT', event_type: 'VARCHAR', feature_name: 'VARCHAR', tenant_id: 'BIGINT',
	user_id: 'BIGINT', project_key: 'VARCHAR', timestamp: 'TIMESTAMP', properties: 'JSON'}`;

const score = source => `with e as (${source}),
	g as (select tenant_id, feature_name, count(distinct user_id) as users, count(event_id) as interactions,
		count(distinct cast(timestamp as date)) as days from e group by all),
	m as (select max(users) as users, max(interactions) as interactions from g)
	select g.*, round(0.4 * g.users / m.users + 0.3 * g.interactions / m.interactions + 0.3 * days / 7, 4) as score
	from g, m order by tenant_id, feature_name`;
const events = `select event_id, tenant_id, feature_name, user_id, timestamp from '${dir}/event_date=*.parquet'
	where timestamp >= '${from}' and timestamp < '${to}'`;
const queries = {
	engagement: `copy (${score(`${events} qualify row_number() over (partition by event_id) = 1`)}) to '${out}' (format parquet, compression zstd)`,
	engagement_plain: `copy (${score(events)}) to '${out}' (format parquet, compression zstd)`,
	dedup: `copy (select distinct on (event_id) * from '${dir}/event_date=${from}.parquet') to '${out}' (format parquet, compression zstd)`,
	jsonl: `copy (select * from read_json('${dir}/day.jsonl', format = 'newline_delimited', columns = ${types})) to '${out}' (format parquet, compression zstd)`,
	csv: `copy (select * from read_csv('${dir}/day.csv', header = true, columns = ${types})) to '${out}' (format parquet, compression zstd)`,
};

async function duckdb() {
	const { DuckDBInstance } = await import('@duckdb/node-api');
	const db = await (await DuckDBInstance.create(':memory:')).connect();
	await db.run(`set threads = ${threads}`);
	if (process.env.DUCKDB_MEMORY)
		await db.run(`set memory_limit = '${process.env.DUCKDB_MEMORY}'`);
	return async () => { await db.run(queries[task]); };
}

async function polars() {
	process.env.POLARS_MAX_THREADS = threads;
	const pl = (await import('nodejs-polars')).default;
	const instant = day => pl.lit(new Date(`${day}T00:00:00Z`)).cast(pl.Datetime('us'));
	const aggregate = frame => frame.groupBy(['tenant_id', 'feature_name'], false).agg(
		pl.col('user_id').nUnique().alias('users'), pl.col('event_id').count().alias('interactions'),
		pl.col('timestamp').cast(pl.Date).nUnique().alias('days'));
	const scan = () => pl.scanParquet(`${dir}/event_date=*.parquet`)
		.select('event_id', 'tenant_id', 'feature_name', 'user_id', 'timestamp')
		.filter(pl.col('timestamp').gtEq(instant(from)).and(pl.col('timestamp').lt(instant(to))));
	const tasks = {
		engagement: async () => {
			const g = await aggregate(scan().unique({ subset: ['event_id'], keep: 'any', maintainOrder: false })).collect();
			g.sort(['tenant_id', 'feature_name']).writeParquet(out, { compression: 'zstd' });
		},
		engagement_plain: async () => {
			const g = await aggregate(scan()).collect();
			g.sort(['tenant_id', 'feature_name']).writeParquet(out, { compression: 'zstd' });
		},
		dedup: async () => {
			const d = await pl.scanParquet(`${dir}/event_date=${from}.parquet`).unique({ subset: ['event_id'], keep: 'any', maintainOrder: false }).collect();
			d.writeParquet(out, { compression: 'zstd' });
		},
		csv: async () => {
			pl.readCSV(`${dir}/day.csv`, { tryParseDates: true }).writeParquet(out, { compression: 'zstd' });
		},
	};
	return tasks[task];
}

const run = await (who === 'duckdb' ? duckdb() : polars());
if (!run) {
	console.log('-');
	process.exit(0);
}
let best = Infinity;
for (let i = 0; i < runs; i++) {
	const started = performance.now();
	await run();
	best = Math.min(best, (performance.now() - started) / 1000);
}
fs.rmSync(out, { force: true });
console.log(best.toFixed(3));
process.exit(0);
