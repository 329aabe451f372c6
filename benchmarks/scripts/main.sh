#!/bin/sh
# Builds what is older than its sources and runs a main class of the benchmarks.
#
#   benchmarks/scripts/main.sh CLASS ARGUMENTS...      CLASS is a name below io.longhaul.benchmarks
#
#   LONGHAUL_JAVA_HOME  the JDK to use (25 or newer); else one is looked for
#   LONGHAUL_JAVA_OPTS  further options for the JVM, separated by blanks, such as -Xmx8g
set -eu
if [ $# -lt 1 ]; then
  sed -n '2,7p' "$0" >&2
  exit 2
fi
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

. "$root/build/launcher/jdk.sh"
find_jdk

classpath=$root/benchmarks/target/classpath
if [ ! -f "$classpath" ] || [ -n "$(find "$root/pom.xml" "$root"/engine/pom.xml "$root"/benchmarks/pom.xml \
  "$root"/engine/src/main "$root"/benchmarks/src/main -newer "$classpath" | head -n 1)" ]; then
  (
    cd "$root"
    # Written for each module, the benchmarks last; in one call, so that the engine is found unpacked.
    mvn -q -B compile dependency:build-classpath -pl engine,benchmarks -Dmdep.includeScope=runtime \
      -Dmdep.outputFile="$classpath.part"
    mv "$classpath.part" "$classpath"
  ) >&2
fi
class=$1
shift
# shellcheck disable=SC2086 # the options are words
exec "$jdk_home/bin/java" --enable-native-access=ALL-UNNAMED --add-modules jdk.incubator.vector \
  ${LONGHAUL_JAVA_OPTS-} \
  -cp "$root/benchmarks/target/classes:$(cat "$classpath")" \
  "io.longhaul.benchmarks.$class" "$@"
