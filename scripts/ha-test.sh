#!/usr/bin/env bash
# Proves that a house on a PostgreSQL cluster loses nothing that it acknowledged,
# whatever single thing fails. Starts etcd, three PostgreSQL servers under Patroni
# (synchronous), two Fondaco nodes and a load on loopback ports, then breaks
# something in each of ten rounds. Prints a table and a verdict.
#
#   sudo ./scripts/ha-test.sh           everything
#   ROUNDS=2 ./scripts/ha-test.sh       the first two rounds
#   ./scripts/ha-test.sh --json         one JSON object on standard output
#   ./scripts/ha-test.sh --cluster      the database cluster alone, with inserts by psql
#
# Exit status: 0 if nothing is lost or doubled, service was back within LIMIT
# seconds in each round, and doctor and verify agree; 1 if not; 2 if it could not run.
#
# ROUNDS   rounds, 10 unless set; after the last kind of fault it begins again
# FAULTS   kinds of faults, in their order (see below)
# CLIENTS  programs of the load, 12 unless set
# CALM     seconds between two faults in which all is well, 8 unless set
# LIMIT    seconds in which service must be back, 30 unless set
# HOLD     seconds that something stays cut off, 40 unless set: the others must
#          take over and serve while it is away, not when it is back
# KEEP     set to 1 to keep the folder with every log
# FONDACO  the program; built from here unless set
#
# On Debian it installs what is missing (postgresql, etcd-server, etcd-client,
# patroni, python3-etcd). As root, servers run as the user postgres. It stops
# what it has started, also when it is interrupted, and nothing else.
set -uo pipefail
cd "$(dirname "$0")/.."

json=0
cluster_only=0
for arg in "$@"; do
  case $arg in
    --json) json=1 ;;
    --cluster) cluster_only=1 ;;
    *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;;
  esac
done

