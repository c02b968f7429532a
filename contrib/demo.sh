#!/bin/sh
# demo.sh - the main job on sample events, as a person would run it.
#   contrib/demo.sh PROGRAM DIR      DIR is made anew
set -eu
program=$1
dir=$2
here=$(cd "$(dirname "$0")/.." && pwd)
tidemill() { "$program" -C "$dir" "$@"; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }

rm -rf "$dir"
mkdir -p "$dir/dags"
cp "$here/dag_examples/feature_engagement.yaml" "$dir/dags/"
printf '#!/bin/sh\necho "would tell $HOOK that $1 is ready"\n' >"$dir/notify.sh"
chmod +x "$dir/notify.sh"
export HOOK_URL=https://hooks.example.com/analytics

say "1 million sample events over 21 days, with duplicates, dirt and rows of the wrong day"
tidemill sample create
say "the DAG is checked"
tidemill validate
say "21 days are backfilled"
tidemill backfill create feature_engagement --from-date 2026-05-01 --to-date 2026-05-21 --wait

newest=event_date=2026-05-21
say "top 10 engagement, week up to 2026-05-21 ($dir/lake/engagement/$newest)"
rows() { tidemill data cat "$@" -o csv; }
rows "$dir/lake/engagement/$newest"/part-*.parquet -c tenant_id,feature_name,unique_users,total_interactions,days_active,engagement_score |
	{
		read -r _
		printf '%-10s %-22s %7s %13s %5s %7s\n' tenant_id feature_name users interactions days score
		LC_ALL=C sort -t, -k6,6gr -k1,1n -k2,2 | head -n 10 |
			awk -F, '{ printf "%-10s %-22s %7s %13s %5s %7.4f\n", $1, $2, $3, $4, $5, $6 }'
	}

say "adoption of advanced_roadmaps, 30 days up to 2026-05-21"
tidemill data cat "$dir/lake/adoption/$newest"/part-*.parquet -o table -c size_bucket,plan,total_tenants,adopting_tenants,adoption_pct,plan_rank

say "what was quarantined, and why"
tidemill datasets list
for dataset in events_raw events; do
	rows "$dir/lake/${dataset}_quarantine"/event_date=*/part-*.jsonl --columns source_file:string,row:int64,reason:string,detail:string,raw:string -c reason |
		awk -v dataset=$dataset 'NR > 1 { n[$1]++ } END { for (r in n) printf "%8d  %s of %s\n", n[r], r, dataset }'
done | sort -rn
say "look further:  $program -C $dir runs list    and    $program -C $dir standalone"
echo "(the task notify needs HOOK_URL in the environment of whoever runs the scheduler)"
