#!/bin/sh
# Rebuilds the committed look of the pages: app.css, htmx, icons and the
# generated templates. Needs npm and Go. Building the binary needs only Go.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/internal/web/assets"
# Not npm ci: it refuses a lock file that leaves out other systems' builds of
# the style compiler, and not every registry serves them all. This keeps to the
# locked versions and checks their hashes all the same.
npm install --no-save --no-audit --no-fund
cp node_modules/htmx.org/dist/htmx.min.js static/htmx.min.js
node icons.mjs
cd "$root"
go tool -modfile=tools/go.mod templ generate -log-level warn
cd internal/web/assets
npx --no-install @tailwindcss/cli --input css/source/app.css --output static/app.css --minify
size=$(wc -c < static/app.css)
echo "app.css: $size bytes"
test "$size" -lt 61440 || { echo "app.css is over 60 KB" >&2; exit 1; }
