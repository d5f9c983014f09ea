#!/usr/bin/env bash
# What the tests need beside Python: a browser with Chinese fonts, PostgreSQL, and wrk for the benchmark. On Debian as
# root it is installed where it is missing; elsewhere the missing parts are named. Never fails: tests that lack a part are
# skipped, and the test run's last lines say which and why.
set -uo pipefail

missing=()
need() { # package, then a test that it is there
    local package="$1"
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_font() { command -v fc-list && fc-list | grep -qi "$1"; }
has_postgres() { command -v postgres || compgen -G "/usr/lib/postgresql/*/bin/postgres" || command -v pg_ctl; }

need chromium has_browser
need fonts-noto-cjk has_font "noto.*cjk"
need fonts-noto-color-emoji has_font "color.*emoji"
need postgresql has_postgres
need wrk command -v wrk
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not here, so some tests will be skipped: ${missing[*]}. On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
    exit 0
fi

echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log="$(mktemp)"
# The test run starts a cluster of its own; the package need not make one.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
install_all() {
    apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}" >"$log" 2>&1
}
if ! install_all && ! { apt-get update -q >"$log" 2>&1 && install_all; }; then
    echo "Could not be installed, so some tests will be skipped. apt-get's last words:" >&2
    tail -n 5 "$log" >&2
fi
rm -f "$log"
exit 0
