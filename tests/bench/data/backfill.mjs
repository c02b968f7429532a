// backfill.mjs - 90 days from JSON Lines to scores, end to end, beside a script of DuckDB and one of Polars.
//   node backfill.mjs PROGRAM BUILD WORK       raw numbers go to BUILD/bench/backfill.tsv
// DAYS=90  TIMES=1 (of 100,000 events a day)  LANES=1,2,4: so many runs of ours at a time
// Each day is ingested, deduplicated, rolled up and scored over seven days.  All are whole programs
// here, from start to end, on two processors; memory is that of all processes together.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sameSummary, summary } from './answers.mjs';
import { questions } from './questions.mjs';
import { date, events, shapes } from './shapes.mjs';

const [program, build, work] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const days = Number(process.env.DAYS ?? shapes.backfill.days), times = Number(process.env.TIMES ?? 1);
const log = fs.openSync(`${work}/log`, 'a');
const dir = `${work}/backfill`;
const begun = { date: new Date().toISOString().slice(0, 10), load: os.loadavg()[0].toFixed(1) };
const say = text => process.stderr.write(`backfill: ${text}\n`);

function measured(...command) {
	const done = spawnSync('taskset', ['-c', '0,1', `${work}/measure`, '-a', '1', ...command], { stdio: ['ignore', 'pipe', log] });
	if (done.status !== 0)
		throw new Error(`${command[0]} failed, see ${work}/log`);
	const [best, median, cpu, kib, faults] = done.stdout.toString().trim().split(' ').map(Number);
	return { best, median, cpu, kib, faults };
}

function project() {
	fs.rmSync(`${dir}/.tidemill`, { recursive: true, force: true });
	fs.rmSync(`${dir}/lake`, { recursive: true, force: true });
	fs.mkdirSync(`${dir}/dags`, { recursive: true });
	fs.writeFileSync(`${dir}/dags/pipeline.yaml`, `dag: pipeline
schedule: "@daily"
start_date: ${date(0)}
datasets:
  raw:    {path: lake/raw, format: parquet, schema: events}
  events: {path: lake/events, format: parquet, schema: events}
  daily:  {path: lake/daily, format: parquet}
  scores: {path: lake/scores, format: parquet}
tasks:
  ingest: {operator: ingest, from: {path: "landing/{{ ds }}.jsonl", format: jsonl}, event_time: timestamp, output: raw}
  dedup:  {operator: dedup, input: raw, key: [event_id], output: events}
  rollup: {operator: rollup, input: events, output: daily}
  score:  {operator: score, method: engagement, input: daily, window: 7d, output: scores}
`);
}

// Of the time from the first start to the last end: the shares with no task, with one, with more.
function sharing() {
	const rows = execFileSync('sqlite3', ['-readonly', '-separator', ' ', `${dir}/.tidemill/state.db`,
		'select started_us, ended_us from attempt where started_us is not null and ended_us is not null']).toString().trim().split('\n').map(l => l.split(' ').map(Number));
	const steps = rows.flatMap(([from, to]) => [[from, 1], [to, -1]]).sort((a, b) => a[0] - b[0]);
	const spent = [0, 0, 0];
	let live = 0;
	steps.forEach(([at, change], i) => {
		if (i)
			spent[Math.min(live, 2)] += at - steps[i - 1][0];
		live += change;
	});
	const all = steps.at(-1)[0] - steps[0][0];
	return spent.map(s => `${Math.round(100 * s / all)} %`).join(', ');
}

const step = (answer, files) => ({ answer: typeof answer === 'function' ? answer(events.map(c => c.name)) : answer, files });
async function answers(base, part) {
	const types = Object.fromEntries(events.map(c => [c.name, c.type])), said = {};
	for (const [name, question] of [['raw', 'jsonl'], ['events', 'dedup'], ['daily', 'rollup'], ['scores', 'merge_same']]) {
		const { answer, files } = step(questions[question].answer, `${base}/${name}/event_date=*/${part}`);
		said[name] = await summary(files, answer, types);
	}
	return said;
}
const different = (a, b) => Object.keys(a).filter(name => !sameSummary(a[name], b[name]));

const columns = ['date', 'load', 'days', 'events', 'who', 'lanes', 'best', 'cpu', 'kib', 'faults', 'gap', 'answer'];
fs.writeFileSync(`${build}/bench/backfill.tsv`, `${columns.join('\t')}\n`);
const tell = row => fs.appendFileSync(`${build}/bench/backfill.tsv`,
	`${columns.map(c => ({ ...begun, days, events: Math.round(shapes.backfill.rows * times), ...row })[c] ?? '-').join('\t')}\n`);

say('making the data');
execFileSync('mkdir', ['-p', dir]);
execFileSync('node', [`${here}/make.mjs`, dir, 'backfill', times, days], { stdio: ['ignore', log, log] });
let mine;
for (const lanes of (process.env.LANES ?? '1,2,4').split(',')) {
	say(`${days} days, ${lanes} runs at a time`);
	project();
	const got = measured(program, '-C', dir, 'backfill', 'create', 'pipeline', '--from-date', date(0), '--to-date', date(days - 1), '--max-active-runs', lanes, '--wait');
	const said = await answers(`${dir}/lake`, 'part-*.parquet');
	tell({ who: 'Tidemill', lanes, ...got, gap: sharing(), answer: different(mine ?? said, said).length ? 'differ' : 'agree' });
	mine ??= said;
}
for (const who of ['duckdb', 'polars']) {
	say(`${days} days, ${who}`);
	fs.rmSync(`${dir}/${who}`, { recursive: true, force: true });
	const got = measured('node', `${here}/pipeline.mjs`, who, dir, days);
	const said = await answers(`${dir}/${who}`, 'part.parquet'), other = different(mine, said);
	tell({ who: { duckdb: 'DuckDB', polars: 'Polars' }[who], ...got, answer: other.length ? 'differ' : 'agree' });
	for (const name of other)
		say(`${who} says something else of ${name}: ${JSON.stringify(said[name])}, we ${JSON.stringify(mine[name])}`);
	fs.rmSync(`${dir}/${who}`, { recursive: true });
}
