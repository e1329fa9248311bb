# A database cluster for scripts/ha-test.sh: one etcd, and three PostgreSQL
# servers each kept by a Patroni, all on loopback and in one temporary folder.
# Sourced, not run. It expects $work (the folder), $base (the first port) and say.
# shellcheck shell=bash

scope=fondaco
nodes=(1 2 3)
declare -A patroni_pid=() # by node
etcd_pid=

# Times of Patroni in seconds. A primary that is gone loses its lock after
# lock_life, so this bounds how long nobody can write.
lock_life=10
look_every=2
retry_for=4

etcd_port() { echo "$base"; }
pg_port() { echo $((base + 10 + $1)); }
rest_port() { echo $((base + 20 + $1)); }
data_of() { echo "$work/node$1/data"; }

# hosts is the host part of a connection string that names all three.
hosts() { echo "127.0.0.1:$(pg_port 1),127.0.0.1:$(pg_port 2),127.0.0.1:$(pg_port 3)"; }

# As root, servers run as postgres, because PostgreSQL refuses root.
drop=()
if [ "$(id -u)" = 0 ]; then drop=(setpriv --reuid=postgres --regid=postgres --init-groups); fi

postgres_bin() {
  local bin
  bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -n 1)
  [ -n "$bin" ] || { echo "no PostgreSQL in /usr/lib/postgresql" >&2; return 1; }
  echo "$bin"
}

write_node() {
  local i=$1 dir="$work/node$1"
  mkdir -p "$dir"
  cat >"$dir/patroni.yml" <<YML
scope: $scope
name: node$i
restapi: {listen: "127.0.0.1:$(rest_port "$i")", connect_address: "127.0.0.1:$(rest_port "$i")"}
etcd: {host: "127.0.0.1:$(etcd_port)"}
log: {level: INFO}
bootstrap:
  dcs:
    ttl: $lock_life
    loop_wait: $look_every
    retry_timeout: $retry_for
    maximum_lag_on_failover: 1048576
    primary_start_timeout: 10
    # A commit is answered when a second server has it on disk. Strict: without
    # such a server nothing is written, rather than written in one place only.
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        max_connections: 100
        shared_buffers: 128MB
        fsync: "on"
        synchronous_commit: "on"
        full_page_writes: "on"
        wal_log_hints: "on"
        wal_keep_size: 512MB
        max_wal_size: 2GB
        hot_standby: "on"
        wal_receiver_timeout: 5s
        wal_sender_timeout: 5s
        tcp_keepalives_idle: 5
        tcp_keepalives_interval: 2
        tcp_keepalives_count: 3
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
postgresql:
  listen: "127.0.0.1:$(pg_port "$i")"
  connect_address: "127.0.0.1:$(pg_port "$i")"
  data_dir: "$dir/data"
  bin_dir: "$(postgres_bin)"
  pgpass: "$dir/pgpass"
  authentication:
    superuser: {username: postgres, password: only-on-loopback}
    replication: {username: replicator, password: only-on-loopback}
    rewind: {username: rewinder, password: only-on-loopback}
  parameters: {unix_socket_directories: "$dir"}
  pg_hba:
    - local all all trust
    - host all all 127.0.0.1/32 trust
    - host replication replicator 127.0.0.1/32 trust
tags: {nofailover: false, noloadbalance: false, clonefrom: true, nosync: false}
YML
}

# Patroni speaks etcd's second protocol here. By the third, the version of Debian
# 12 (3.0.2) renews its lock without looking whose it is by now: a primary that
# stood still for longer than its lock lives takes the lock back from its
# successor, whose acknowledged commits are then rewound.
start_etcd() {
  "${drop[@]}" etcd --name ha --enable-v2 --data-dir "$work/etcd" --log-level error \
    --listen-client-urls "http://127.0.0.1:$(etcd_port)" --advertise-client-urls "http://127.0.0.1:$(etcd_port)" \
    --listen-peer-urls "http://127.0.0.1:$((base + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((base + 1))" \
    --initial-cluster "ha=http://127.0.0.1:$((base + 1))" >"$work/etcd.log" 2>&1 &
  etcd_pid=$!
}

