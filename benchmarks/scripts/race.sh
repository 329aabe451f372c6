#!/usr/bin/env bash
# Longhaul against llama.cpp: the same GGUF, threads, prompt and generated lengths, in turn.
#
#   race.sh [--model NAME|FILE] [--threads N] [--prompt N] [--gen N] [--rounds N] [--python PYTHON]
#
# Both engines use their defaults for a CPU and warm up first; each round runs one, then the other.
# Printed: each figure's median over the rounds, tokens per second, and the ratio of the medians.
# llama.cpp comes from the Python package llama-cpp-python, built for this machine into a folder of
# its own (once, some minutes); --python names one that has it already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
longhaul=$here/../../longhaul

model=smollm2-135m threads=2 prompt=512 gen=128 rounds=5 python=
while [ $# -gt 0 ]; do
  case $1 in
  --model) model=$2 ;;
  --threads) threads=$2 ;;
  --prompt) prompt=$2 ;;
  --gen) gen=$2 ;;
  --rounds) rounds=$2 ;;
  --python) python=$2 ;;
  *)
    sed -n '2,/^set/p' "$0" | grep '^#' | sed 's/^# \{0,1\}//' >&2
    exit 2
    ;;
  esac
  shift 2
done

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

path=$model
if [ ! -e "$path" ]; then
  path=$("$longhaul" pull "$model" --json | sed -n 's/^ *"path": "\(.*\)",\{0,1\}$/\1/p')
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  "$longhaul" bench --model "$path" --prompt "$prompt" --gen "$gen" --threads "$threads" --reps 3 \
    --json >"$out/longhaul.$round"
  "$python" "$here/race_llama_cpp.py" "$path" "$prompt" "$gen" "$threads" 3 >"$out/llama.$round"
done
"$python" - "$out" "$(basename "$path")" "$threads" "$prompt" "$gen" <<'END'
import glob, json, statistics, sys
out, model, threads, prompt, gen = sys.argv[1:]
def rates(engine, part):
    runs = [json.load(open(f)) for f in sorted(glob.glob(f"{out}/{engine}.*"))]
    return [statistics.median(run[part]["tokens_per_second"]) for run in runs]
print(f"{model}, {threads} threads, medians of {len(rates('llama', 'decode'))} rounds, tokens/s (lowest to highest)")
print(f"{'':16}{'longhaul':>26}{'llama.cpp':>26}{'ratio':>8}")
for part, tokens in (("prefill", prompt), ("decode", gen)):
    ours, theirs = rates("longhaul", part), rates("llama", part)
    show = lambda r: f"{statistics.median(r):.1f} ({min(r):.1f} to {max(r):.1f})"
    print(f"{part + ' ' + tokens:16}{show(ours):>26}{show(theirs):>26}"
          f"{statistics.median(ours) / statistics.median(theirs):8.2f}")
END
