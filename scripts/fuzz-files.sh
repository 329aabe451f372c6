#!/bin/sh
# Opens a million hostile model files (GGUF, safetensors, indexes) and prints how many ended how.
#
#   fuzz-files.sh [INPUTS_PER_KIND]     five kinds; 210000 each unless told
set -eu
cd "$(dirname "$0")/.."
mvn -q -B test -pl engine -Dtest=FileFuzzTest -Djqwik.tries.default="${1:-210000}"
cat engine/target/fuzz-outcomes.txt
awk '/inputs/ { sub(",", "", $0); for (i = 1; i < NF; i++) if ($i == "inputs") n += $(i + 1) }
     END { print "all inputs: " n }' engine/target/fuzz-outcomes.txt
