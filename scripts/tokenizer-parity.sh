#!/bin/sh
# Compares the tokenizers with llama.cpp and Hugging Face's tokenizers on whole vocabularies.
#
#   scripts/tokenizer-parity.sh PYTHON OUT SMOLLM.gguf GEMMA.gguf VOCABULARIES
#
# PYTHON has gguf, tokenizers and llama_cpp; OUT is a scratch folder, filled once (several minutes) and kept;
# VOCABULARIES is the folder "models" of llama.cpp's sources. Exits with 1 if there are differences.
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
cd "$here"
mvn -q -B test-compile -pl engine
mvn -q -B org.codehaus.mojo:exec-maven-plugin:3.6.4:exec -pl engine -Dexec.executable=java -Dexec.classpathScope=test \
  -Dexec.args="-Xmx3g -cp %classpath io.longhaul.engine.text.TokenizerParity $2"
