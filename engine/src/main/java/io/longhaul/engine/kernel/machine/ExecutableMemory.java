package io.longhaul.engine.kernel.machine;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.util.Arrays;
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

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;

  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private ExecutableMemory() {}

  /**
   * A handle on code that takes so many longs and returns nothing, to be called without leaving the
   * Java state; empty where the system refuses executable memory.
   */
  @SuppressWarnings("restricted") // The code was assembled for so many arguments.
  static Optional<MethodHandle> link(byte[] code, int arguments) {
    MemoryLayout[] longs = new MemoryLayout[arguments];
    Arrays.fill(longs, ValueLayout.JAVA_LONG);
    return of(code)
        .map(
            address ->
                Linker.nativeLinker()
                    .downcallHandle(
                        address, FunctionDescriptor.ofVoid(longs), Linker.Option.critical(false)));
  }

  /**
   * As {@link #link(byte[], int)}, by a class of its own, in which the handle is a constant: the
   * JIT compiler turns it into a plain call.
   *
   * @param type an interface of one method, which takes so many longs
   */
  static <T> Optional<T> link(Class<T> type, byte[] code, int arguments) {
    return link(code, arguments)
        .map(handle -> MethodHandleProxies.asInterfaceInstance(type, handle));
  }

  /** The code for the set of instructions that this machine has. */
  static Optional<MethodHandle> link(
      Supplier<byte[]> avx512, Supplier<byte[]> avx2, int arguments) {
    return InstructionSet.here()
        .flatMap(set -> link((set == InstructionSet.AVX512 ? avx512 : avx2).get(), arguments));
  }

  /** Code that is written for any set of instructions, for the one that this machine has. */
  static Optional<MethodHandle> link(Function<InstructionSet, byte[]> code, int arguments) {
    return InstructionSet.here().flatMap(set -> link(code.apply(set), arguments));
  }

  /** Code that there is for AVX-512 alone. */
  static Optional<MethodHandle> linkAvx512(Supplier<byte[]> code, int arguments) {
    return InstructionSet.isAvx512() ? link(code.get(), arguments) : Optional.empty();
  }

  /** Code that there is for AVX2 alone, where this machine has no more. */
  static Optional<MethodHandle> linkAvx2(Supplier<byte[]> code, int arguments) {
    return InstructionSet.isAvx2() ? link(code.get(), arguments) : Optional.empty();
  }

  /** The code's address; empty where the system refuses executable memory. */
  @SuppressWarnings("restricted") // What is mapped here is of the size that is written.
  private static Optional<MemorySegment> of(byte[] code) {
    try {
      MethodHandle mmap =
          handle(
              "mmap",
              FunctionDescriptor.of(
                  ADDRESS,
                  ADDRESS,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG));
      MethodHandle mprotect =
          handle(
              "mprotect",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
      MemorySegment pages =
          (MemorySegment)
              mmap.invokeExact(
                  MemorySegment.NULL,
                  (long) code.length,
                  PROT_READ | PROT_WRITE,
                  MAP_PRIVATE_ANONYMOUS,
                  -1,
                  0L);
      if (pages.address() == -1) {
        warnOnce("mmap");
        return Optional.empty();
      }
      MemorySegment.copy(
          code, 0, pages.reinterpret(code.length), ValueLayout.JAVA_BYTE, 0, code.length);
      int refused = (int) mprotect.invokeExact(pages, (long) code.length, PROT_READ | PROT_EXEC);
      if (refused != 0) {
        warnOnce("mprotect");
        return Optional.empty();
      }
      return Optional.of(pages);
    } catch (Error | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a call of the system's own library failed", e);
    }
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

  @SuppressWarnings("restricted") // Functions of the C library, by their documented signatures.
  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }
}
