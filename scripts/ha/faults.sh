# The faults of scripts/ha-test.sh. Each breaks one thing, mends it again, and
# says in $what which, and in $from (microseconds since 1970) when it was broken.
# Sourced, not run, after cluster.sh.
# shellcheck shell=bash

broken() { from=$(date +%s%6N); }

# kill-primary: the server that takes writes and its Patroni die at once, as if
# their machine had lost power, and come back once another has taken over.
fault_kill_primary() {
  local p
  p=$(primary) || return 1
  what="node $p"
  signal_node KILL "$p"
  broken
  wait_for 60 "another primary" other_primary "$p" || what+=", no successor"
  start_node "$p"
}

other_primary() {
  local now
  now=$(primary) && [ "$now" != "$1" ]
}

# cut-replica: the replica whose disk every commit waits for hears and says nothing.
fault_cut_replica() {
  local p s
  p=$(primary) || return 1
  s=$(standby_in_sync "$p")
  [ -n "$s" ] || return 1
  what="node $s, synchronous"
  signal_node STOP "$s"
  broken
  sleep "$hold"
  signal_node CONT "$s"
}

# cut-primary: the server that takes writes stands still for longer than its lock
# lives. When it wakes it must not take a write that the others do not have.
fault_cut_primary() {
  local p i
  p=$(primary) || return 1
  what="node $p"
  signal_node STOP "$p"
  broken
  sleep "$hold"
  wait_for 60 "another primary" other_primary_of_rest "$p" || what+=", no successor"
  signal_node CONT "$p"
  for i in $(seq 1 40); do
    try_write "$p"
    sleep 0.1
  done
}

# other_primary_of_rest asks only those that can answer.
other_primary_of_rest() {
  local i
  for i in "${nodes[@]}"; do
    [ "$i" = "$1" ] || [ "$(ask "$i" 'select pg_is_in_recovery()')" != f ] || return 0
  done
  return 1
}

fence_n=0

# try_write writes at one server, and remembers it if that server said yes. The
# caller gives up by leaving, never by a cancel: a cancelled commit counts as
# committed on a server whose replica has not confirmed it.
try_write() {
  fence_n=$((fence_n + 1))
  if (PGCONNECT_TIMEOUT=1 timeout -s KILL 2 psql -XqAt -h 127.0.0.1 -p "$(pg_port "$1")" -U postgres -d postgres \
    -c "insert into probe values ($fence_n, 'fence')"; exit $?) >/dev/null 2>&1; then
    echo "\"version\":$fence_n" >>"$work/fence"
  fi
}

# restart-all: every server and every Patroni dies at one moment and starts again.
fault_restart_all() {
  local i
  what="three nodes"
  for i in "${nodes[@]}"; do signal_node KILL "$i"; done
  broken
  sleep 1
  for i in "${nodes[@]}"; do start_node "$i"; done
}

killed_house=2

# kill-house: one Fondaco node dies and starts again; the nodes take turns.
fault_kill_house() {
  killed_house=$((3 - killed_house))
  what="house $killed_house"
  kill -KILL "${house_pid[$killed_house]}" 2>/dev/null
  broken
  wait "${house_pid[$killed_house]}" 2>/dev/null
  sleep 5
  start_house "$killed_house"
  wait_for 30 "house $killed_house" house_ready "$killed_house" || what+=", did not open again"
}

# switchover: the operator moves the writing to another server.
fault_switchover() {
  local p
  p=$(primary) || return 1
  what="from node $p"
  broken
  timeout 60 patronictl -c "$work/node1/patroni.yml" switchover "$scope" --leader "node$p" --force >>"$work/switchover.log" 2>&1 || what+=", refused"
  wait_for 60 "another primary" other_primary "$p" || what+=", not moved"
}

# isolate: both replicas stand still until nobody can write, then the primary
# dies and they wake. Not one of the ten: two things fail, and the cluster waits
# for the dead one. Nothing may be lost all the same.
fault_isolate() {
  local p i
  p=$(primary) || return 1
  what="node $p alone, then killed"
  for i in "${nodes[@]}"; do [ "$i" = "$p" ] || signal_node STOP "$i"; done
  broken
  sleep "$hold"
  signal_node KILL "$p"
  for i in "${nodes[@]}"; do [ "$i" = "$p" ] || signal_node CONT "$i"; done
  sleep 5
  start_node "$p"
}
