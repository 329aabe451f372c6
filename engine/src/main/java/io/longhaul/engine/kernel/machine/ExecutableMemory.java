package io.longhaul.engine.kernel.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Pages that hold machine code: written first, then executable and never again writable. They stay
 * for as long as the process.
 */
final class ExecutableMemory {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;

  /** MAP_PRIVATE | MAP_ANONYMOUS as Linux numbers them. */
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private static final FunctionDescriptor LONGS =
      FunctionDescriptor.of(
          ValueLayout.JAVA_LONG,
          Collections.nCopies(Entry.ARGUMENTS, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new));

  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private ExecutableMemory() {}

  /** Where this code is entered; empty where the system refuses executable memory. */
  static Optional<Entry> link(byte[] code) {
    return handle(code).map(Entry::of);
  }

  /** As {@link #link(byte[])}, for code that is not kept in a constant. */
  static Optional<Entry> linkOwn(byte[] code) {
    return handle(code).map(Entry::ofOwnClass);
  }

  /** The code for the set of instructions that this machine has. */
  static Optional<Entry> link(Supplier<byte[]> avx512, Supplier<byte[]> avx2) {
    return InstructionSet.here()
        .flatMap(set -> link((set == InstructionSet.AVX512 ? avx512 : avx2).get()));
  }

  /** Code that is written for any set of instructions, for the one that this machine has. */
  static Optional<Entry> link(Function<InstructionSet, byte[]> code) {
    return InstructionSet.here().flatMap(set -> link(code.apply(set)));
  }

  /** Code that there is for AVX-512 alone. */
  static Optional<Entry> linkAvx512(Supplier<byte[]> code) {
    return InstructionSet.isAvx512() ? link(code.get()) : Optional.empty();
  }

  /** Code that there is for AVX2 alone, where this machine has no more. */
  static Optional<Entry> linkAvx2(Supplier<byte[]> code) {
    return InstructionSet.isAvx2() ? link(code.get()) : Optional.empty();
  }

  private static Optional<MethodHandle> handle(byte[] code) {
    return pages(code).map(ExecutableMemory::handle);
  }

  /** The code's pages; empty where the system refuses executable memory. */
  @SuppressWarnings("restricted") // What is mapped here is of the size that is written.
  private static Optional<MemorySegment> pages(byte[] code) {
    long address =
        SystemCalls.MMAP.run(0, code.length, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (address == -1) {
      warnOnce("mmap");
      return Optional.empty();
    }
    MemorySegment pages = MemorySegment.ofAddress(address).reinterpret(code.length);
    MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
    int refused = (int) SystemCalls.MPROTECT.run(address, code.length, PROT_READ | PROT_EXEC);
    if (refused != 0) {
      warnOnce("mprotect");
      return Optional.empty();
    }
    return Optional.of(pages);
  }

  private static void warnOnce(String call) {
    if (!WARNED.getAndSet(true)) {
      System.getLogger("io.longhaul.engine")
          .log(
              System.Logger.Level.WARNING,
              "the system refuses executable memory ("
                  + call
                  + "): slower vector kernels serve; --kernels vector chooses them without a word");
    }
  }

  @SuppressWarnings("restricted") // All that is linked here keeps to the calling convention.
  private static MethodHandle handle(MemorySegment address) {
    return Linker.nativeLinker().downcallHandle(address, LONGS, Linker.Option.critical(false));
  }

  /**
   * Functions of the C library. That their arguments are shorter, or fewer, is the same to the
   * calling convention; of an int that is returned, the upper half is not defined.
   */
  private static final class SystemCalls {
    static final Entry MMAP = function("mmap");
    static final Entry MPROTECT = function("mprotect");

    private static Entry function(String name) {
      return Entry.of(handle(Linker.nativeLinker().defaultLookup().findOrThrow(name)));
    }
  }
}
