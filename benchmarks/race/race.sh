#!/bin/sh
# Longhaul against llama.cpp: the same files, threads and lengths, in turn. See README.md.
#
#   race.sh [--model NAME|FILE]... [--threads N,...] [--prompt N] [--gen N] [--depth N] [--busy N]
#           [--rounds N] [--reps N] [--warm-up N] [--kernels X] [--json FILE] [--svg FILE]
#           [--python PYTHON]
#
# llama.cpp comes from the Python package llama-cpp-python, built for this machine into a folder of
# its own (once, some minutes; needs python3, a C++ compiler and CMake's own needs); --python names a
# Python that has it already. `race.sh --help` says what each option does.
set -eu
here=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd -P)

# The only option of this script; the others are race.py's.
python=
count=$#
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  case $word in
  --python=*) python=${word#*=} ;;
  --python)
    if [ "$count" -eq 0 ]; then
      echo "race.sh: --python needs a value" >&2
      exit 2
    fi
    python=$1
    shift
    count=$((count - 1))
    ;;
  -h | --help) exec python3 "$here/race.py" --help ;;
  *) set -- "$@" "$word" ;;
  esac
done

if [ -z "$python" ]; then
  folder=${XDG_CACHE_HOME:-$HOME/.cache}/longhaul/race
  python=$folder/bin/python
  if ! "$python" -c 'import llama_cpp' 2>/dev/null; then
    echo "building llama.cpp into $folder (once, some minutes)" >&2
    python3 -m venv "$folder"
    # No cache: a wheel in it may have been built for another machine.
    CMAKE_ARGS=-DGGML_NATIVE=ON "$folder/bin/pip" install -q --no-cache-dir --no-binary llama-cpp-python \
      'llama-cpp-python==0.3.36' numpy >&2
  fi
elif ! "$python" -c 'import llama_cpp' 2>/dev/null; then
  echo "race.sh: $python has no llama_cpp; leave out --python to have it built" >&2
  exit 1
fi
exec "$python" "$here/race.py" "$@"
