// pipeline.mjs - the four steps of a day as a script of DuckDB or Polars has them, day after day in one process.
//   node pipeline.mjs duckdb|polars DIR DAYS       reads DIR/landing/DAY.jsonl, two threads
// Writes DIR/WHO/{raw,events,daily,scores}/event_date=DAY/part.parquet: what our four tasks publish.
import fs from 'node:fs';
import { about, questions } from './questions.mjs';
import { date, shapes } from './shapes.mjs';

const [who, dir, days] = process.argv.slice(2);
const steps = ['raw', 'events', 'daily', 'scores'];
const partition = (step, day) => `${dir}/${who}/${step}/event_date=${day}/part.parquet`;

// The steps of one day: what a question is about is said by the places of its files.
function places(day) {
	const t = about(shapes.backfill, dir, 1), last = date(day), first = date(Math.max(0, day - 6));
	const at = (source, rollups) => ({ ...t, window: 7, first, last, end: date(day + 1), day: last, source: () => source, rollups });
	return [
		['raw', 'jsonl', { ...t, jsonl: `${dir}/landing/${last}.jsonl` }],
		['events', 'dedup', at(partition('raw', last))],
		['daily', 'rollup', at(partition('events', last))],
		['scores', 'merge_same', at(null, partition('daily', '*'))],
	].map(([step, question, t_]) => ({ out: partition(step, last), question: questions[question], t: t_ }));
}

let run;
if (who === 'duckdb') {
	const { DuckDBInstance } = await import('@duckdb/node-api');
	const db = await (await DuckDBInstance.create(':memory:')).connect();
	await db.run('set threads = 2');
	run = ({ out, question, t }) => db.run(`copy (${question.duckdb(t)}) to '${out}' (format parquet, compression zstd)`);
} else {
	process.env.POLARS_MAX_THREADS = '2';
	const pl = (await import('nodejs-polars')).default;
	run = async ({ out, question, t }) => (await question.polars(pl, t).collect()).writeParquet(out, { compression: 'zstd' });
}
for (let day = 0; day < Number(days); day++) {
	for (const step of steps)
		fs.mkdirSync(`${dir}/${who}/${step}/event_date=${date(day)}`, { recursive: true });
	for (const step of places(day))
		await run(step);
}
process.exit(0);
