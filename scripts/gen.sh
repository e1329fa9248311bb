#!/usr/bin/env bash
# Writes again every file that a tool writes and that is committed. Run it after
# a change to a .templ page or the style sheet. Nothing is fetched
# except the Go tools pinned in tools/go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."

tool() { go tool -modfile=tools/go.mod "$@"; }

# Pages: each page.templ becomes page_templ.go beside it.
if [ -n "$(find internal -name node_modules -prune -o -name '*.templ' -print -quit)" ]; then
  echo "gen: templ"
  # From the root, because templ writes the path it was given into its output.
  tool templ generate -log-level warn
fi

# Documents and tables that our own code prints, each by its go:generate line.
if grep -rqE --include='*.go' --exclude-dir=node_modules '^//go:generate ' cmd internal 2>/dev/null; then
  echo "gen: go generate"
  go generate ./...
fi

# Style and icons: built by npm, so only on request. The result is committed,
# because building Fondaco needs only Go.
if [ "${1:-}" = "--assets" ]; then
  echo "gen: assets"
  ./scripts/build-assets.sh
fi
