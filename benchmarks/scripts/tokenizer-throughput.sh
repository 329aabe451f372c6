#!/bin/sh
# Times the tokenizers against the Rust library tokenizers, both on one thread, on the same text.
#
#   benchmarks/scripts/tokenizer-throughput.sh PYTHON OUT SMOLLM.gguf GEMMA.gguf VOCABULARIES [PASSES]
#
# PYTHON has gguf, tokenizers and llama_cpp; OUT is a scratch folder, filled once; VOCABULARIES is the
# folder "models" of llama.cpp's sources; JAVA may name the java of a JDK 25. The two take turns, so that
# a busy machine slows both. The tokens must agree.
set -eu
if [ $# -lt 5 ]; then
  sed -n '2,8p' "$0" >&2
  exit 2
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
passes=${6:-7}
if [ ! -f "$2/complete" ]; then
  "$1" "$here/benchmarks/scripts/tokenizer_throughput.py" prepare "$2" --smollm "$3" --gemma "$4" --vocabularies "$5"
  touch "$2/complete"
fi
out=$(cd "$2" && pwd)
cd "$here"
mvn -q -B compile -pl engine,benchmarks
mvn -q -B dependency:build-classpath -pl engine -Dmdep.outputFile="$out/classpath" >/dev/null
classes=benchmarks/target/classes:engine/target/classes:$(cat "$out/classpath")
java=${JAVA:-java}
printf '%-14s %10s %12s %12s %8s\n' vocabulary tokens 'Rust MB/s' 'Java MB/s' ratio
for folder in "$out"/*/; do
  name=$(basename "$folder")
  for turn in 1 2 3; do
    rust=$("$1" benchmarks/scripts/tokenizer_throughput.py time "$folder" "$out/text.txt" "$passes")
    ours=$("$java" -XX:+UseSerialGC -Xmx1g -cp "$classes" io.longhaul.benchmarks.TokenizerBenchmark \
      "$folder" "$out/text.txt" "$passes")
    printf '%s %s %s\n' "$name" "$rust" "$ours" | awk '{
      if ($2 != $5 || $3 != $6) { print $1 ": the tokens differ: " $2 " " $3 " and " $5 " " $6; exit 1 }
      printf "%-14s %10d %12.2f %12.2f %8.2f\n", $1, $2, $4, $7, $7 / $4 }'
  done
done
