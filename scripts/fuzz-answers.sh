#!/bin/sh
# Parses random and damaged answers, in random tokens: nothing lost, nothing repeated, whatever comes.
#
#   fuzz-answers.sh [ANSWERS_PER_PROPERTY]     six properties; 100000 each unless told
set -eu
cd "$(dirname "$0")/.."
mvn -q -B test -pl engine -Dtest=AnswerPropertiesTest -Djqwik.tries.default="${1:-100000}"
echo "six properties held for ${1:-100000} inputs each"
