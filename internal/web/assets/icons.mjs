// Writes ../ui/icons.templ from the lucide drawings listed here.
// Add a name, run scripts/build-assets.sh, commit the result.
import { readFileSync, writeFileSync } from "node:fs";

const names = [
  "activity", "anchor", "arrow-left", "arrow-left-right", "arrow-right", "badge-check", "ban", "banknote", "bell", "book-open",
  "building-2", "calendar", "check", "chevron-down", "chevron-right", "circle", "circle-alert", "circle-check", "circle-x", "clock",
  "code", "coins", "copy", "download", "external-link", "eye", "file-check", "file-signature", "file-text", "fingerprint", "gavel",
  "globe", "handshake", "hourglass", "house", "info", "key-round", "landmark", "link", "list-checks", "list-filter", "lock", "log-out",
  "map-pin", "menu", "messages-square", "minus", "octagon-alert", "package", "package-check", "paperclip", "pause", "pencil", "plus",
  "receipt", "rotate-ccw", "scale", "search", "settings", "shield-alert", "shield-check", "ship", "snowflake", "stamp", "trash-2",
  "triangle-alert", "truck", "undo-2", "upload", "user", "users", "wallet", "webhook", "x",
];

const exported = (name) => "Icon" + name.split("-").map((w) => w[0].toUpperCase() + w.slice(1)).join("");
const version = JSON.parse(readFileSync("node_modules/lucide-static/package.json")).version;

let out = `package ui

// The drawings are from lucide ${version} (ISC, see assets/LICENSES.md).
// icons.mjs in the assets folder writes this file.

// Icon names one drawing of the house's set; the empty icon draws nothing.
type Icon string

// The icons of the house.
const (
${names.map((n) => `\t${exported(n)} Icon = "${n}"`).join("\n")}
)

// Glyph draws an icon at 20 pixels in the colour of the text around it. It is
// hidden from screen readers: a word stands beside every icon.
templ Glyph(icon Icon) {
	if icon != "" {
		<svg class="icon" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
			@strokes(icon)
		</svg>
	}
}

templ strokes(icon Icon) {
	switch icon {
`;
for (const name of names) {
  const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  const shapes = body.trim().split("\n").map((line) => "\t\t\t" + line.trim());
  out += `\t\tcase ${exported(name)}:\n${shapes.join("\n")}\n`;
}
out += `\t}\n}\n`;
writeFileSync("../ui/icons.templ", out);
