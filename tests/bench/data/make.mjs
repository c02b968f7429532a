// make.mjs - the events of the benchmark, as DuckDB writes them: DAYS daily Parquet files with snappy.
//   node make.mjs DIR ROWS_PER_DAY      also DIR/day.jsonl and DIR/day.csv, the first day as text
// 3 % duplicates, 5,000 tenants, 40 features, 200,000 users who each belong to one tenant and of whom
// some are far busier than others; everything comes from hashes, so the same rows every time.
import { DuckDBInstance } from '@duckdb/node-api';

const [dir, rowsText] = process.argv.slice(2);
const rows = Number(rowsText), unique = Math.round(rows * 0.97), days = 8;
const db = await (await DuckDBInstance.create(':memory:')).connect();
const at = day => new Date(Date.UTC(2026, 4, 1 + day)).toISOString().slice(0, 10);

await db.run('set threads = 2');
for (let day = 0; day < days; day++) {
	await db.run(`create or replace table e as select
		((${day}::bigint * 1000000000 + i) * 7919 % 1000000000039) * 10 + ${day} as event_id,
		case when hash(i, ${day}, 1) % 10 < 7 then 'feature_used' when hash(i, ${day}, 1) % 10 < 9 then 'page_view' else 'click' end as event_type,
		'feature_' || printf('%02d', (pow((hash(i, ${day}, 2) % 1000000) / 1000000.0, 2.0) * 40)::int % 40) as feature_name,
		(u * 5003 % 5000 + 1)::bigint as tenant_id,
		(100000 + u)::bigint as user_id,
		'PRJ-' || (u % 3000) as project_key,
		timestamp '2026-05-01' + to_days(${day}) + to_microseconds((i::double / ${unique} * 86399999999)::bigint) as timestamp,
		('{"plan":"' || case u % 4 when 0 then 'free' when 1 then 'standard' when 2 then 'premium' else 'enterprise' end
			|| '","duration_ms":' || (hash(i, ${day}, 4) % 100000) || ',"session":"' || lpad(to_hex(hash(u, i // 20)), 16, '0')
			|| '","ok":true,"tags":["a","b' || (hash(i, 5) % 100) || '"]}')::json as properties
		from (select i, (pow((hash(i, ${day}, 3) % 100000000) / 100000000.0, 2.0) * 200000)::bigint as u from range(${unique}) t(i))`);
	await db.run(`insert into e select * from e where hash(event_id, 7) % 1000000 < 31000 limit ${rows - unique}`);
	await db.run(`copy (select * replace (properties::varchar as properties) from e) to '${dir}/event_date=${at(day)}.parquet' (format parquet, compression snappy)`);
	if (day === 0) {
		await db.run(`copy e to '${dir}/day.jsonl' (format json, timestampformat '%Y-%m-%dT%H:%M:%S.%fZ')`);
		await db.run(`copy e to '${dir}/day.csv' (format csv, header, timestampformat '%Y-%m-%dT%H:%M:%S.%fZ')`);
	}
	process.stderr.write(`made ${at(day)}\r`);
}
process.stderr.write('\n');
