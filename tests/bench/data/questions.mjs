// questions.mjs - what is asked of every engine: as a task of ours, as SQL and as Polars' expressions.
//   says     what it is called in the tables
//   when     the day of our run: last, day (the second) or text (the first, which is text too)
//   task     our task in the dag `ask`, where `at` does not say which one it is; its output is a dataset
//            of its name
//   input    what of its files it needs: for the floor, which reads just that
//   answer   the columns whose rows have to be the same ones, and sums that have to agree
//   aim      as many times faster than DuckDB as is wanted, with one thread and two
// `t` is what about() says of a shape in a directory.
import fs from 'node:fs';
import { columnsOf, date } from './shapes.mjs';

export function about(shape, dir, days = shape.days) {
	const window = Math.min(7, days);
	const text = shape.gzip ? 'day.jsonl.gz' : shape.lines ? 'day-*.jsonl' : 'day.jsonl';
	return {
		shape, dir, days, window, columns: columnsOf(shape),
		first: date(days - window), last: date(days - 1), end: date(days), day: date(1), text: date(0),
		source: day => `${dir}/lake/source/event_date=${day}/part-*.parquet`,
		jsonl: `${dir}/landing/${text}`, csv: `${dir}/landing/day.csv`, tenants: `${dir}/tenants.csv`, rollups: `${dir}/lake/rollup/event_date=*/part-*.parquet`,
	};
}

const parquet = path => `read_parquet('${path}', hive_partitioning = false)`;
// An event without a tenant or a feature is of no group.
const grouped = t => (t.shape.missing.tenant_id ? 'tenant_id is not null and feature_name is not null' : 'true');
const groupedOf = (pl, t, frame) => (t.shape.missing.tenant_id ? frame.filter(pl.col('tenant_id').isNotNull().and(pl.col('feature_name').isNotNull())) : frame);
const inWindow = t => `timestamp >= '${t.first}' and timestamp < '${t.end}'`;
const scored = (t, counted) => `with g as (${counted}),
	m as (select max(unique_users) as users, max(total_interactions) as interactions from g)
	select g.*, round(0.4 * g.unique_users / m.users + 0.3 * g.total_interactions / m.interactions
		+ 0.3 * g.days_active / ${t.window}, 4) as engagement_score
	from g, m order by tenant_id, feature_name`;
const sqlTypes = { int64: 'BIGINT', float64: 'DOUBLE', string: 'VARCHAR', timestamp: 'TIMESTAMP', json: 'JSON' };
const sqlColumns = t => `{${t.columns.map(c => `${c.name}: '${sqlTypes[c.type]}'`).join(', ')}}`;

const instant = (pl, day) => pl.lit(new Date(`${day}T00:00:00Z`)).cast(pl.Datetime('us'));
const day = (pl, text) => pl.lit(text).str.strptime(pl.Date, '%Y-%m-%d');
const scan = (pl, path) => pl.scanParquet(path, { hivePartitioning: false });
const window = (pl, t, ...more) => scan(pl, t.source('*')).select('tenant_id', 'feature_name', 'user_id', 'timestamp', ...more)
	.filter(pl.col('timestamp').gtEq(instant(pl, t.first)).and(pl.col('timestamp').lt(instant(pl, t.end))));
// Polars counts a null as one more value.
const users = (pl, t) => (t.shape.missing.user_id ? pl.col('user_id').dropNulls() : pl.col('user_id')).nUnique();
const share = (pl, column, of) => pl.col(column).mul(of).div(pl.col(column).max());
const score = (pl, t, groups) => groups.withColumns(share(pl, 'unique_users', 0.4).add(share(pl, 'total_interactions', 0.3))
	.add(pl.col('days_active').mul(0.3 / t.window)).round(4).alias('engagement_score')).sort(['tenant_id', 'feature_name']);

// Timestamps of a text, which Polars reads as text.
const instants = (pl, t, frame) => frame.withColumns(...t.columns.filter(c => c.type === 'timestamp')
	.map(c => pl.col(c.name).str.strptime(pl.Datetime, '%Y-%m-%dT%H:%M:%S%.fZ')));

