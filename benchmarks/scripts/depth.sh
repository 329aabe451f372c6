#!/bin/sh
# Longhaul and llama.cpp by depth, in turn, on the same slice and threads; tables and a plot.
#
#   depth.sh --model FILE --python PYTHON [--threads N] [--rounds N] [--depths N,...]
#            [--llama-depths N,...] [--decode N] [--prefill N] [--no-flash-depths N,...]
#            [--lines FOLDER] [--out FOLDER] [--name NAME]
#
# PYTHON has llama-cpp-python 0.3.36 (../race/race.sh builds one) and numpy. FILE comes from
# main.sh slice.MakeSlice. The lines of JSON stay in --lines (default: a new folder in /tmp); lines
# that are there already from an earlier call count too. Depths of llama.cpp are fewer by default:
# what it takes for a piece of prompt grows with all tokens in the cache.
# Without flash attention its buffers grow with depth times batch, so it decodes there in batches of 8
# and skips prefill; --no-flash-depths '' leaves it out.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
model='' python='' threads=2 rounds=3 decode=16 prefill=256 lines='' out=$here/../../docs name=depth
depths=4096,32768,131072,524288,1048575 llama=4096,8192,24576,32768,131072 plain=4096,8192,24576,32768
while [ $# -gt 1 ]; do
  case $1 in
  --model) model=$2 ;;
  --python) python=$2 ;;
  --threads) threads=$2 ;;
  --rounds) rounds=$2 ;;
  --depths) depths=$2 ;;
  --llama-depths) llama=$2 ;;
  --no-flash-depths) plain=$2 ;;
  --decode) decode=$2 ;;
  --prefill) prefill=$2 ;;
  --lines) lines=$2 ;;
  --out) out=$2 ;;
  --name) name=$2 ;;
  *) break ;;
  esac
  shift 2
done
if [ $# -gt 0 ] || [ -z "$model" ] || [ -z "$python" ]; then
  sed -n '2,15p' "$0" >&2
  exit 2
fi
if [ -z "$lines" ]; then
  lines=$(mktemp -d)
fi
mkdir -p "$lines"
stamp=$(date +%s)
round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  printf 'round %s of %s, lines in %s\n' "$round" "$rounds" "$lines" >&2
  "$here/main.sh" depth.DepthBenchmark "$model" --threads "$threads" --depths "$depths" \
    --decode "$decode" --prefill "$prefill" --json >"$lines/$stamp.$round.longhaul.jsonl"
  "$python" "$here/llama_cpp_depth.py" "$model" --threads "$threads" --depths "$llama" \
    --decode "$decode" --prefill "$prefill" --ubatch 256 >"$lines/$stamp.$round.flash.jsonl"
  if [ -n "$plain" ]; then
    "$python" "$here/llama_cpp_depth.py" "$model" --threads "$threads" --depths "$plain" \
      --decode "$decode" --prefill 0 --ubatch 8 --flash off >"$lines/$stamp.$round.plain.jsonl"
  fi
done
"$python" "$here/depth_report.py" "$lines" "$out" "$name"
