#!/bin/sh
# Rebuilds the committed look of the pages: app.css, htmx, icons and the
# generated templates. Needs npm and Go. Building the binary needs only Go.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/internal/web/assets"
npm ci --no-audit --no-fund
cp node_modules/htmx.org/dist/htmx.min.js static/htmx.min.js
node icons.mjs
cd "$root"
go run github.com/a-h/templ/cmd/templ@v0.3.977 generate -path internal/web
cd internal/web/assets
npx --no-install @tailwindcss/cli --input css/source/app.css --output static/app.css --minify
size=$(wc -c < static/app.css)
echo "app.css: $size bytes"
test "$size" -lt 61440 || { echo "app.css is over 60 KB" >&2; exit 1; }
