#!/bin/sh
# What may come into the program, by cargo deny and deny.toml: crates that are forbidden, licences, sources, and faults
# that are known of them.
#
#   deny.sh [check]
#
# With `check` what can't be looked at here is said and left; without, it is an error.
set -eu
lenient=${1:-}
missing() {
    echo "$1" >&2
    [ "$lenient" = check ] && exit 0
    exit 69
}
cargo deny --version >/dev/null 2>&1 ||
    missing "NOT CHECKED: supply. cargo deny is missing: cargo install cargo-deny --locked"
cargo deny --log-level warn check bans licenses sources
cargo deny --log-level error fetch db 2>/dev/null ||
    missing "NOT CHECKED: known faults of crates. The list of advisories can't be fetched (https://github.com/RustSec/advisory-db)"
cargo deny --log-level warn check --disable-fetch advisories
