#!/usr/bin/env bash
# Makes the base image from distribution packages alone, for machines that reach no image registry.
# usage: debootstrap-base.sh [IMAGE] [SUITE]
set -euo pipefail

image=${1:-agentpar-base:bookworm}
suite=${2:-bookworm}

fail() {
    echo "debootstrap-base: $1" >&2
    exit 3
}

[ "$(id -u)" -eq 0 ] || fail "debootstrap needs root; run this as root, or build with --base-from registry"
for tool in debootstrap docker; do
    command -v "$tool" >/dev/null || fail "$tool is not installed; apt-get install debootstrap docker.io"
done
docker version >/dev/null 2>&1 || fail "no Docker daemon answers; start one (systemctl start docker, or dockerd by hand)"

folder=$(mktemp -d "${TMPDIR:-/tmp}/agentpar-base.XXXXXX")
cleanup() {
    # debootstrap mounts these and leaves them behind when it is interrupted
    for mounted in proc sys dev/pts dev; do
        umount -q "$folder/root/$mounted" 2>/dev/null || true
    done
    rm -rf --one-file-system "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! debootstrap --variant=minbase "$suite" "$folder/root"; then
    tail -n 20 "$folder/root/debootstrap/debootstrap.log" >&2 2>/dev/null || true
    fail "debootstrap of $suite failed; its last lines are above"
fi
rm -rf "$folder/root/var/cache/apt/archives/"*.deb "$folder/root/var/lib/apt/lists/"*
tar -C "$folder/root" -c . | docker import - "$image"
