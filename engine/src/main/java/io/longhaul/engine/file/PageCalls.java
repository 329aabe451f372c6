package io.longhaul.engine.file;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The calls of Linux and macOS that ask for pages and about them: {@code madvise(2)} and {@code
 * mincore(2)}.
 *
 * @param fetching the advice by which pages are read
 * @param pageSize bytes of a page
 */
record PageCalls(MethodHandle madvise, MethodHandle mincore, int fetching, long pageSize) {
  /** Reads ahead and returns at once. Linux and macOS agree on the number. */
  private static final int MADV_WILLNEED = 3;

  /**
   * Reads and maps, and returns when that is done; Linux since 5.14. A third of the work of the
   * other: pages come in large groups, and the threads that use them meet no faults.
   */
  private static final int MADV_POPULATE_READ = 22;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;

  /** Those of this machine; looked up when first asked for, which takes some milliseconds. */
  static Optional<PageCalls> ofSystem() {
    return Holder.SYSTEM;
  }

  private static final class Holder {
    static final Optional<PageCalls> SYSTEM = find();

    private static Optional<PageCalls> find() {
      String system = System.getProperty("os.name");
      boolean linux = system.equals("Linux");
      if (!linux && !system.startsWith("Mac")) {
        return Optional.empty();
      }
      Optional<MethodHandle> pageSize = function("getpagesize", FunctionDescriptor.of(INT));
      Optional<MethodHandle> madvise =
          function("madvise", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, SIZE, INT));
      Optional<MethodHandle> mincore =
          function(
              "mincore",
              FunctionDescriptor.of(INT, ValueLayout.ADDRESS, SIZE, ValueLayout.ADDRESS));
      if (pageSize.isEmpty() || madvise.isEmpty() || mincore.isEmpty()) {
        return Optional.empty();
      }
      long size = invoke(pageSize.get());
      int fetching = linux && populates(madvise.get(), size) ? MADV_POPULATE_READ : MADV_WILLNEED;
      return Optional.of(new PageCalls(madvise.get(), mincore.get(), fetching, size));
    }

    /** An older Linux refuses the advice. */
    private static boolean populates(MethodHandle madvise, long pageSize) {
      try (Arena arena = Arena.ofConfined()) {
        return advise(madvise, arena.allocate(pageSize, pageSize), MADV_POPULATE_READ);
      }
    }

    @SuppressWarnings("restricted") // The descriptors are those of the manual pages.
    private static Optional<MethodHandle> function(String name, FunctionDescriptor descriptor) {
      Linker linker = Linker.nativeLinker();
      SymbolLookup library = linker.defaultLookup();
      return library.find(name).map(address -> linker.downcallHandle(address, descriptor));
    }

    private static int invoke(MethodHandle pageSize) {
      try {
        return (int) pageSize.invokeExact();
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static boolean advise(MethodHandle madvise, MemorySegment pages, int advice) {
    try {
      return (int) madvise.invokeExact(pages, pages.byteSize(), advice) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Has pages read.
   *
   * @param pages begins with a page
   * @return whether the system took the advice
   */
  boolean fetch(MemorySegment pages) {
    return advise(madvise, pages, fetching);
  }

  /**
   * Which pages are in memory.
   *
   * @param pages begins with a page
   * @param states the lowest bit of each byte receives the state of a page
   * @return whether the system told
   */
  boolean inCore(MemorySegment pages, MemorySegment states) {
    try {
      return (int) mincore.invokeExact(pages, pages.byteSize(), states) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
