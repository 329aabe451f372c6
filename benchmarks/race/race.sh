#!/usr/bin/env bash
# Longhaul against llama.cpp on this machine: the same files, threads and lengths, in turn.
#
#   race.sh [--model NAME|FILE]... [--threads LIST] [--prompt N] [--gen N] [--depth N] [--busy N]
#           [--rounds N] [--kernels TWIN] [--json FILE] [--svg FILE] [--python PYTHON]
#
# Example: race.sh --model smollm2-135m --threads 1,2 --json race.json --svg race.svg
#
# The rules are in README.md beside this file. llama.cpp comes from the Python package
# llama-cpp-python, built for this machine into a folder of its own (once, some minutes); --python
# names one that has it already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
longhaul=$here/../../longhaul

python='' models=() rest=()
while [ $# -gt 0 ]; do
  case $1 in
  --python) python=$2 ;;
  --model) models+=("$2") ;;
  --threads | --prompt | --gen | --depth | --busy | --rounds | --reps | --kernels | --json | --svg)
    rest+=("$1" "$2")
    ;;
  *)
    sed -n '2,/^set/p' "$0" | grep '^#' | sed 's/^# \{0,1\}//' >&2
    exit 2
    ;;
  esac
  shift 2
done
[ ${#models[@]} -gt 0 ] || models=(smollm2-135m)

if [ -z "$python" ]; then
  folder=${XDG_CACHE_HOME:-$HOME/.cache}/longhaul/race
  python=$folder/bin/python
  if ! "$python" -c 'import llama_cpp' 2>/dev/null; then
    echo "building llama.cpp into $folder (once, some minutes)" >&2
    python3 -m venv "$folder"
    CMAKE_ARGS=-DGGML_NATIVE=ON "$folder/bin/pip" install -q --no-binary llama-cpp-python \
      'llama-cpp-python==0.3.36' numpy >&2
  fi
fi

paths=()
for model in "${models[@]}"; do
  if [ ! -e "$model" ]; then
    model=$("$longhaul" pull "$model" --json | sed -n 's/^ *"path": "\(.*\)",\{0,1\}$/\1/p')
  fi
  paths+=(--model "$model")
done
exec python3 "$here/race.py" --longhaul "$longhaul" --python "$python" "${paths[@]}" "${rest[@]}"
