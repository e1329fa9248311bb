# Reads the events of `go test -json`. Prints one line for each package, and all
# that a failing test or package printed. Writes "passed failed skipped" to the
# file named by the variable totals. Every test and subtest counts once.

function field(name,    at, text) {
  at = index($0, "\"" name "\":\"")
  if (at == 0) return ""
  text = substr($0, at + length(name) + 4)
  # The value ends at the first quote that no backslash precedes.
  if (!match(text, /^([^"\\]|\\.)*/)) return ""
  return substr(text, 1, RLENGTH)
}

function plain(text) {
  gsub(/\\\\/, "\001", text)
  gsub(/\\n/, "\n", text)
  gsub(/\\t/, "\t", text)
  gsub(/\\r/, "", text)
  gsub(/\\"/, "\"", text)
  gsub(/\\u003c/, "<", text)
  gsub(/\\u003e/, ">", text)
  gsub(/\\u0026/, "\\&", text)
  gsub(/\\u001b/, "\033", text)
  gsub("\001", "\\", text)
  return text
}

{
  action = field("Action")
  package = field("Package")
  if (package == "") package = field("ImportPath")
  test = field("Test")
  key = package " " test
}

action == "output" || action == "build-output" {
  text = plain(field("Output"))
  if (action == "build-output") { printf "%s", text; next }
  if (test != "" && text ~ /^=== (RUN|PAUSE|CONT|NAME)/) next
  if (test == "" && text ~ /^(ok|\?) /) { printf "   %s", text; next }
  if (test == "" && text ~ /^(ok|\?|PASS|FAIL|coverage:)/ && text !~ /^FAIL\t/) next
  said[key] = said[key] text
  next
}

action == "pass" && test != "" { passed++; delete said[key] }
action == "skip" && test != "" {
  skipped++
  reason = said[key]
  gsub(/\n/, " ", reason)
  sub(/^ *--- SKIP: [^ ]* \([0-9.]+s\) */, "", reason)
  sub(/ *--- SKIP: [^ ]* \([0-9.]+s\) */, "", reason)
  sub(/^ */, "", reason)
  printf "   skipped %s: %s\n", test, reason
  delete said[key]
}
action == "fail" && test != "" { failed++; bad[package] = 1; printf "%s", said[key]; delete said[key] }
action == "fail" && test == "" {
  if (!(package in bad)) failed++
  printf "%s", said[key]
}

END { print passed + 0, failed + 0, skipped + 0 > totals }
