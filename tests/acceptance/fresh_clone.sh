#!/usr/bin/env bash
# `make demo` on a machine that has Python and nothing else, run by hand:
#   tests/acceptance/fresh_clone.sh [PYTHON]
# Clones what is committed into an empty folder, with an empty HOME and a bare environment; as root, once more as an
# ordinary user. Prints how long the phone took to answer after the install, and fails when a process is left behind.
set -euo pipefail
source="$(cd "$(dirname "$0")/../.." && pwd)"
python="${1:-$(command -v python3)}"

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
now() { date +%s.%N; }
since() { "$python" -c "print(round($(now) - $1, 1))"; }

left() { # processes that were given this folder
    for one in /proc/[0-9]*; do
        { tr '\0' '\n' <"$one/environ" | grep -qx "VAR_DIR=$1" && tr '\0' ' ' <"$one/cmdline" && echo; } 2>/dev/null
    done || true
}

try_in() { # folder, command prefix…
    local folder="$1" port begun group
    shift
    port="$(free_port)"
    local bare=("$@" env -i PATH="$(dirname "$python"):/usr/bin:/bin" HOME="$folder/home" PYTHON="$python"
        VAR_DIR="$folder/var" BIND="127.0.0.1:$port")
    "$@" mkdir "$folder/home"
    "$@" git -c advice.detachedHead=false clone -q "$source" "$folder/clone"
    cd "$folder/clone"
    begun="$(now)"
    "${bare[@]}" make setup
    echo "installed in $(since "$begun") s"
    for run in first second; do
        begun="$(now)"
        setsid "${bare[@]}" make demo >"$folder/$run.log" 2>&1 &
        group=$!
        until curl -sfo /dev/null "http://127.0.0.1:$port/phone/"; do
            kill -0 "$group" || { cat "$folder/$run.log"; exit 1; }
            [ "$(since "$begun" | cut -d. -f1)" -lt 60 ] || { echo "not up within 60 s"; exit 1; }
            sleep 0.1
        done
        echo "$run make demo: /phone/ answers after $(since "$begun") s"
        until grep -q "demo sign-ins" "$folder/$run.log"; do sleep 0.1; done
        kill -INT -- "-$group" # what a terminal's Ctrl-C does
        begun="$(now)"
        wait "$group" || true
        echo "stopped in $(since "$begun") s"
        if [ -n "$(left "$folder/var")" ]; then
            echo "left behind:"
            left "$folder/var"
            exit 1
        fi
    done
    cd /
}

top="$(mktemp -d)"
trap 'rm -rf "$top"' EXIT
chmod 755 "$top"
mkdir "$top/own"
try_in "$top/own"
if [ "$(id -u)" = 0 ]; then
    if runuser -u nobody -- "$python" -c '' 2>/dev/null; then
        echo "-- as an ordinary user"
        install -d -o nobody "$top/other"
        # a clone from a folder that only root may read goes by way of a bundle
        git -C "$source" bundle create -q "$top/source.bundle" HEAD
        source="$top/source.bundle"

        try_in "$top/other" runuser -u nobody --
    else
        echo "the ordinary user was left out: $python lies where only root may read"
    fi
fi
