package io.longhaul.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Standard input, output and error. Asks the C library which of them are terminals and how wide:
 * the JDK's Console answers for input and output together only. Where the library has no such
 * functions, they count as no terminals.
 */
enum StandardFile {
  INPUT(0),
  OUTPUT(1),
  ERROR(2);

  private static final int DEFAULT_COLUMNS = 80;

  private static final Optional<MethodHandle> ISATTY =
      function("isatty", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  /** {@code int ioctl(int, unsigned long, ...)}; linking it takes a start some milliseconds. */
  private static final class Window {
    static final Optional<MethodHandle> IOCTL =
        function(
            "ioctl",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));
  }

  private final int descriptor;

  StandardFile(int descriptor) {
    this.descriptor = descriptor;
  }

  // The signatures are those of POSIX, so the calls cannot go wrong in the way the lint fears.
  @SuppressWarnings("restricted")
  private static Optional<MethodHandle> function(
      String name, FunctionDescriptor signature, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find(name)
        .map(symbol -> linker.downcallHandle(symbol, signature, options));
  }

  boolean isTerminal() {
    if (ISATTY.isEmpty()) {
      return false;
    }
    try {
      return (int) ISATTY.get().invokeExact(descriptor) == 1;
    } catch (Throwable e) {
      throw new IllegalStateException("isatty failed", e);
    }
  }

  /** Columns now; they change when the window does. */
  int columns() {
    int columns = Window.IOCTL.isEmpty() ? 0 : windowColumns();
    return columns > 0 ? columns : DEFAULT_COLUMNS;
  }

  /**
   * {@code TIOCGWINSZ} fills a {@code struct winsize}: rows, columns and two more, 16 bits each.
   */
  private int windowColumns() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    long request = os.startsWith("linux") ? 0x5413L : 0x40087468L;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8);
      int status = (int) Window.IOCTL.get().invokeExact(descriptor, request, size);
      return status == 0 ? Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2)) : 0;
    } catch (Throwable e) {
      throw new IllegalStateException("ioctl failed", e);
    }
  }
}
