#!/usr/bin/env bash
# Starts a real S3 service for the tests: one Ceph monitor, one OSD on a sparse file and radosgw, all on loopback and
# on ports nobody uses. Debian packages: radosgw ceph-mon ceph-osd ceph-common curl openssl.
#
#   rgw-up.sh FOLDER      everything it writes is in FOLDER, which must not exist; FOLDER/s3.env exports the
#                         IMGSRV_TEST_S3_* settings. Stop it with rgw-down.sh FOLDER.
set -euo pipefail

folder=${1:?usage: rgw-up.sh FOLDER}
mkdir -p "$(dirname "$folder")"
mkdir "$folder"
folder=$(cd "$folder" && pwd)
mkdir "$folder"/{mon,osd,run,log}
bucket=imgsrv-test
access_key_id=imgsrvtest
secret_access_key=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
cluster_id=$(cat /proc/sys/kernel/random/uuid)
osd_id=$(cat /proc/sys/kernel/random/uuid)

free_ports() { # COUNT
  node -e '
    const { createServer } = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () => createServer());
    let waiting = servers.length;
    // Below the ports that connections get: a service that is away must find its port free when it comes back.
    const tryOne = (server) => server.listen(20000 + Math.floor(Math.random() * 12000), "127.0.0.1");
    for (const server of servers) tryOne(server.on("error", () => tryOne(server))).on("listening", () => {
      if (--waiting > 0) return;
      console.log(servers.map((one) => one.address().port).join(" "));
      for (const one of servers) one.close();
    });' "$1"
}

wait_until() { # SECONDS WHAT COMMAND...
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > "$folder/log/wait.log" 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "rgw-up: $what did not happen in time" >&2
      tail -n 20 "$folder"/log/*.log >&2
      return 1
    fi
    sleep 0.2
  done
}

read -r mon_port rgw_port <<< "$(free_ports 2)"
mon_address="[v2:127.0.0.1:$mon_port]"

cat > "$folder/ceph.conf" <<CONF
[global]
fsid = $cluster_id
mon_initial_members = a
mon_host = $mon_address
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
keyring = $folder/keyring
run_dir = $folder/run
pid_file = $folder/run/\$name.pid
admin_socket = $folder/run/\$name.\$pid.asok
log_file = $folder/log/\$name.log
mon_data = $folder/mon
# One copy on one disk is all a test needs; nothing else looks after the placement groups.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
# Nobody else votes: agree at once.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
# The disk is shared with everything else on the machine.
mon_data_avail_warn = 2
mon_data_avail_crit = 1
[osd.0]
osd_data = $folder/osd
osd_objectstore = bluestore
bluestore_block_size = 34359738368
osd_memory_target = 1073741824
osd_crush_initial_weight = 1
CONF

ceph() { timeout 30 /usr/bin/ceph -c "$folder/ceph.conf" -n client.admin "$@"; }
new_key() { # NAME CAPABILITY...
  local name=$1
  shift
  ceph-authtool "$folder/keyring" --gen-key -n "$name" "$@" > /dev/null
}

ceph-authtool --create-keyring "$folder/keyring" > /dev/null
new_key mon. --cap mon 'allow *'
new_key client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
new_key osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
monmaptool --create --fsid "$cluster_id" --addv a "$mon_address" "$folder/monmap" > /dev/null

ceph-mon -c "$folder/ceph.conf" -i a --mkfs --monmap "$folder/monmap" --keyring "$folder/keyring"
ceph-mon -c "$folder/ceph.conf" -i a
wait_until 60 'a monitor that answers' ceph mon stat

ceph osd new "$osd_id" 0 > /dev/null
ceph auth import -i "$folder/keyring" > /dev/null 2>&1
ceph-osd -c "$folder/ceph.conf" -i 0 --mkfs --osd-uuid "$osd_id" > "$folder/log/osd-mkfs.log" 2>&1
ceph-osd -c "$folder/ceph.conf" -i 0 > "$folder/log/osd-start.log" 2>&1

radosgw -c "$folder/ceph.conf" -n client.admin --rgw-frontends "beast endpoint=127.0.0.1:$rgw_port" \
  --pid-file "$folder/run/rgw.pid" --log-file "$folder/log/rgw.log"
endpoint=127.0.0.1:$rgw_port
wait_until 90 'an S3 service that answers' curl --noproxy '*' -fsS -o /dev/null "http://$endpoint/"
create_user() { # NAME ACCESS_KEY_ID
  timeout 60 radosgw-admin -c "$folder/ceph.conf" -n client.admin user create --uid="$1" --display-name="$1" \
    --access-key="$2" --secret-key="$secret_access_key" > "$folder/log/user-$1.log" 2>&1
}
create_user imgsrv "$access_key_id"
# Users without a right of their own, for the policies in docker/s3.
create_user imgsrv-api "${access_key_id}api"
create_user imgsrv-worker "${access_key_id}worker"

create_bucket() { # signed as S3 did first (version 2): four lines, and radosgw still takes it
  local date signature
  date=$(date -Ru)
  signature=$(printf 'PUT\n\n\n%s\n/%s' "$date" "$bucket" |
    openssl dgst -sha1 -hmac "$secret_access_key" -binary | openssl base64)
  curl --noproxy '*' -fsS -X PUT -H "Date: $date" -H "Authorization: AWS $access_key_id:$signature" \
    "http://$endpoint/$bucket"
}
wait_until 30 'a bucket' create_bucket

cat > "$folder/s3.env" <<ENV
export IMGSRV_TEST_S3_ENDPOINT=$endpoint
export IMGSRV_TEST_S3_BUCKET=$bucket
export IMGSRV_TEST_S3_ACCESS_KEY_ID=$access_key_id
export IMGSRV_TEST_S3_SECRET_ACCESS_KEY=$secret_access_key
export IMGSRV_TEST_S3_API_ACCESS_KEY_ID=${access_key_id}api
export IMGSRV_TEST_S3_WORKER_ACCESS_KEY_ID=${access_key_id}worker
ENV
