package io.longhaul.engine.kernel;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.machine.AssembledCode;
import io.longhaul.engine.kernel.machine.MachineKernels;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.kernel.vector.VectorKernels;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The one place that chooses a twin of the kernels. */
public enum KernelChoice {
  /** The fastest that this machine runs. */
  AUTO,
  SCALAR,
  VECTOR,
  /** The vector twin, with machine code of the engine's own where there is some. */
  MACHINE;

  /** The choice that a flag's value names. */
  public static KernelChoice parse(String value) {
    return Arrays.stream(values())
        .filter(choice -> choice.toString().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelException(
                    "kernels is '"
                        + value
                        + "', expected one of "
                        + Arrays.stream(values())
                            .map(KernelChoice::toString)
                            .collect(Collectors.joining(", "))));
  }

  /**
   * A new instance of the chosen twin.
   *
   * @throws ModelException if this machine cannot run it
   */
  public Kernels create() {
    return switch (this) {
      case SCALAR -> new ScalarKernels();
      case VECTOR -> new VectorKernels();
      case AUTO -> AssembledCode.isPossible() ? machine() : new VectorKernels();
      case MACHINE -> {
        if (!AssembledCode.isPossible()) {
          throw new ModelException(
              "kernels is 'machine', which needs Linux on x86-64, and AVX2 or AVX-512 that the JVM"
                  + " uses, too (-XX:UseAVX); use vector");
        }
        yield machine();
      }
    };
  }

  private static Kernels machine() {
    return new MachineKernels();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
