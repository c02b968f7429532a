#!/bin/sh
# npm.sh - have the other engines of package.json in a directory, by npm; does nothing when they are there.
#   tests/interop/npm.sh DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cmp -s "$here/package.json" "$1/package.json" && [ -d "$1/node_modules/hyparquet" ] && exit 0
cp "$here/package.json" "$1/package.json"
echo "npm: installing DuckDB, Polars, ClickHouse, arrow-rs and hyparquet (about 650 MB) in $1" >&2
(cd "$1" && timeout 600 npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts >&2) || {
	rm -f "$1/package.json"
	echo "npm: could not install them; is the registry reachable from here?" >&2
	exit 1
}
