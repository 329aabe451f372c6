package io.longhaul.benchmarks.mapped;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Has Linux forget pages of a file, so that they are read from the disk again.
 *
 * <p>A page stays in memory while a process has it mapped. So this process lets go of it first,
 * wherever the file is mapped; pages that another process has mapped, or that have not been written
 * to the disk yet, stay.
 */
final class Eviction implements AutoCloseable {
  private static final int O_RDONLY = 0;
  private static final int POSIX_FADV_DONTNEED = 4;
  private static final int MADV_DONTNEED = 4;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle OPEN =
      function("open", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));
  private static final MethodHandle FADVISE =
      function("posix_fadvise", FunctionDescriptor.of(INT, INT, LONG, LONG, INT));
  private static final MethodHandle MADVISE =
      function("madvise", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, LONG, INT));

  private final Path file;
  private final int descriptor;

  /** Of one file. */
  Eviction(Path file) throws IOException {
    this.file = file.toRealPath();
    try (Arena arena = Arena.ofConfined()) {
      descriptor = call(OPEN, arena.allocateFrom(this.file.toString()), O_RDONLY);
    }
    if (descriptor < 0) {
      throw new IOException(file + ": cannot be opened");
    }
  }

  @SuppressWarnings("restricted") // The descriptors are those of the manual pages.
  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new IllegalStateException(name + " is missing: not Linux?")),
        type);
  }

  private static int call(MethodHandle function, Object... arguments) {
    try {
      return (int) function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** The whole file. */
  void all() throws IOException {
    range(0, Files.size(file));
  }

  /** The pages that lie within {@code bytes} bytes at {@code offset}. */
  void range(long offset, long bytes) throws IOException {
    for (Mapping mapping : mappings()) {
      long from = Math.max(offset, mapping.offset);
      long to = Math.min(offset + bytes, mapping.offset + mapping.bytes);
      long page = 1 << 12;
      long first = Math.ceilDiv(from, page) * page;
      if (first < to) {
        // Read-only and of a file: what is let go of comes back with the next access.
        check(
            call(
                MADVISE,
                MemorySegment.ofAddress(mapping.address + first - mapping.offset),
                to - first,
                MADV_DONTNEED));
      }
    }
    check(call(FADVISE, descriptor, offset, bytes, POSIX_FADV_DONTNEED));
  }

  private void check(int result) throws IOException {
    if (result != 0) {
      throw new IOException(file + ": Linux does not let go of its pages: " + result);
    }
  }

  /** Where this process sees the file. */
  private record Mapping(long address, long bytes, long offset) {}

  private List<Mapping> mappings() throws IOException {
    List<Mapping> mappings = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      // 7f3a5c000000-7f3a5c021000 r--s 00000000 fe:00 12345    /folder/model.gguf
      String[] fields = line.split("\\s+", 6);
      if (fields.length == 6 && fields[5].equals(file.toString())) {
        String[] range = fields[0].split("-", 2);
        long begin = HexFormat.fromHexDigitsToLong(range[0]);
        long end = HexFormat.fromHexDigitsToLong(range[1]);
        mappings.add(new Mapping(begin, end - begin, HexFormat.fromHexDigitsToLong(fields[2])));
      }
    }
    return mappings;
  }

  @Override
  public void close() {
    call(CLOSE, descriptor);
  }
}
