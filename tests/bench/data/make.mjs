// make.mjs - the events of one shape, as DuckDB writes them: daily partitions of Parquet with snappy.
//   node make.mjs DIR SHAPE [TIMES [DAYS]]     TIMES as many rows a day as the shape says, DAYS days
// Makes DIR/lake/source/event_date=DAY/part-N.parquet, DIR/landing/day.jsonl and day.csv (the first
// day as text, where a question of the shape reads it) and DIR/tenants.csv.  Of the shape "backfill"
// every day is DIR/landing/DAY.jsonl, and there is no Parquet.
// 3 % copies, 5,000 tenants, 40 features, 200,000 users who each belong to one tenant and of whom
// some are far busier than others; everything comes from hashes, so the same rows every time.
import { DuckDBInstance } from '@duckdb/node-api';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { columnsOf, date, shapes } from './shapes.mjs';

const [dir, name, times, days] = process.argv.slice(2);
const shape = shapes[name];
const rows = Math.round(shape.rows * Number(times ?? 1)), unique = Math.round(rows * 0.97);
const db = await (await DuckDBInstance.create(':memory:')).connect();

const kind = {
	event_id: '((day::bigint * 1000000000 + i) * 7919 % 1000000000039) * 10 + day',
	event_type: "case when hash(i, day, 1) % 10 < 7 then 'feature_used' when hash(i, day, 1) % 10 < 9 then 'page_view' else 'click' end",
	feature_name: "'feature_' || printf('%02d', (pow((hash(i, day, 2) % 1000000) / 1000000.0, 2.0) * 40)::int % 40)",
	tenant_id: '(u * 5003 % 5000 + 1)::bigint',
	user_id: '(100000 + u)::bigint',
	project_key: "'PRJ-' || (u % 3000)",
	timestamp: 'time',
	properties: `'{"plan":"' || case u % 4 when 0 then 'free' when 1 then 'standard' when 2 then 'premium' else 'enterprise' end
		|| '","duration_ms":' || (hash(i, day, 4) % 100000) || ',"session":"' || lpad(to_hex(hash(u, i // 20)), 16, '0')
		|| '","ok":true,"tags":["a","b' || (hash(i, 5) % 100) || '"]}'`,
};
const expression = ({ name: column, sql }) => {
	const value = shape.columns[column] ?? sql ?? kind[column];
	const seed = shape.missing[column];
	return `${seed ? `case when hash(i, day, ${seed}) % 10 > 0 then ${value} end` : value} as ${column}`;
};
const order = shape.order ?? (shape.copies ? 'place' : null);
const sorted = `select * exclude place from e ${order ? `order by ${order}` : ''}`;

async function day_of(day) {
	const base = `select i, ${day} as day, (pow((hash(i, ${day}, 3) % 100000000) / 100000000.0, 2.0) * 200000)::bigint as u,
		timestamp '2026-05-01' + to_days(${day}) + to_microseconds((i::double / ${unique} * 86399999999)::bigint) as time
		from range(${unique}) t(i)`;
	await db.run(`create or replace table e as select ${columnsOf(shape).map(expression)}, i::double as place from (${base})`);
	await db.run(`insert into e select * replace (hash(event_id, 9) % ${unique} + 0.5 as place) from e
		where hash(event_id, 7) % 1000000 < 31000 limit ${rows - unique}`);
}
async function partition(day) {
	const to = `${dir}/lake/source/event_date=${date(day)}`, each = Math.ceil(rows / shape.files);
	fs.mkdirSync(to, { recursive: true });
	for (let file = 0; file < shape.files; file++) {
		const part = shape.files > 1 ? ` where rowid >= ${file * each} and rowid < ${(file + 1) * each}` : '';
		await db.run(`copy (${sorted}${part}) to '${to}/part-${String(file).padStart(5, '0')}.parquet' (format parquet, compression snappy)`);
	}
}
const format = "timestampformat '%Y-%m-%dT%H:%M:%S.%fZ'";
const lines = to => db.run(`copy (select * replace (properties::json as properties) from (${sorted})) to '${to}' (format json, ${format})`);
async function text() {
	const to = `${dir}/landing`;
	if (shape.questions.includes('csv'))
		await db.run(`copy (${sorted}) to '${to}/day.csv' (format csv, header, ${format})`);
	if (!shape.questions.includes('jsonl'))
		return;
	await lines(`${to}/day.jsonl`);
	if (shape.gzip)
		execFileSync('gzip', [`${to}/day.jsonl`]);
	if (shape.lines) {
		execFileSync('split', ['-l', shape.lines, '-d', '-a', '4', '--additional-suffix=.jsonl', `${to}/day.jsonl`, `${to}/day-`]);
		fs.rmSync(`${to}/day.jsonl`);
	}
}

fs.mkdirSync(`${dir}/landing`, { recursive: true });
await db.run('set threads = 2');
for (let day = 0; day < Number(days ?? shape.days); day++) {
	await day_of(day);
	if (shape.daily)
		await lines(`${dir}/landing/${date(day)}.jsonl`);
	else
		await partition(day);
	if (day === 0)
		await text();
}
await db.run(`copy (select (i + 1)::bigint as tenant_id, (['free', 'standard', 'premium', 'enterprise'])[(1 + hash(i, 41) % 4)::bigint] as plan,
	(hash(i, 42) % 2000)::bigint as active_users from range(5000) t(i)) to '${dir}/tenants.csv' (format csv, header)`);
