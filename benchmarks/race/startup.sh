#!/bin/sh
# How long a start takes: of `longhaul --version`, and of the longhaul command given after --, from
# the start of the process to the first byte on stdout (of a chat: the first token) and to the end; the
# processor time until then as well.
#
#   startup.sh [--json] [--runs N] [-- COMMAND...]
set -u

usage() {
  echo "usage: startup.sh [--json] [--runs N] [-- COMMAND...]" >&2
  exit 2
}

fail() {
  printf 'startup.sh: %s\n' "$1" >&2
  exit 1
}

format=table
runs=20
while [ $# -gt 0 ]; do
  case $1 in
  --json) format=json ;;
  --runs)
    [ $# -ge 2 ] || usage
    runs=$2
    shift
    ;;
  --)
    shift
    break
    ;;
  *) usage ;;
  esac
  shift
done
case $runs in
'' | 0 | *[!0-9]*) usage ;;
esac

here=$(CDPATH='' cd -P -- "$(dirname "$0")" && pwd -P) || exit 1
root=$here/../..
. "$root/build/launcher/jdk.sh"
find_jdk

measure() {
  name=$1
  shift
  "$jdk_home/bin/java" "$here/Startup.java" "$runs" "$format" "$name" "$root/longhaul" "$@"
}

measure version --version || exit 1
[ $# -eq 0 ] || measure "$1" "$@"
