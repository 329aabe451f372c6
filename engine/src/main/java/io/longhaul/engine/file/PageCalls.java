package io.longhaul.engine.file;

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
 * @param pageSize bytes of a page
 */
record PageCalls(MethodHandle madvise, MethodHandle mincore, long pageSize) {
  /** Linux and macOS agree on the number. */
  private static final int MADV_WILLNEED = 3;

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
      if (!system.equals("Linux") && !system.startsWith("Mac")) {
        return Optional.empty();
      }
      Optional<MethodHandle> pageSize = function("getpagesize", FunctionDescriptor.of(INT));
      var advise = FunctionDescriptor.of(INT, ValueLayout.ADDRESS, SIZE, INT);
      var inCore = FunctionDescriptor.of(INT, ValueLayout.ADDRESS, SIZE, ValueLayout.ADDRESS);
      return function("madvise", advise)
          .flatMap(
              madvise ->
                  function("mincore", inCore)
                      .flatMap(
                          mincore ->
                              pageSize.map(size -> new PageCalls(madvise, mincore, invoke(size)))));
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

  /**
   * Asks for pages to be read; returns when the requests are made, not when they are fulfilled.
   *
   * @param pages begins with a page
   * @return whether the system took the advice
   */
  boolean willNeed(MemorySegment pages) {
    try {
      return (int) madvise.invokeExact(pages, pages.byteSize(), MADV_WILLNEED) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
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
