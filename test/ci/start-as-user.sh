#!/usr/bin/env bash
# `npm start` as somebody who is not root, in a copy of this checkout that belongs to them: it must become ready with
# nothing configured, print one bootstrap token, serve, and leave no process behind when it is told to stop.
# Run as root (it drops to an unprivileged user) after `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/../.."

user_id=65534
copy=$(mktemp -d "${TMPDIR:-/tmp}/imgsrv-user.XXXXXX")
service=''
clean_up() {
  local postmaster
  if [ -n "$service" ]; then kill -KILL -- "-$service" 2> /dev/null || true; fi
  # Postgres leads a session of its own.
  for postmaster in $(pgrep -u "$user_id" -f "$copy" || true); do kill -KILL "$postmaster" 2> /dev/null || true; done
  rm -rf "$copy"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

mkdir "$copy/src" "$copy/home"
tar -cf - --exclude=./.git --exclude=./dist --exclude=./data . | tar -xf - -C "$copy/src"
chown -R "$user_id:$user_id" "$copy"
cd "$copy/src"

port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => {
  console.log(s.address().port); s.close(); })')
setsid setpriv --reuid="$user_id" --regid="$user_id" --clear-groups \
  env -i HOME="$copy/home" PATH="$PATH" CI=true \
  npm start -- --listen "127.0.0.1:$port" --metrics-listen '' > "$copy/stdout" 2> "$copy/stderr" < /dev/null &
service=$!

fail() {
  echo "start-as-user: $1" >&2
  tail -n 40 "$copy/stdout" "$copy/stderr" >&2
  exit 1
}
status_of() { curl --noproxy '*' -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port$1" || true; }

deadline=$((SECONDS + 180))
until [ "$(status_of /readyz)" = 204 ]; do
  kill -0 "$service" 2> /dev/null || fail 'ended before it was ready'
  [ "$SECONDS" -lt "$deadline" ] || fail 'was not ready in time'
  sleep 0.2
done
[ "$(status_of /streams/v1/index.json)" = 200 ] || fail 'does not serve the index'
[ "$(grep -c '^imgsrv bootstrap token: imgsrv_at_' "$copy/stdout")" = 1 ] || fail 'did not print one bootstrap token'

kill -TERM -- "-$service"
deadline=$((SECONDS + 30))
while pgrep -g "$service" > /dev/null || pgrep -u "$user_id" -f "$copy" > /dev/null; do
  [ "$SECONDS" -lt "$deadline" ] || fail 'left a process behind after SIGTERM'
  sleep 0.2
done
service=''
echo "npm start works as uid $user_id, and stops"
