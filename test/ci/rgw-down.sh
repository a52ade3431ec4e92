#!/usr/bin/env bash
# Stops what rgw-up.sh started in FOLDER and removes FOLDER. Repeating it is harmless.
set -euo pipefail

folder=${1:?usage: rgw-down.sh FOLDER}
[ -e "$folder/ceph.conf" ] || exit 0

# A pid may be somebody else's by now: only a process that was started with this folder's configuration is ours.
is_ours() { tr '\0' ' ' 2> /dev/null < "/proc/$1/cmdline" | grep -qF -- "$folder/ceph.conf"; }

pids=()
for file in "$folder"/run/*.pid; do
  if [ -s "$file" ] && is_ours "$(cat "$file")"; then pids+=("$(cat "$file")"); fi
done
if [ ${#pids[@]} -gt 0 ]; then kill "${pids[@]}" 2> /dev/null || true; fi

deadline=$((SECONDS + 20))
for pid in "${pids[@]}"; do
  while is_ours "$pid"; do
    if [ "$SECONDS" -ge "$deadline" ]; then kill -9 "$pid" 2> /dev/null || true; fi
    sleep 0.1
  done
done
rm -rf "$folder"
