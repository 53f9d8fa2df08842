#!/bin/sh
# The checked-in data of the queries (.sqlx): renewed, or checked, against a private Postgres.
#
#   queries.sh prepare | check
set -eu
cargo sqlx --version >/dev/null 2>&1 || {
    echo "cargo sqlx is missing: cargo install sqlx-cli --no-default-features --features postgres,rustls" >&2
    exit 69
}
"$(dirname "$0")/setup.sh" demo
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
home=$(mktemp -d)
user=""
if [ "$(id -u)" -eq 0 ]; then
    user="setpriv --reuid=nobody --regid=nogroup --clear-groups"
    chown nobody:nogroup "$home"
fi
stop() {
    $user "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap stop EXIT INT TERM
cd "$home"
$user "$bin/initdb" -D "$home/data" -U redress -A trust --no-sync >/dev/null
$user "$bin/pg_ctl" -D "$home/data" -w -l "$home/log" \
    -o "-c listen_addresses= -c unix_socket_directories=$home" start >/dev/null
cd "$OLDPWD"
DATABASE_URL="postgres://redress@localhost/redress?host=$home"
export DATABASE_URL
unset SQLX_OFFLINE || true
cargo sqlx database create
cargo sqlx migrate run >/dev/null
case "${1:-check}" in
prepare) cargo sqlx prepare ;;
check) cargo sqlx prepare --check ;;
esac
