#!/bin/sh
# Compares the tokenizers with llama.cpp and Hugging Face's tokenizers on whole vocabularies.
#
#   scripts/tokenizer-parity.sh PYTHON OUT SMOLLM.gguf GEMMA.gguf VOCABULARIES
#
# PYTHON has gguf, tokenizers and llama_cpp; OUT is a scratch folder, filled once (several minutes) and
# kept; VOCABULARIES is the folder "models" of llama.cpp's sources; JAVA may name the java of a JDK 25.
# Exits with 1 if there are differences.
set -eu
if [ $# -ne 5 ]; then
  sed -n '2,8p' "$0" >&2
  exit 2
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ ! -f "$2/complete" ]; then
  "$1" "$here/scripts/oracle/tokenizer_parity.py" full "$2" --smollm "$3" --gemma "$4" --vocabularies "$5"
  touch "$2/complete"
fi
out=$(cd "$2" && pwd)
cd "$here"
mvn -q -B test-compile -pl engine
mvn -q -B dependency:build-classpath -pl engine -Dmdep.outputFile="$out/classpath" >/dev/null
"${JAVA:-java}" -Xmx3g -cp "engine/target/test-classes:engine/target/classes:$(cat "$out/classpath")" \
  io.longhaul.engine.text.TokenizerParity "$out"
