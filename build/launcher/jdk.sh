# Finds a JDK for the launcher: find_jdk sets jdk_home and jdk_version, or ends the launcher.
#
# LONGHAUL_JAVA_HOME decides alone. Else JAVA_HOME, the java on the PATH and the usual folders are
# looked at in this order; JDK 25 comes first, then the first newer one. Asked is the file "release"
# of each, since starting a JVM only to ask for its version would take longer than all the rest.
#
# LONGHAUL_JDK_PATH replaces the usual folders: patterns of JDK homes, separated by colons.

find_jdk() {
  jdk_home=
  jdk_version=
  if [ -n "${LONGHAUL_JAVA_HOME-}" ]; then
    consider "$LONGHAUL_JAVA_HOME"
    [ -n "$jdk_home" ] ||
      fail "LONGHAUL_JAVA_HOME=$LONGHAUL_JAVA_HOME is no JDK 25 or newer: correct it, or unset it"
    return
  fi
  [ -z "${JAVA_HOME-}" ] || consider "$JAVA_HOME" || return 0
  consider_path || return 0
  consider_folders || return 0
  [ -n "$jdk_home" ] ||
    fail "needs JDK 25 or newer, and found none: install one (https://adoptium.net), or set LONGHAUL_JAVA_HOME to it"
}

# Keeps the JDK at $1 if it is the best so far; fails, to end the search, when none can be better.
consider() {
  [ -r "$1/release" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  feature=0
  version=
  has_vector=yes
  while IFS='=' read -r name value; do
    value=${value#\"}
    value=${value%\"}
    case $name in
    JAVA_VERSION) feature=${value%%[!0-9]*} ;;
    JAVA_RUNTIME_VERSION) version=$value ;;
    MODULES)
      case " $value " in
      *' jdk.incubator.vector '*) ;;
      *) has_vector=no ;;
      esac
      ;;
    esac
  done <"$1/release"
  [ "${feature:-0}" -ge 25 ] && [ $has_vector = yes ] || return 0
  [ "$feature" -eq 25 ] || [ -z "$jdk_home" ] || return 0
  case $1 in
  /*) jdk_home=$1 ;;
  *) jdk_home=$PWD/$1 ;;
  esac
  # A file name: of the characters of a version that is one, but a foreign one may hold anything.
  jdk_version=$feature
  case $version in
  '' | *[!A-Za-z0-9.+_-]*) ;;
  *) jdk_version=$version ;;
  esac
  [ "$feature" -ne 25 ]
}

# The JDK of the java on the PATH.
consider_path() {
  java=$(command -v java) || return 0
  while [ -L "$java" ]; do
    link=$(readlink "$java") || return 0
    case $link in
    /*) java=$link ;;
    *) java=${java%/*}/$link ;;
    esac
  done
  case $java in
  */bin/java) consider "${java%/bin/java}" ;;
  esac
}

# Each pattern's matches; the field separator keeps blanks in names whole.
consider_folders() {
  home=${HOME-}
  patterns=${LONGHAUL_JDK_PATH-"/usr/lib/jvm/*:/usr/lib64/jvm/*:/usr/java/*:/usr/local/*jdk*:/opt/*jdk*\
:/opt/java/*:/opt/jdk/*:/opt/jdks/*:$home/.sdkman/candidates/java/*:$home/.jdks/*:$home/.gradle/jdks/*\
:$home/.asdf/installs/java/*:$home/.local/share/mise/installs/java/*:$home/.jenv/versions/*\
:/Library/Java/JavaVirtualMachines/*/Contents/Home:$home/Library/Java/JavaVirtualMachines/*/Contents/Home\
:/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home\
:/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home\
:/home/linuxbrew/.linuxbrew/opt/openjdk*/libexec"}
  saved_ifs=$IFS
  IFS=:
  for candidate in $patterns; do
    IFS=$saved_ifs
    consider "$candidate" || return 1
  done
  IFS=$saved_ifs
}
