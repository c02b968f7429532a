# scaffold.bats - what `make scaffold-...` makes builds, passes its own test and is documented.

repo="$BATS_TEST_DIRNAME/../.."

# A copy of the tree with what is built of it, so that only what changes is built again.
setup() {
	cd "$repo" || return 1
	copy=$(mktemp -d)
	tar -cf - --exclude='.git' --exclude='./build*' . | tar -xf - -C "$copy"
	mkdir -p "$copy/$BUILD"
	cp -a "$BUILD"/obj "$BUILD"/packages-* "$copy/$BUILD/"
	cd "$copy" || return 1
}

teardown() {
	cd / && rm -rf "$copy"
}

# Build and run these unit tests.
unit() {
	for test; do
		make -s -j2 BUILD="$BUILD" "$BUILD/unit/$test" 2>&1 && "$BUILD/unit/$test" || return 1
	done
}

@test "a new operator builds, runs its test and stands in the documents" {
	make -s scaffold-op NAME=copy_rows
	grep -q '^OP(COPY_ROWS, copy_rows)$' core/op/list.inc
	unit worker/op/test_copy_rows worker/op/test_op core/op/test_op core/dagfile/test_dagfile \
		core/project/test_project
	make -s -j2 BUILD="$BUILD" all
	cat >x.yaml <<-YAML
		dag: x
		tasks:
		  x: {operator: copy_row}
	YAML
	run "$BUILD/tidemill" validate x.yaml
	[[ $output == *"did you mean 'copy_rows'"* ]]
}

@test "a new check builds, runs its test and stands in the documents" {
	make -s scaffold-check NAME=not_blank
	grep -q '^CHECK(NOT_BLANK, not_blank, not_blank)$' core/check/list.inc
	unit worker/check/test_not_blank worker/check/test_check core/check/test_check
	make -s -j2 BUILD="$BUILD" all
	cat >x.yaml <<-YAML
		dag: x
		datasets:
		  orders: {path: orders, format: csv, columns: {id: int64, state: string}}
		tasks:
		  gate: {operator: quality, dataset: orders, checks: [not_blank: {column: id}]}
	YAML
	run "$BUILD/tidemill" validate x.yaml
	[[ $output == *"'not_blank' needs a text, column 'id' is a int64"* ]]
}

@test "a new command can be asked for on the command line and is carried out" {
	make -s scaffold-command NAME=replan
	unit scheduler/command/test_replan scheduler/command/test_list cli/cmd/test_list
	make -s -j2 BUILD="$BUILD" all "$BUILD/sim"
	mkdir dags && cp dag_examples/hello.yaml dags
	"$BUILD/tidemill" help dags replan | grep -q 'look at the schedule of a dag again'
	run "$BUILD/tidemill" dags replan hello
	[ "$status" -eq 0 ]
	[ "$output" = "dag 'hello' is looked at again" ]
	run "$BUILD/tidemill" dags replan nothing
	[ "$status" -eq 2 ]
	"$BUILD/sim" seed 1
}

@test "scaffolding refuses a name that is taken or is none" {
	run make -s scaffold-op NAME=dedup
	[ "$status" -ne 0 ]
	[[ $output == *"'core/op/dedup.c' is there already"* ]]
	run make -s scaffold-check NAME=row_count
	[ "$status" -ne 0 ]
	[[ $output == *"'core/check/list.inc' has 'row_count' already"* ]]
	run make -s scaffold-op NAME=count
	[ "$status" -ne 0 ]
	run make -s scaffold-op NAME=Copy
	[ "$status" -ne 0 ]
	run make -s scaffold-nothing NAME=x
	[ "$status" -ne 0 ]
	[[ $output == *"there is no kind 'nothing'"* ]]
}