start_node() {
  local i=$1
  "${drop[@]}" env HOME="$work/node$i" patroni "$work/node$i/patroni.yml" >>"$work/node$i/patroni.log" 2>&1 &
  patroni_pid[$i]=$!
  disown "$!" # or the shell reports each kill
}

# tree prints a process and everything below it.
tree() {
  local child
  [ -d "/proc/$1" ] || return 0
  echo "$1"
  for child in $(pgrep -P "$1" || true); do tree "$child"; done
}

postmaster_of() {
  local pid
  pid=$(head -n 1 "$(data_of "$1")/postmaster.pid" 2>/dev/null || true)
  # The file outlives a killed server; its number may be somebody else's by now.
  if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(data_of "$1")" ]; then echo "$pid"; fi
}

# pids_of prints every process of a node: its Patroni, its server and their children.
pids_of() {
  local p
  for p in "${patroni_pid[$1]:-}" "$(postmaster_of "$1")"; do
    [ -z "$p" ] || tree "$p"
  done | sort -un
}

signal_node() {
  local signal=$1 i=$2 pids
  if [ "$signal" = STOP ]; then
    # The parents first: what is stopped begins no child that would be missed.
    # shellcheck disable=SC2046
    kill -STOP ${patroni_pid[$i]} $(postmaster_of "$i") 2>/dev/null || true
  fi
  pids=$(pids_of "$i")
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill "-$signal" $pids 2>/dev/null || true
}

# ask NODE SQL: the bare answer of one server, or nothing within ${patience:-3} seconds.
ask() {
  PGCONNECT_TIMEOUT=2 timeout -k 1 "${patience:-3}" psql -XqAt -h 127.0.0.1 -p "$(pg_port "$1")" -U postgres -d postgres -c "$2" 2>/dev/null || true
}

# primary prints the node that takes writes, if exactly one does.
primary() {
  local i found=()
  for i in "${nodes[@]}"; do
    if [ "$(ask "$i" 'select pg_is_in_recovery()')" = f ]; then found+=("$i"); fi
  done
  [ ${#found[@]} = 1 ] && echo "${found[0]}"
}

# standby_in_sync prints the node whose disk a commit waits for.
standby_in_sync() {
  ask "$1" "select substr(application_name, 5) from pg_stat_replication where sync_state in ('sync', 'quorum') limit 1"
}

# healthy: one primary, two replicas that stream, one of them synchronous.
healthy() {
  local p
  p=$(primary) || return 1
  [ "$(ask "$p" "select count(*) filter (where state = 'streaming') || '/' || count(*) filter (where sync_state = 'sync') from pg_stat_replication")" = 2/1 ]
}

# wait_for SECONDS WHAT COMMAND...
wait_for() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if [ "$SECONDS" -ge "$until" ]; then
      say "not in time: $what"
      return 1
    fi
    sleep 0.2
  done
}

start_cluster() {
  local i
  for i in "${nodes[@]}"; do write_node "$i"; done
  [ "$(id -u)" != 0 ] || chown -R postgres "$work"
  start_etcd
  wait_for 20 "etcd" timeout 2 etcdctl --endpoints "http://127.0.0.1:$(etcd_port)" endpoint health >"$work/etcd-health.log" 2>&1 || return 1
  for i in "${nodes[@]}"; do start_node "$i"; done
  wait_for 120 "a primary and two replicas" healthy
}

stop_cluster() {
  local i
  for i in "${nodes[@]}"; do signal_node CONT "$i"; done
  for i in "${nodes[@]}"; do signal_node KILL "$i"; done
  [ -z "$etcd_pid" ] || kill -KILL "$etcd_pid" 2>/dev/null || true
}
