package io.longhaul.engine.kernel.machine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;

/**
 * Where machine code is entered, without leaving the Java state. It takes up to {@link #ARGUMENTS}
 * longs in registers, so code that takes fewer meets zeros in the others; what it returns is for
 * functions of the C library. With one signature for all, the JDK makes the classes that lead there
 * once, where each further signature would make a start some milliseconds longer.
 */
public interface Entry {
  /** As many as the calling convention of System V AMD64 hands over in registers. */
  int ARGUMENTS = 6;

  long run(long a, long b, long c, long d, long e, long f);

  default long run(long a, long b) {
    return run(a, b, 0, 0, 0, 0);
  }

  default long run(long a, long b, long c) {
    return run(a, b, c, 0, 0, 0);
  }

  default long run(long a, long b, long c, long d) {
    return run(a, b, c, d, 0, 0);
  }

  default long run(long a, long b, long c, long d, long e) {
    return run(a, b, c, d, e, 0);
  }

  /**
   * An entry that is quickly made. In a constant, the handle is a constant too, which the JIT
   * compiler turns into a plain call.
   */
  static Entry of(MethodHandle handle) {
    return new Direct(handle);
  }

  /**
   * An entry with a class of its own, in which the handle is a constant wherever the entry is kept.
   */
  static Entry ofOwnClass(MethodHandle handle) {
    return MethodHandleProxies.asInterfaceInstance(Entry.class, handle);
  }

  /**
   * By its handle.
   *
   * @param handle of {@link #ARGUMENTS} longs, which returns a long
   */
  record Direct(MethodHandle handle) implements Entry {
    @Override
    public long run(long a, long b, long c, long d, long e, long f) {
      try {
        return (long) handle.invokeExact(a, b, c, d, e, f);
      } catch (Error | RuntimeException thrown) {
        throw thrown;
      } catch (Throwable thrown) {
        throw new IllegalStateException("machine code has thrown", thrown);
      }
    }
  }
}
