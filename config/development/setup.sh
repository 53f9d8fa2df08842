#!/bin/sh
# Installs what the demo and the tests run on, where it is missing: private servers need the programs of
# Postgres, Dovecot and, for tests, Postfix and a Chinese font. Nothing is started, and nothing that is there is changed.
#
#   setup.sh demo | test
set -eu

missing=""
need() { # package, test that it is there
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}
has_postgres() { ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; }
has_chinese_font() { find /usr/share/fonts /usr/local/share/fonts -name '*CJK*' -o -name 'wqy-*' -o -name 'DroidSansFallback*' -o -name '*HanSans*' 2>/dev/null | grep -q .; }
has() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1"; }

need gcc has cc
need postgresql has_postgres
need dovecot-imapd has dovecot
need dovecot-lmtpd test -e /usr/lib/dovecot/lmtp
need openssl has openssl
if [ "${1:-demo}" = test ]; then
    need postfix has postfix
    # charts of reviews have Chinese labels
    need fonts-droid-fallback has_chinese_font
fi
[ -n "$missing" ] || exit 0

echo "These Debian packages are needed and missing:$missing"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This system has no apt-get: please install their like by hand, then try again." >&2
    exit 69
fi
run=""
if [ "$(id -u)" -ne 0 ]; then
    run="sudo"
    if [ -z "${CI:-}" ]; then
        printf 'Install them with sudo apt-get? No service will be started. [Y/n] '
        read -r answer || answer=n
        case "$answer" in
        "" | y | Y | yes) ;;
        *)
            echo "Nothing was installed. By hand: sudo apt-get install --no-install-recommends$missing" >&2
            exit 69
            ;;
        esac
    fi
fi

# Debian starts a server as soon as it is installed, unless this file says no
policy=/usr/sbin/policy-rc.d
ours=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $run tee "$policy" >/dev/null
    $run chmod 755 "$policy"
    ours=yes
fi
cleanup() { [ -z "$ours" ] || $run rm -f "$policy"; }
trap cleanup EXIT INT TERM

echo "Installing:$missing"
log=$(mktemp)
if ! { $run apt-get update && $run env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get failed; its whole output is in $log" >&2
    exit 69
fi
rm -f "$log"

# nor shall they start at the next boot
if [ -d /run/systemd/system ]; then
    for package in $missing; do
        case "$package" in
        postgresql) $run systemctl disable --quiet postgresql.service || true ;;
        dovecot-imapd) $run systemctl disable --quiet dovecot.service dovecot.socket || true ;;
        postfix) $run systemctl disable --quiet postfix.service || true ;;
        esac
    done
fi
echo "Installed. No service was started."
