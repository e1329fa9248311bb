#!/usr/bin/env bash
# Checks and tests the whole house. Needs Go and git; on Debian it installs what
# else the tests need. Prints each step, goes on after a failure, and ends with
# "N passed, N failed", counting every test and every check once.
#
#   ./scripts/test.sh            everything; the README's second command
#   ./scripts/test.sh lint race  only these steps
#
# Steps: prepare format vet lint generated test race fuzz
# Only when named: mutants (planted bugs that the tests must catch), ha (ten faults
# on a PostgreSQL cluster), night (500 kills, 200 power cuts, 20,000 worlds)
#
# FONDACO_DATA  folder of published lists and tables; without it the tests that
#               read them are skipped
# FUZZTIME      time for each fuzz target, 2s unless set
# CI            set to true, a thing that cannot be installed is a failure
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
failures=()
started=$SECONDS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n== %s  (%d s)\n' "$*" "$((SECONDS - started))"; }
note() { printf '   %s\n' "$*"; }
tool() { go tool -modfile=tools/go.mod "$@"; }

pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1))
  failures+=("$1")
  note "FAILED: $1"
}

# patiently COMMAND... tries what a network may fail at for a moment, three times.
patiently() {
  local rest
  for rest in 3 15; do
    if "$@"; then return 0; fi
    sleep "$rest"
  done
  "$@"
}

# check NAME COMMAND... counts one check.
check() {
  local name=$1
  shift
  if "$@"; then pass; else fail "$name"; fi
}

# --- what the tests need --------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    return 1
  fi
}

# need WHAT PACKAGES...: installs Debian packages, or says what will be skipped.
need() {
  local what=$1
  shift
  note "installing $* ($what)"
  if command -v apt-get >/dev/null &&
    patiently as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$work/apt.log" 2>&1 &&
    patiently as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$@" >>"$work/apt.log" 2>&1; then
    return 0
  fi
  tail -n 3 "$work/apt.log" 2>/dev/null || true
  if [ "${CI:-}" = true ]; then
    fail "cannot install $*"
  else
    note "cannot install $*: skipped are $what"
  fi
}

# need_postgres installs a server's programs; the tests start and stop one themselves.
need_postgres() {
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need "the tests of the PostgreSQL backend" postgresql
}

