# Builds Longhaul for the launcher, and prepares its fast start: build_and_prepare.
#
# One launcher at a time does so; the others wait for it. Maven and the JVM write to log files.

lock=$root/target/longhaul.lock
build_log=$root/target/longhaul-build.log
prepare_log=$root/target/longhaul-prepare.log

build_and_prepare() {
  if ! mkdir -p "$root/target" 2>/dev/null || ! [ -w "$root/target" ]; then
    # What is there has to do.
    [ -f "$jar" ] || fail "is not built, and cannot write to $root/target to build it"
    return 0
  fi
  take_lock
  trap 'rm -f "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  is_built || build
  is_prepared || prepare
  rm -f "$lock"
  trap - EXIT INT TERM HUP
}

build() {
  maven=$(command -v mvn) || maven=${MAVEN_HOME:+$MAVEN_HOME/bin/mvn}
  [ -x "$maven" ] ||
    fail "needs Maven 3.8 or newer to build: install it (apt install maven, brew install maven, https://maven.apache.org)"
  if [ -f "$jar" ]; then
    say 'Building Longhaul (its sources have changed)…'
  else
    say 'Building Longhaul (first use, about a minute)…'
  fi
  (
    cd "$root" &&
      JAVA_HOME=$jdk_home "$maven" -B -pl cli -am package -Dmaven.test.skip=true -Dformat.skip=true
  ) >"$build_log" 2>&1 </dev/null || {
    grep '^\[ERROR\] ..' "$build_log" | grep -v -e 'Help 1' -e ' switch' -e 'For more information' \
      -e 'Re-run Maven' -e 'can resume the build' -e 'mvn <args>' | head -n 20 >&2
    fail "the build failed; all of its output is in $build_log"
  }
  [ -f "$jar" ] || fail "the build made no $jar; its output is in $build_log"
}

# Never in the way of a run: where it fails, the start is slower, and not tried again at every start.
prepare() {
  say "Preparing a fast start with JDK $jdk_version (once, some seconds)…"
  "$jdk_home/bin/java" -cp "$jar" io.longhaul.cli.start.FastStart \
    "${options%/java.options}" "$key" >"$prepare_log" 2>&1 </dev/null || :
  is_prepared || {
    mkdir -p "${options%/*}"
    # shellcheck disable=SC2086 # one option on a line
    printf '%s\n' "# $key" $plain_options >"$options"
  }
  grep -qs AOTCache "$options" ||
    say "That failed, so that each start takes longer; why is in $prepare_log"
}

# The lock is a symbolic link to the number of the process that holds it: making one is atomic, and
# leaves no moment in which the lock is held by nobody known. A lock whose process is gone is broken
# by one waiter alone, under a lock of its own.
take_lock() {
  waited=0
  missed=0
  until ln -s "pid:$$" "$lock" 2>/dev/null; do
    holder=$(readlink "$lock") || {
      # Given back meanwhile; or none can be made: no room, or a file system without links.
      missed=$((missed + 1))
      [ $missed -le 100 ] || fail "cannot make the lock $lock: $(ln -s "pid:$$" "$lock" 2>&1)"
      continue
    }
    if is_gone "$holder" && mkdir "$lock.break" 2>/dev/null; then
      holder=$(readlink "$lock") && is_gone "$holder" && rm -f "$lock"
      rmdir "$lock.break"
      continue
    fi
    [ $waited -ne 0 ] || say "Waiting for another longhaul (process ${holder#pid:}) that builds…"
    waited=$((waited + 1))
    [ $waited -le 1800 ] ||
      fail "waited half an hour for process ${holder#pid:}; if it is no longhaul, delete $lock and $lock.break"
    sleep 1
  done
}

# kill says no to another user's process as well.
is_gone() {
  ! kill -0 "${1#pid:}" 2>/dev/null && ! ps -p "${1#pid:}" >/dev/null 2>&1
}
