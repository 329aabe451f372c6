#!/bin/sh
# Damages saved sessions at random, makes up others with fitting checksums, and loads them: each is
# refused with an error that names the file, or sound.
#
#   fuzz-sessions.sh [INPUTS_PER_PROPERTY]     three properties; 100000 each unless told
set -eu
cd "$(dirname "$0")/.."
mvn -q -B test -pl engine -Dtest=CacheFileDamageTest -Djqwik.tries.default="${1:-100000}"
echo "three properties held for ${1:-100000} inputs each"