rounds=${ROUNDS:-10}
clients=${CLIENTS:-12}
calm=${CALM:-8}
limit=${LIMIT:-30}
hold=${HOLD:-40}
default_faults="kill-primary cut-replica cut-primary restart-all kill-house switchover kill-primary cut-primary cut-replica kill-house"
if [ "$cluster_only" = 1 ]; then default_faults=${default_faults//kill-house/switchover}; fi
read -r -a faults <<<"${FAULTS:-$default_faults}"

started=$SECONDS
say() { printf '%4d s  %s\n' "$((SECONDS - started))" "$*" >&2; }
die() { say "$*"; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/fondaco-ha.XXXXXX")
chmod 755 "$work"

. scripts/ha/cluster.sh
. scripts/ha/faults.sh

house_pid=()
load_pid=

cleanup() {
  local status=$? p
  trap - EXIT INT TERM
  for p in "$load_pid" "${house_pid[@]}"; do
    [ -z "$p" ] || kill -KILL "$p" 2>/dev/null || true
  done
  stop_cluster
  wait 2>/dev/null
  if [ "${KEEP:-}" = 1 ]; then say "kept: $work"; else rm -rf "$work"; fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# --- what it needs -----------------------------------------------------------

need_packages() {
  local missing=()
  [ -n "$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null)" ] || missing+=(postgresql)
  command -v etcd >/dev/null || missing+=(etcd-server)
  command -v etcdctl >/dev/null || missing+=(etcd-client)
  command -v patroni >/dev/null || missing+=(patroni python3-etcd)
  [ ${#missing[@]} != 0 ] || return 0
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || die "missing: ${missing[*]} (as root on Debian they are installed)"
  say "installing ${missing[*]}"
  # Debian's packages would start servers of their own on the usual ports.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/fondaco-ha-test.conf
  fi
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$work/apt.log" 2>&1 &&
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "${missing[@]}" >>"$work/apt.log" 2>&1 ||
    { tail -n 5 "$work/apt.log" >&2; die "cannot install ${missing[*]}"; }
}

# free_base finds a hundred ports in a row that nobody listens on.
free_base() {
  local try busy
  busy=$(awk 'FNR > 1 && $4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6 | sed 's/.*://' | while read -r hex; do echo "$((16#$hex))"; done)
  for try in $(seq 23000 100 31000); do
    awk -v a="$try" '$1 >= a && $1 < a + 100 {found = 1} END {exit found}' <<<"$busy" && { echo "$try"; return; }
  done
  return 1
}

# --- houses and load ---------------------------------------------------------

house_port() { echo $((base + 40 + $1)); }
database() { echo "postgres://postgres@$(hosts)/fondaco?target_session_attrs=read-write&connect_timeout=2&sslmode=disable"; }

# Both nodes share one folder, because both sign the log with one key.
start_house() {
  "$fondaco" --log-level info --log-format json serve --sandbox --data "$work/house" --database "$(database)" \
    --listen "127.0.0.1:$(house_port "$1")" --public-url http://house.example >>"$work/house$1.log" 2>&1 &
  house_pid[$1]=$!
}

house_ready() {
  local status=
  kill -0 "${house_pid[$1]}" 2>/dev/null || return 1
  exec 9<>"/dev/tcp/127.0.0.1/$(house_port "$1")" || return 1
  printf 'GET /readyz HTTP/1.0\r\nHost: ha\r\n\r\n' >&9
  read -r -t 3 _ status _ <&9
  exec 9>&- 9<&-
  [ "$status" = 200 ]
} 2>/dev/null

# prepared makes what is not there yet; a busy machine may need more than one try.
# A house that asks a replica which has not heard of the database yet takes that for an answer.
prepared() {
  local p i
  p=$(primary) || return 1
  patience=30 ask "$p" 'create table if not exists probe (n bigint, who text, primary key (who, n))' >/dev/null
  patience=30 ask "$p" 'create database fondaco' >/dev/null
  for i in "${nodes[@]}"; do
    [ "$(ask "$i" "select (select count(*) from pg_database where datname = 'fondaco') + (select count(*) from pg_class where relname = 'probe')")" = 2 ] || return 1
  done
}

urls() { echo "http://127.0.0.1:$(house_port 1),http://127.0.0.1:$(house_port 2)"; }

start_load() {
  if [ "$cluster_only" = 1 ]; then
    psql_load &
    load_pid=$!
    return
  fi
  : >"$work/load.log"
  "$fondaco" load --url "$(urls)" --clients "$clients" --seconds 36000 --acks "$work/acks" --json >"$work/load.json" 2>"$work/load.log" &
  load_pid=$!
  wait_for 120 "programs that have signed in" grep -q 'signed in' "$work/load.log"
}

# psql_load inserts one row after the other and writes down what was committed.
psql_load() {
  local n asked running=1
  trap 'running=0' TERM
  for ((n = 1; running; n++)); do
    asked=$(date +%s%6N)
    if timeout -k 1 8 psql -XqAt "$(database | sed 's,/fondaco?,/postgres?,')" -c "insert into probe values ($n, 'load')" >/dev/null 2>>"$work/load.log"; then
      echo "{\"kind\":\"acknowledged\",\"at\":$(date +%s%6N),\"asked\":$asked,\"email\":\"\",\"version\":$n,\"receipt\":{}}" >>"$work/acks"
    else
      sleep 0.2
    fi
  done
}

stop_load() {
  kill -TERM "$load_pid" 2>/dev/null
  wait "$load_pid"
  local status=$?
  load_pid=
  return "$status"
}

# --- rounds ------------------------------------------------------------------

rows=()
slowest=0
unhealed=0

# note_round NUMBER FAULT FROM: measures what the load lived through since FROM.
note_round() {
  local to acked first longest back ok=true
  to=$(date +%s%6N)
  read -r acked first longest back < <("$fondaco" load gaps --acks "$work/acks" --from "$3" --to "$to")
  if [ -z "${back:-}" ] || [ "$first" -lt 0 ] || [ "$first" -gt $((limit * 1000)) ] || [ "$longest" -gt $((limit * 1000)) ]; then ok=false; fi
  [ "${longest:-0}" -le "$slowest" ] || slowest=$longest
  [ "$ok" = true ] || unhealed=$((unhealed + 1))
  rows+=("{\"round\":$1,\"fault\":\"$2\",\"note\":\"$what\",\"first_ack_ms\":${first:-null},\"longest_gap_ms\":${longest:-null},\"back_ms\":${back:-null},\"acknowledged\":${acked:-0},\"ok\":$ok}")
  say "round $1: $2 ($what): first answer after $first ms, longest silence $longest ms, over after $back ms, $acked acknowledged: $ok"
}

run_rounds() {
  local n fault
  for ((n = 1; n <= rounds; n++)); do
    fault=${faults[(n - 1) % ${#faults[@]}]}
    wait_for 90 "a healthy cluster before round $n" healthy || return 1
    sleep "$calm"
    what= from=
    "fault_${fault//-/_}" || { say "the fault $fault could not be made"; return 1; }
    wait_for 90 "a healthy cluster after round $n" healthy || { what+=" the cluster did not heal"; }
    sleep 3
    note_round "$n" "$fault" "$from"
  done
}

# --- the verdict ---------------------------------------------------------------

field() { sed -n "s/^ *\"$1\": *\([^,]*\),\{0,1\}$/\1/p" "$2" | head -n 1; }

# missing_rows counts acknowledged rows of one writer that the primary has not.
missing_rows() {
  local p
  p=$(primary) || { echo 1; return; }
  sed -n 's/.*"version":\([0-9]*\).*/\1/p' "$1" | sort -u >"$work/acked.ids"
  ask "$p" "select n from probe where who = '$2'" | sort -u >"$work/kept.ids"
  comm -23 "$work/acked.ids" "$work/kept.ids" | wc -l
}

judge_house() {
  local i
  "$fondaco" load check --url "$(urls)" --acks "$work/acks" --json >"$work/check.json" 2>"$work/check.log" || bad+=("load check")
  for i in 1 2; do kill -TERM "${house_pid[$i]}" 2>/dev/null; wait "${house_pid[$i]}" || bad+=("house $i did not close"); done
  house_pid=()
  "$fondaco" doctor --data "$work/house" --database "$(database)" >"$work/doctor.log" 2>&1 || bad+=("doctor")
  "$fondaco" verify --data "$work/house" --database "$(database)" >"$work/verify.log" 2>&1 || bad+=("verify")
  acked=$(field acknowledged "$work/check.json") lost=$(field lost "$work/check.json") doubled=$(field doubled "$work/check.json")
  unknown=$(field unknown "$work/check.json") resolved=$(field resolved "$work/check.json")
}

judge_cluster() {
  acked=$(wc -l <"$work/acks") lost=$(missing_rows "$work/acks" load) doubled=0 unknown=0 resolved=0
  [ "$lost" = 0 ] || bad+=("lost rows")
}

judge() {
  local lost_fence row
  bad=()
  [ "$unhealed" = 0 ] || bad+=("$unhealed rounds took too long")
  [ ${#rows[@]} = "$rounds" ] || bad+=("only ${#rows[@]} of $rounds rounds")
  stop_load || [ "$cluster_only" = 1 ] || bad+=("the load ended badly")
  lost_fence=$(missing_rows "$work/fence" fence)
  [ "$lost_fence" = 0 ] || bad+=("$lost_fence writes that a cut-off primary acknowledged are gone")
  if [ "$cluster_only" = 1 ]; then judge_cluster; else judge_house; fi
  local ok=true
  [ ${#bad[@]} = 0 ] || ok=false
  for row in "${bad[@]}"; do say "BAD: $row"; done
  if [ "$ok" = false ] && [ "$cluster_only" = 0 ]; then
    tail -n 20 "$work/load.log" "$work/check.log" "$work/check.json" "$work/doctor.log" "$work/verify.log" >&2 2>/dev/null
  fi
  if [ "$json" = 1 ]; then
    printf '{"ok":%s,"rounds":[%s],"acknowledged":%s,"lost":%s,"doubled":%s,"unknown":%s,"resolved":%s,"fence_lost":%s,"slowest_ms":%s,"limit_ms":%s,"bad":[%s]}\n' \
      "$ok" "$(IFS=,; echo "${rows[*]}")" "${acked:-null}" "${lost:-null}" "${doubled:-null}" "${unknown:-null}" "${resolved:-null}" "$lost_fence" "$slowest" "$((limit * 1000))" \
      "$(for row in "${bad[@]}"; do printf '"%s"\n' "$row"; done | paste -sd,)"
  else
    table
    echo "acknowledged $acked, lost $lost, doubled $doubled, unknown $unknown of which resolved $resolved; longest silence $slowest ms"
    if [ "$ok" = true ]; then echo "ok"; else echo "not ok: ${bad[*]}"; fi
  fi
  [ "$ok" = true ]
}

table() {
  echo "| round | fault | detail | first answer (s) | longest silence (s) | over after (s) | acknowledged | ok |"
  echo "|---|---|---|---|---|---|---|---|"
  printf '%s\n' "${rows[@]}" | sed -E 's/\{"round":([0-9]+),"fault":"([^"]*)","note":"([^"]*)","first_ack_ms":([^,]*),"longest_gap_ms":([^,]*),"back_ms":([^,]*),"acknowledged":([^,]*),"ok":([a-z]+)\}/\1 \2|\3|\4|\5|\6|\7|\8/' |
    awk -F'|' '{split($1, a, " "); printf "| %s | %s | %s | %.1f | %.1f | %.1f | %s | %s |\n", a[1], a[2], $2, $3 / 1000, $4 / 1000, $5 / 1000, $6, $7}'
}

# --- run -----------------------------------------------------------------------

need_packages
base=$(free_base) || die "no free ports"
fondaco=${FONDACO:-}
if [ -z "$fondaco" ]; then
  say "building"
  fondaco="$work/fondaco"
  go build -o "$fondaco" ./cmd/fondaco || die "it does not build"
fi
say "starting the cluster at port $base, in $work"
start_cluster || die "the cluster does not start"
wait_for 60 "a database for the houses" prepared || die "no database can be made"
: >"$work/acks"
: >"$work/fence"
if [ "$cluster_only" = 0 ]; then
  rm "$work/acks"
  for i in 1 2; do
    start_house "$i"
    wait_for 60 "house $i" house_ready "$i" || { tail -n 5 "$work/house$i.log" >&2; die "house $i does not open"; }
  done
fi
start_load || die "the load does not start"
say "the load runs"
run_rounds
judge
