#!/bin/sh
# run.sh - Parquet files to and from five other engines, every value compared.
#   tests/interop/run.sh PROGRAM DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/npm.sh" "$2"
# Node.js looks for modules beside the script, not in the current directory.
cp "$here"/*.mjs "$here/interop.yaml" "$2/"
cd "$2" && node interop.mjs "$1" "$PWD/files"
