package io.longhaul.engine.file;

/** Names of files that come from inside a file. */
final class FileNames {
  private FileNames() {}

  /** Whether it names a file in the folder itself, on any system. */
  static boolean isPlain(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }
}
