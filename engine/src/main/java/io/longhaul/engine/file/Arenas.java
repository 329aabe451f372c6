package io.longhaul.engine.file;

import java.lang.foreign.Arena;
import java.util.function.Function;

/**
 * The life of a model's mappings. A shared arena is the one kind that any thread may read and that
 * can be closed at a chosen time: closing waits for every thread to pass a safe point, so no plain
 * access can reach unmapped memory, and is refused while a native call holds a segment.
 */
final class Arenas {
  private Arenas() {}

  /** Opens something in a new arena, which is closed again if that fails. */
  @SuppressWarnings("MustBeClosedChecker") // The opened model closes it.
  static <T> T openIn(Function<Arena, T> opener) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      T result = opener.apply(arena);
      opened = true;
      return result;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** Closes the arena if it is open. */
  static void close(Arena arena) {
    synchronized (arena) {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }
}
