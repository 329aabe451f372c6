package io.longhaul.benchmarks.depth;

import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.Predicate;

/** Asks Linux which pages of a mapped model are in memory: mincore(2). */
final class PageResidency {
  private static final long PAGE = 4096;
  private static final MethodHandle MINCORE = mincore();

  private PageResidency() {}

  // There is no other way to ask, and the JVM is started with access to native code.
  @SuppressWarnings("restricted")
  private static MethodHandle mincore() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("mincore"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.ADDRESS));
  }

  /** The share of the pages of some tensors that are in memory; 1 if there are none. */
  static double share(ModelFile file, Predicate<Tensor> which) {
    long pages = 0;
    long resident = 0;
    for (Tensor tensor : file.tensors()) {
      if (which.test(tensor)) {
        long first = tensor.data().address() / PAGE;
        long last = (tensor.data().address() + tensor.data().byteSize() - 1) / PAGE;
        pages += last - first + 1;
        resident += resident(first, last - first + 1);
      }
    }
    return pages == 0 ? 1 : (double) resident / pages;
  }

  private static long resident(long firstPage, long count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment states = arena.allocate(count);
      int status = (int) MINCORE.invokeExact(firstPage * PAGE, count * PAGE, states);
      if (status != 0) {
        throw new IllegalStateException("mincore failed");
      }
      long resident = 0;
      for (long i = 0; i < count; i++) {
        resident += states.get(ValueLayout.JAVA_BYTE, i) & 1;
      }
      return resident;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