step_prepare() {
  say "prepare"
  note "$(go version)"
  command -v chromium >/dev/null || need "the journeys in a browser" chromium
  if ! command -v fc-list >/dev/null || [ -z "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; then
    need "Chinese text on screenshots" fontconfig fonts-noto-cjk
  fi
  # The accessibility audit reads axe-core from npm's folder; nothing else there is needed.
  command -v npm >/dev/null || need "the accessibility audit" npm
  [ -e internal/web/assets/node_modules/axe-core ] || check "axe-core" patiently npm --prefix internal/web/assets install --no-save --no-audit --no-fund --silent
  command -v gcc >/dev/null || need "the race detector" gcc libc6-dev
  need_postgres
  command -v strace >/dev/null || need "the test of a sick disk" strace
  command -v mkfs.ext4 >/dev/null || need "the tests of power cuts" e2fsprogs
  if [ -n "${FONDACO_DATA:-}" ]; then
    note "data from $FONDACO_DATA"
  else
    note "FONDACO_DATA is not set: tests that read published lists and tables are skipped"
  fi
  check "modules are as recorded" go mod verify
}

# --- checks ----------------------------------------------------------------

unformatted() {
  local files
  files=$(find . \( -name node_modules -o -name testdata -o -name '.?*' \) -prune -o -name '*.go' -print0 | xargs -r -0 gofmt -l) || return 1
  if [ -n "$files" ]; then
    printf '%s\n' "$files"
    return 1
  fi
}

step_format() {
  say "format: gofmt, gofumpt, import groups (the first run builds golangci-lint: minutes)"
  check "gofmt" unformatted
  check "gofumpt" tool golangci-lint fmt --diff
}

step_vet() {
  say "vet"
  check "go vet" go vet ./...
}

step_lint() {
  say "lint: golangci-lint"
  check "golangci-lint" tool golangci-lint run
}

# fingerprint prints a hash for each file that scripts/gen.sh may write.
fingerprint() {
  { git ls-files -z --cached --others --exclude-standard -- '*.go' 'docs/*' 'api/*' '*.json' || true; } |
    sort -z | xargs -0 sha256sum 2>/dev/null || true
}

drift() {
  fingerprint >"$work/before"
  ./scripts/gen.sh || return 1
  fingerprint >"$work/after"
  diff "$work/before" "$work/after" | awk '$1 == ">" {print "   stale: " $3}' | tee "$work/stale"
  [ ! -s "$work/stale" ]
}

step_generated() {
  say "generated files are up to date"
  check "generated files" drift
}

# --- tests -----------------------------------------------------------------

# run_tests NAME ARGS... runs go test, shows packages and the output of what
# failed, and adds the tests to the count. A package that fails without a
# failing test (it does not build, it exits) counts as one failure.
run_tests() {
  local name=$1 status=0
  shift
  # Ten minutes, which go test gives a package unless told, are short on a slow machine.
  go test -json -timeout 40m "$@" >"$work/$name.json" 2>"$work/$name.err" || status=$?
  cat "$work/$name.err"
  awk -v totals="$work/$name.totals" -f scripts/testlog.awk "$work/$name.json"
  local p=0 f=0 s=0
  read -r p f s <"$work/$name.totals"
  if [ "$status" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  note "$name: $p passed, $f failed, $s skipped"
  passed=$((passed + p))
  failed=$((failed + f))
  if [ "$f" != 0 ]; then failures+=("$name: $f"); fi
}

step_test() {
  say "test: go test ./..."
  run_tests test ./...
}

# step_race runs again, under the race detector, what holds goroutines, locks or money.
step_race() {
  say "race: the packages where goroutines meet"
  if ! command -v gcc >/dev/null; then
    note "no C compiler: skipped"
    return
  fi
  local packages=() p
  for p in assurance store notary worker sim trade/ledger trade/escrow; do
    if [ -n "$(find "internal/$p" -name '*_test.go' -print -quit 2>/dev/null)" ]; then packages+=("./internal/$p/..."); fi
  done
  if [ ${#packages[@]} = 0 ]; then
    note "no such package yet"
    return
  fi
  CGO_ENABLED=1 run_tests race -race -short "${packages[@]}"
}

# fuzz_one gives one target of a built package its time. It may report its own deadline
# as a failure although no input failed, so that case is tried again.
fuzz_one() {
  local dir=$1 target=$2 kept try
  kept="$(go env GOCACHE)/fuzz/$(go list "$dir")"
  for try in 1 2 3 4 5; do
    if (cd "$dir" && "$work/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${FUZZTIME:-2s}" \
      -test.fuzzcachedir "$kept" -test.parallel 2 -test.timeout 10m) >"$work/fuzz.log" 2>&1; then
      note "$dir $target: $(grep -o 'execs: [0-9]*' "$work/fuzz.log" | tail -n 1)"
      return 0
    fi
    if ! grep -q 'context deadline exceeded' "$work/fuzz.log" || grep -q 'Failing input written' "$work/fuzz.log"; then break; fi
    note "$dir $target: deadline met while stopping (try $try)"
  done
  tail -n 40 "$work/fuzz.log"
  return 1
}

# step_fuzz builds each package once, for all its targets: linking takes longer than the fuzzing.
step_fuzz() {
  say "fuzz: ${FUZZTIME:-2s} for each target"
  local dir target
  while read -r dir; do
    if ! go test -c -fuzz . -o "$work/fuzz.test" "./$dir"; then
      fail "build $dir for fuzzing"
      continue
    fi
    while read -r target; do
      check "fuzz $dir $target" fuzz_one "./$dir" "$target" </dev/null
    done < <(cd "$dir" && "$work/fuzz.test" -test.list '^Fuzz')
  done < <(grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' cmd internal 2>/dev/null | xargs -r -n1 dirname | sort -u)
}

# --- only when named ---------------------------------------------------------

step_mutants() {
  say "mutants: planted bugs that the tests must catch"
  check "mutants" ./scripts/mutants.sh
}

step_ha() {
  say "ha: ten faults on a cluster of three servers"
  check "ha" ./scripts/ha-test.sh
}

step_night() {
  say "night: kills, power cuts and worlds"
  check "500 kills" go run ./cmd/fondaco crashtest kill --rounds 500
  check "500 kills, PostgreSQL" go run ./cmd/fondaco crashtest kill --database postgres --rounds 500
  check "100 power cuts" go run ./cmd/fondaco crashtest power --rounds 100
  check "100 power cuts, PostgreSQL" go run ./cmd/fondaco crashtest power --database postgres --rounds 100
  check "20,000 worlds" go run ./cmd/fondaco simulate --seeds 20000 --ops 200
}

# --- run -------------------------------------------------------------------

steps=("$@")
[ ${#steps[@]} != 0 ] || steps=(prepare format vet lint generated test race fuzz)
for step in "${steps[@]}"; do
  if ! declare -F "step_$step" >/dev/null; then
    echo "no step called $step; steps: prepare format vet lint generated test race fuzz" >&2
    exit 2
  fi
  "step_$step"
done

say "done"
if [ ${#failures[@]} != 0 ]; then
  printf '   failed: %s\n' "${failures[@]}"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
