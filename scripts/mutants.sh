#!/usr/bin/env bash
# Do the tests notice? Plants bugs into copies of the product's files, one at a
# time, and runs the tests that must fail. Needs Go and git; for the bugs of the
# PostgreSQL backend also a server's programs, as scripts/test.sh installs them.
# Prints "caught n/20" at the end, and fails if a bug was not caught.
#
#   ./scripts/mutants.sh         all of them, in a few minutes
#   ./scripts/mutants.sh 07 12   only these
#
# Each bug is a file scripts/mutants/NN-name.patch that begins with three lines:
#
#   Bug: what goes wrong
#   Package: whose tests must notice
#   Run: which of them, all if this is empty
#
# The source of the house holds none of them: the patched copy takes the place of
# its file for one run, by go's -overlay, and builds only under the tag mutantNN.
# A bug counts as caught when a test fails that passes without it. A patch that
# does not fit, a program that does not build, and a test that is skipped, hangs
# or fails by itself are errors of this check.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
started=$SECONDS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

caught=0
errors=0
survivors=()

header() { sed -n "s/^$1: *//p;/^---/q" "$2"; }

# build OUT PACKAGE FLAGS... makes the test program of a package.
build() {
  local out=$1 package=$2
  shift 2
  go test -c "$@" -o "$out" "$package" >"$work/build.log" 2>&1
}

# run PROGRAM PACKAGE PATTERN LOG runs tests in their own folder.
run() {
  (cd "$2" && "$1" -test.short -test.failfast -test.timeout 60s -test.v=test2json -test.run "${3:-.}") >"$4" 2>&1
}

# failing LOG names the innermost test that failed first.
failing() { tr -d '\026' <"$1" | sed -n 's/^ *--- FAIL: \([^ ]*\).*/\1/p' | awk 'length($0) > length(most) && (most == "" || index($0, most "/") == 1) {most = $0} END {print most}'; }

complain() {
  errors=$((errors + 1))
  printf 'ERROR   %s: %s\n' "$1" "$2"
  if [ -s "${3:-}" ]; then tail -n 15 "$3" | tr -d '\026' | sed 's/^/          /'; fi
}

# sound PACKAGE PATTERN tells whether the tests pass without the bug. Each is run once.
sound() {
  local slug program
  slug=$(printf '%s' "$1 $2" | sha256sum | cut -c1-16)
  program=$work/$(printf '%s' "$1" | tr -c 'a-z0-9\n' '-').test
  if [ ! -e "$work/$slug.verdict" ]; then
    echo broken >"$work/$slug.verdict"
    if { [ -e "$program" ] || build "$program" "$1"; } && run "$program" "$1" "$2" "$work/$slug.log"; then
      if ! grep -q -e '--- PASS' "$work/$slug.log"; then
        echo none >"$work/$slug.verdict"
      elif [ -n "$2" ] && grep -q -e '--- SKIP' "$work/$slug.log"; then
        echo skipped >"$work/$slug.verdict"
      else
        echo sound >"$work/$slug.verdict"
      fi
    fi
  fi
  verdict=$(cat "$work/$slug.verdict")
  log=$work/$slug.log
  [ "$verdict" = sound ]
}

# plant PATCH puts patched copies of the files it names into a folder, each
# behind the tag, and writes the list that lays them over the originals.
plant() {
  local patch=$1 tag=$2 dir=$3 file pairs=""
  mkdir -p "$dir"
  for file in $(sed -n 's|^--- a/||p' "$patch"); do
    mkdir -p "$dir/$(dirname "$file")"
    cp "$root/$file" "$dir/$file" || return 1
    pairs+="${pairs:+,}\"$root/$file\":\"$dir/$file\""
  done
  (cd "$dir" && git apply "$patch") || return 1
  for file in $(sed -n 's|^--- a/||p' "$patch"); do
    { printf '//go:build %s\n\n' "$tag"; cat "$dir/$file"; } >"$dir/new" && mv "$dir/new" "$dir/$file"
  done
  printf '{"Replace":{%s}}\n' "$pairs" >"$dir/overlay.json"
}

# try PATCH counts one bug.
try() {
  local patch=$1 name number package pattern dir begun=$SECONDS status=0
  name=$(basename "$patch" .patch)
  number=${name%%-*}
  package=$(header Package "$patch")
  pattern=$(header Run "$patch")
  dir=$work/$name
  if ! plant "$patch" "mutant$number" "$dir" >"$work/patch.log" 2>&1; then
    complain "$name" "the patch does not fit any more" "$work/patch.log"
    return
  fi
  if ! sound "$package" "$pattern"; then
    complain "$name" "the tests are $verdict without it: $package $pattern" "$log"
    return
  fi
  if ! build "$dir/mutant.test" "$package" -tags "mutant$number" -overlay "$dir/overlay.json"; then
    complain "$name" "it does not build" "$work/build.log"
    return
  fi
  run "$dir/mutant.test" "$package" "$pattern" "$dir/log" || status=$?
  local by
  by=$(failing "$dir/log")
  if [ "$status" = 0 ]; then
    survivors+=("$name")
    printf 'MISSED  %s: %s\n' "$name" "$(header Bug "$patch")"
  elif [ -z "$by" ]; then
    complain "$name" "no test failed, the program ended in another way" "$dir/log"
  else
    caught=$((caught + 1))
    printf 'caught  %s  by %s %s  (%d s)\n' "$name" "$package" "$by" "$((SECONDS - begun))"
  fi
  rm -rf "$dir"
}

patches=()
for patch in "$root"/scripts/mutants/[0-9][0-9]-*.patch; do
  number=$(basename "$patch")
  number=${number%%-*}
  if [ $# = 0 ] || [[ " $* " == *" $number "* ]]; then patches+=("$patch"); fi
done
if [ ${#patches[@]} = 0 ]; then
  echo "no such mutant" >&2
  exit 2
fi
for patch in "${patches[@]}"; do try "$patch"; done

if [ ${#survivors[@]} != 0 ]; then printf 'not caught: %s\n' "${survivors[@]}"; fi
if [ "$errors" != 0 ]; then printf '%d could not be tried\n' "$errors"; fi
printf 'caught %d/%d  (%d s)\n' "$caught" "${#patches[@]}" "$((SECONDS - started))"
[ "$caught" = "${#patches[@]}" ]