const plans = ['premium', 'enterprise'];
const edges = [[10, '0-10'], [50, '11-50'], [200, '51-200'], [1000, '201-1000']];
const rolled = 'event_date, event_type, feature_name, tenant_id, user_id';
const engagementAnswer = { rows: ['tenant_id', 'feature_name', 'unique_users', 'total_interactions', 'days_active'], sums: ['engagement_score'] };
const adoptionAnswer = { rows: ['size_bucket', 'plan', 'total_tenants', 'adopting_tenants', 'plan_rank'], sums: ['adoption_pct'] };
const ofDays = ['timestamp'];

export const questions = {
	engagement: {
		says: 'engagement of 7 days from events, with dedup', when: 'last', aim: [9, 9], answer: engagementAnswer,
		task: t => `{operator: score, method: engagement, from: {path: "lake/source/event_date=*/part-*.parquet", format: parquet, ${declared(t)}, dedup: [event_id]}, window: ${t.window}d, output: engagement}`,
		input: t => ({ files: windowFiles(t, 'source'), columns: ['event_id', 'tenant_id', 'feature_name', 'user_id', 'timestamp'], days: ofDays }),
		duckdb: t => scored(t, `select tenant_id, feature_name, count(distinct user_id) as unique_users, count(event_id) as total_interactions,
			count(distinct cast(timestamp as date)) as days_active
			from (select event_id, tenant_id, feature_name, user_id, timestamp from ${parquet(t.source('*'))} where ${inWindow(t)}
				qualify row_number() over (partition by event_id) = 1) where ${grouped(t)} group by all`),
		polars: (pl, t) => score(pl, t, groupedOf(pl, t, window(pl, t, 'event_id').unique({ subset: ['event_id'], keep: 'any', maintainOrder: false }))
			.groupBy(['tenant_id', 'feature_name'], false).agg(users(pl, t).alias('unique_users'),
				pl.col('event_id').count().alias('total_interactions'), pl.col('timestamp').cast(pl.Date).nUnique().alias('days_active'))),
	},
	merge: {
		says: 'engagement from rollups, beside theirs from events', when: 'last', aim: [20, 20], answer: engagementAnswer, peer: 'engagement', published: true,
		task: t => `{operator: score, method: engagement, input: rollup, window: ${t.window}d, output: merge}`,
		input: t => ({ files: windowFiles(t, 'rollup'), types: rollupTypes, columns: ['tenant_id', 'feature_name', 'user_id', 'interaction_count', 'event_date'] }),
	},
	merge_same: {
		says: 'engagement from rollups, theirs from the same rollups', when: 'last', answer: engagementAnswer, published: true,
		at: { dag: 'ask', task: 'ask_merge', dataset: 'merge' },
		input: t => questions.merge.input(t),
		duckdb: t => scored(t, `select tenant_id, feature_name, count(distinct user_id) as unique_users, sum(interaction_count)::bigint as total_interactions,
			count(distinct event_date) as days_active from ${parquet(t.rollups)}
			where event_date >= '${t.first}' and event_date < '${t.end}' group by all`),
		polars: (pl, t) => score(pl, t, scan(pl, t.rollups)
			.filter(pl.col('event_date').gtEq(day(pl, t.first)).and(pl.col('event_date').lt(day(pl, t.end)))).groupBy(['tenant_id', 'feature_name'], false)
			.agg(users(pl, t).alias('unique_users'), pl.col('interaction_count').sum().alias('total_interactions'), pl.col('event_date').nUnique().alias('days_active'))),
	},
	rollup: {
		says: 'rollup of one day', when: 'day', answer: { rows: [...rolled.split(', '), 'interaction_count'], sums: [] },
		task: () => '{operator: rollup, input: source, output: counted}',
		at: { dag: 'ask', task: 'ask_counted', dataset: 'counted' },
		input: t => ({ files: [t.source(t.day)], columns: ['event_id', 'event_type', 'feature_name', 'tenant_id', 'user_id', 'timestamp'], days: ofDays }),
		duckdb: t => `select cast(timestamp as date) as event_date, event_type, feature_name, tenant_id, user_id, count(event_id) as interaction_count
			from ${parquet(t.source(t.day))} where ${grouped(t)} group by all order by tenant_id, feature_name, user_id, event_type`,
		polars: (pl, t) => groupedOf(pl, t, scan(pl, t.source(t.day))).withColumns(pl.col('timestamp').cast(pl.Date).alias('event_date'))
			.groupBy(rolled.split(', '), false).agg(pl.col('event_id').count().alias('interaction_count')).sort(['tenant_id', 'feature_name', 'user_id', 'event_type']),
	},
	adoption: {
		says: 'adoption of 7 days from events', when: 'last', answer: adoptionAnswer,
		task: t => `{operator: score, method: adoption, input: source, dimension: tenants, feature: feature_03, window: ${t.window}d, output: adoption}`,
		input: t => ({ files: windowFiles(t, 'source'), columns: ['event_type', 'feature_name', 'tenant_id', 'user_id', 'timestamp'], days: ofDays }),
		duckdb: t => `with u as (select tenant_id, count(distinct user_id) as n from ${parquet(t.source('*'))}
				where feature_name = 'feature_03' and event_type = 'feature_used' and ${inWindow(t)} group by all),
			d as (select distinct case ${edges.map(([e, w]) => `when active_users <= ${e} then '${w}'`).join(' ')} else '1000+' end as size_bucket, plan, tenant_id
				from read_csv('${t.tenants}') where plan in ('${plans.join("', '")}')),
			c as (select size_bucket, plan, count(*) as total_tenants, count(*) filter (where n >= 5) as adopting_tenants
				from d left join u using (tenant_id) group by all),
			p as (select *, round(100.0 * adopting_tenants / total_tenants, 2) as adoption_pct from c)
			select *, rank() over (partition by size_bucket order by adoption_pct desc) as plan_rank from p order by size_bucket, plan`,
		polars: (pl, t) => {
			const u = window(pl, t, 'event_type').filter(pl.col('feature_name').eq(pl.lit('feature_03')).and(pl.col('event_type').eq(pl.lit('feature_used'))))
				.groupBy(['tenant_id'], false).agg(users(pl, t).alias('n'));
			const bucket = edges.reduceRight((rest, [e, w]) => pl.when(pl.col('active_users').ltEq(pl.lit(e))).then(pl.lit(w)).otherwise(rest), pl.lit('1000+'));
			return pl.scanCSV(t.tenants).filter(pl.col('plan').isIn(plans)).withColumns(bucket.alias('size_bucket'))
				.join(u, { on: 'tenant_id', how: 'left' }).groupBy(['size_bucket', 'plan'], false)
				.agg(pl.col('tenant_id').count().alias('total_tenants'), pl.col('n').gtEq(5).sum().alias('adopting_tenants'))
				.withColumns(pl.col('adopting_tenants').mul(100.0).div(pl.col('total_tenants')).round(2).alias('adoption_pct'))
				.withColumns(pl.col('adoption_pct').rank('min', true).over('size_bucket').alias('plan_rank')).sort(['size_bucket', 'plan']);
		},
	},
	adoption_merge: {
		says: 'adoption from rollups, beside theirs from events', when: 'last', answer: adoptionAnswer, peer: 'adoption', published: true,
		task: t => `{operator: score, method: adoption, input: rollup, dimension: tenants, feature: feature_03, window: ${t.window}d, output: adoption_merge}`,
		input: t => ({ files: windowFiles(t, 'rollup'), types: rollupTypes, columns: ['tenant_id', 'feature_name', 'user_id', 'event_type', 'event_date'] }),
	},
	dedup: {
		says: 'dedup of one day, all columns', when: 'day', aim: [2.5, 2.5], answer: all => ({ rows: all, sums: [] }),
		at: { dag: 'made', task: 'unique', dataset: 'unique' },
		input: t => ({ files: [t.source(t.day)] }),
		duckdb: t => `select distinct on (event_id) * from ${parquet(t.source(t.day))}`,
		polars: (pl, t) => scan(pl, t.source(t.day)).unique({ subset: ['event_id'], keep: 'any', maintainOrder: false }),
	},
	sessions: {
		says: 'sessions of one day, gap of 30 minutes', when: 'day', aim: [3, 3],
		answer: { rows: ['user_id', 'session_number', 'session_id', 'session_start', 'session_end', 'events'], sums: ['duration_s'] },
		task: () => '{operator: sessionize, input: source, unit: user_id, gap: 30m, output: sessions}',
		input: t => ({ files: [t.source(t.day)], columns: ['user_id', 'timestamp'] }),
		duckdb: t => `with e as (select user_id, timestamp, timestamp - lag(timestamp) over (partition by user_id order by timestamp) > interval 30 minutes as cut
				from ${parquet(t.source(t.day))} where user_id is not null),
			s as (select user_id, timestamp, 1 + count(*) filter (where cut) over (partition by user_id order by timestamp rows unbounded preceding) as session_number from e)
			select user_id, session_number, user_id || '-' || epoch_us(min(timestamp)) as session_id, min(timestamp) as session_start,
				max(timestamp) as session_end, count(*) as events, (epoch_us(max(timestamp)) - epoch_us(min(timestamp))) / 1e6 as duration_s
			from s group by user_id, session_number order by user_id, session_number`,
		polars: (pl, t) => {
			const us = pl.col('timestamp').cast(pl.Int64), text = c => pl.col(c).cast(pl.Utf8);
			return scan(pl, t.source(t.day)).select('user_id', 'timestamp').filter(pl.col('user_id').isNotNull()).sort(['user_id', 'timestamp'])
				.withColumns(us.sub(us.shift(1).over('user_id')).gt(30 * 60 * 1e6).fillNull(false).cast(pl.Int64).alias('cut'))
				.withColumns(pl.col('cut').cumSum().over('user_id').add(1).alias('session_number')).groupBy(['user_id', 'session_number'], false)
				.agg(pl.col('timestamp').min().alias('session_start'), pl.col('timestamp').max().alias('session_end'), pl.col('timestamp').count().cast(pl.Int64).alias('events'))
				.withColumns(pl.concatString([text('user_id'), pl.col('session_start').cast(pl.Int64).cast(pl.Utf8)], '-').alias('session_id'),
					pl.col('session_end').cast(pl.Int64).sub(pl.col('session_start').cast(pl.Int64)).div(1e6).alias('duration_s')).sort(['user_id', 'session_number']);
		},
	},
	quality: {
		says: 'four checks of one day', when: 'day', answer: { rows: ['nulls', 'repeats', 'outside', 'others'], sums: [] },
		task: () => `{operator: quality, dataset: source, checks: [
      {not_null: {columns: [tenant_id, user_id], severity: warn}}, {unique: {columns: event_id, severity: warn}},
      {accepted_range: {column: user_id, min: 100000, max: 250000, severity: warn}},
      {accepted_values: {column: event_type, values: [feature_used, page_view], severity: warn}}]}`,
		input: t => ({ files: [t.source(t.day)], columns: ['event_id', 'event_type', 'tenant_id', 'user_id'] }),
		duckdb: t => `select count(*) filter (where tenant_id is null or user_id is null) as nulls, count(event_id) - count(distinct event_id) as repeats,
			count(*) filter (where user_id < 100000 or user_id > 250000) as outside,
			count(*) filter (where event_type not in ('feature_used', 'page_view')) as others from ${parquet(t.source(t.day))}`,
		polars: (pl, t) => scan(pl, t.source(t.day)).select(pl.col('tenant_id').isNull().or(pl.col('user_id').isNull()).sum().alias('nulls'),
			pl.col('event_id').count().sub(pl.col('event_id').nUnique()).alias('repeats'),
			pl.col('user_id').lt(100000).or(pl.col('user_id').gt(250000)).sum().alias('outside'),
			pl.col('event_type').isIn(['feature_used', 'page_view']).not().sum().alias('others')),
	},
	jsonl: {
		says: 'JSON Lines of one day to Parquet', when: 'text', aim: [2.5, 3], answer: all => ({ rows: all, sums: [] }),
		task: t => `{operator: ingest, from: {path: "${t.jsonl.slice(t.dir.length + 1)}", format: jsonl}, event_time: timestamp, output: jsonl}`,
		input: t => ({ files: [t.jsonl], format: 'jsonl' }),
		duckdb: t => `select * from read_json('${t.jsonl}', format = 'newline_delimited', columns = ${sqlColumns(t)})`,
		polars: (pl, t) => {
			const types = { int64: pl.Int64, float64: pl.Float64, string: pl.Utf8, timestamp: pl.Utf8, json: pl.Utf8 };
			const schema = Object.fromEntries(t.columns.map(c => [c.name, types[c.type]]));
			return instants(pl, t, pl.scanJson(t.jsonl, { schema }));
		},
	},
	csv: {
		says: 'CSV of one day to Parquet', when: 'text', aim: [3, 3], answer: all => ({ rows: all, sums: [] }),
		task: () => '{operator: ingest, from: {path: landing/day.csv, format: csv}, event_time: timestamp, output: csv}',
		input: t => ({ files: [t.csv], format: 'csv' }),
		duckdb: t => `select * from read_csv('${t.csv}', header = true, columns = ${sqlColumns(t)})`,
		polars: (pl, t) => instants(pl, t, pl.scanCSV(t.csv)),
	},
};

