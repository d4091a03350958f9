#!/usr/bin/env bash
# Prepares this machine: system packages, a Docker daemon, .venv and the sandbox image.
# usage: setup-host.sh [packages] [docker] [venv] [image]      (default: all four, in this order)
# Safe to run again: each step looks at what is really there and does only what is missing.
# PYTHON names another interpreter than python3.
# Exit code 3: something is missing that only you can provide; the message says what.
set -euo pipefail
python=${PYTHON:-python3}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "setup: $*"; }
fail() {
    echo "setup: $*" >&2
    exit 3
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
daemon_answers() { timeout 10 docker version >/dev/null 2>&1; }

missing_packages() {
    # a tool that came another way (docker-ce, a newer g++) counts as installed
    local tool
    daemon_answers || command -v dockerd >/dev/null || echo docker.io
    for tool in debootstrap:debootstrap bwrap:bubblewrap clang-16:clang-16 g++:g++ git:git make:make; do
        command -v "${tool%%:*}" >/dev/null || echo "${tool##*:}"
    done
    [ -x /usr/lib/llvm-16/bin/llvm-symbolizer ] || echo llvm-16
    [ -e /usr/lib/llvm-16/lib/libomp.so ] || echo libomp-16-dev
    [ -e /usr/include/tbb/tbb.h ] || echo libtbb-dev
    command -v mpirun >/dev/null || echo openmpi-bin
    command -v mpicxx >/dev/null || echo libopenmpi-dev
    for tool in numpy mpi4py; do
        /usr/bin/python3 -Ic "import $tool" 2>/dev/null || echo "python3-$tool"
    done
    compgen -G '/usr/lib/llvm-16/lib/clang/16*/lib/linux/libclang_rt.tsan-*.a' >/dev/null || echo libclang-rt-16-dev
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

packages() {
    local missing
    mapfile -t missing < <(missing_packages)
    if [ ${#missing[@]} -eq 0 ]; then
        say "system packages are there"
        return
    fi
    command -v apt-get >/dev/null ||
        fail "install these with your package manager (Debian's names): ${missing[*]}"
    [ "$(id -u)" -eq 0 ] ||
        fail "not root; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    say "installing ${missing[*]}"
    apt-get -o DPkg::Lock::Timeout=300 update -qq
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
        --no-install-recommends "${missing[@]}" </dev/null ||
        fail "apt-get could not install ${missing[*]}; the reason is above"
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] || fail "still missing after apt-get: ${missing[*]}"
}

become_dockerd() {
    # A daemon must hold none of our descriptors: a caller that reads our output to its end would wait for ever.
    local fd
    for fd in /proc/"$BASHPID"/fd/*; do
        fd=${fd##*/}
        [ "$fd" -le 2 ] || eval "exec $fd>&-"
    done
    exec setsid dockerd </dev/null >"$1" 2>&1
}

remove_stale_pidfile() {
    # After a crash the number may belong to another process by now, and dockerd would refuse to start.
    local pidfile=/var/run/docker.pid
    [ -e "$pidfile" ] || return 0
    [ "$(cat "/proc/$(cat "$pidfile")/comm" 2>/dev/null)" = dockerd ] || rm -f "$pidfile"
}

docker_daemon() {
    if daemon_answers; then
        say "the Docker daemon answers"
        return
    fi
    command -v docker >/dev/null || fail "the docker command is missing; install docker.io (or docker-cli)"
    [ -z "${DOCKER_HOST:-}" ] || fail "no Docker daemon answers at DOCKER_HOST; start it or unset DOCKER_HOST"
    [ "$(id -u)" -eq 0 ] ||
        fail "no Docker daemon answers; start it (sudo systemctl start docker) and join its group"
    local daemon='' log="${XDG_CACHE_HOME:-$HOME/.cache}/agentpar/dockerd.log"
    mkdir -p "$(dirname "$log")"
    if [ -d /run/systemd/system ]; then
        say "starting docker with systemctl"
        systemctl start docker || fail "systemctl could not start docker; see: journalctl -u docker"
    else
        say "starting dockerd; its log is $log"
        remove_stale_pidfile
        become_dockerd "$log" &
        daemon=$!
    fi
    local deadline=$((SECONDS + 60))
    until daemon_answers; do
        if [ $SECONDS -ge $deadline ] || { [ -n "$daemon" ] && ! kill -0 "$daemon" 2>/dev/null; }; then
            tail -n 20 "$log" >&2 2>/dev/null || true
            fail "the Docker daemon did not come up; the last lines of $log are above"
        fi
        sleep 0.5
    done
    say "the Docker daemon answers"
}

environment_hash() { cat pyproject.toml constraints.txt | sha256sum | cut -d' ' -f1; }

venv_is_current() {
    [ "$(cat .venv/agentpar-setup.sha256 2>/dev/null)" = "$(environment_hash)" ] &&
        .venv/bin/python - "$PWD" <<'PYTHON' 2>/dev/null &&
import importlib.util, pathlib, sys
sys.path.pop(0)
import docker, mypy, numpy, pytest, ruff, langgraph
found = pathlib.Path(importlib.util.find_spec("agentpar.resources").origin)
sys.exit(found.parent.parent != pathlib.Path(sys.argv[1]).resolve())
PYTHON
        .venv/bin/python -m pip check >/dev/null 2>&1 &&
        [ -x .venv/bin/agentpar ]
}

virtual_environment() {
    if venv_is_current; then
        say ".venv is current"
        return
    fi
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail "Python 3.11 or newer is needed, $python is not; name another with PYTHON=..."
    say "installing into .venv"
    .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
    rm -f .venv/agentpar-setup.sha256
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    .venv/bin/python -m pip install -qq -c constraints.txt --upgrade pip
    .venv/bin/python -m pip install -qq -c constraints.txt --editable '.[cuda,mpi4py]' --group dev ||
        fail "pip could not install the package; the reason is above"
    environment_hash >.venv/agentpar-setup.sha256
    venv_is_current || fail ".venv is not usable after the installation; delete it and run this again"
}

image() {
    if .venv/bin/python -c 'import sys; from agentpar.sandbox import image as i; sys.exit(not i.image_exists())' 2>/dev/null; then
        say "the sandbox image is there"
        return
    fi
    say "building the sandbox image"
    .venv/bin/agentpar sandbox build --base-from auto
}

[ $# -gt 0 ] || set -- packages docker venv image
for step in "$@"; do
    case $step in
    packages) packages ;;
    docker) docker_daemon ;;
    venv) virtual_environment ;;
    image) image ;;
    *) fail "unknown step $step; the steps are packages, docker, venv, image" ;;
    esac
done
