# loading.bats - what the loader maps before the program says its first word.

# Libraries that stand in the program's memory when it ends, one a line.
mapped() {
	LD_DEBUG=files LD_DEBUG_OUTPUT="$dir/loader" "$TIDEMILL" -C "$dir" "$@" >/dev/null
	sed -n 's/.*calling init: //p' "$dir"/loader.* | sort -u
}

setup() {
	dir=$(mktemp -d)
	mkdir "$dir/dags"
	if ldd "$TIDEMILL" | grep -q 'lib[a-z]*san'; then
		skip "the sanitizers bring libraries of their own"
	fi
}

teardown() { rm -rf "$dir"; }

@test "a command that looks maps no library that only the page or only a file of others needs" {
	for command in "--version" "dags list"; do
		rm -f "$dir"/loader.*
		# shellcheck disable=SC2086
		libraries=$(mapped $command)
		echo "$command: $libraries"
		[[ "$libraries" == */libsqlite3.so* ]] # the list is one
		[[ "$libraries" != *libsnappy* && "$libraries" != *libstdc++* ]]
		[[ "$libraries" != *libmicrohttpd* && "$libraries" != *libgnutls* ]]
		[ "$(echo "$libraries" | wc -l)" -le 15 ]
	done
}