const rollupTypes = [
	{ name: 'event_date', type: 'date' }, { name: 'event_type', type: 'string' }, { name: 'feature_name', type: 'string' },
	{ name: 'tenant_id', type: 'int64' }, { name: 'user_id', type: 'int64' }, { name: 'interaction_count', type: 'int64' },
];
const declared = t => t.shape.more.length ? `columns: {${t.columns.map(c => `${c.name}: ${c.type}`).join(', ')}}` : 'schema: events';
const windowFiles = (t, dataset) => Array.from({ length: t.window }, (_, k) =>
	`${t.dir}/lake/${dataset}/event_date=${date(t.days - t.window + k)}/part-*.parquet`);

// The dag, the task and the dataset of a question.
export const placeOf = name => questions[name].at ?? { dag: 'ask', task: `ask_${name}`, dataset: name };

// Two dags: one that makes the rollups which other questions read, and one with a task for each question.
export function writeDags(t, names) {
	const asked = names.filter(n => questions[n].task);
	const outputs = asked.filter(n => n !== 'quality');
	const sessions = ', columns: {user_id: int64, session_number: int64, session_id: string, session_start: timestamp, session_end: timestamp, events: int64, duration_s: float64}';
	const typed = n => (['jsonl', 'csv'].includes(n) ? `, ${declared(t)}` : n === 'sessions' ? sessions : '');
	fs.mkdirSync(`${t.dir}/dags`, { recursive: true });
	fs.writeFileSync(`${t.dir}/dags/made.yaml`, `dag: made
schedule: "@daily"
start_date: 2026-05-01
datasets:
  source: {path: lake/source, format: parquet, ${declared(t)}}
  unique: {path: lake/unique, format: parquet, ${declared(t)}}
  rollup: {path: lake/rollup, format: parquet}
tasks:
  unique: {operator: dedup, input: source, key: [event_id], output: unique}
  rollup: {operator: rollup, input: unique, output: rollup}
`);
	fs.writeFileSync(`${t.dir}/dags/ask.yaml`, `dag: ask
schedule: "@daily"
start_date: 2026-05-01
datasets:
  tenants: {path: tenants.csv, format: csv, partitioned: false, columns: {tenant_id: int64, plan: string, active_users: int64}}
${outputs.map(n => `  ${placeOf(n).dataset}: {path: lake/${placeOf(n).dataset}, format: parquet${typed(n)}}`).join('\n')}
tasks:
${asked.map(n => `  ${placeOf(n).task}: ${questions[n].task(t)}`).join('\n')}
`);
}
