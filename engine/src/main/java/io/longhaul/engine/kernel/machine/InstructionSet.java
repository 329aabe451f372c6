package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.vector.VectorWidth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The sets of instructions that there is code for, from x86-64 under Linux. */
enum InstructionSet {
  /** Sixteen vectors of 256 bits. */
  AVX2(256, "avx2 fma f16c"),
  /** Thirty-two vectors of 512 bits, and masks. */
  AVX512(512, "avx512f avx512bw avx512vl");

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final Set<String> FEATURES = features();
  private static final Optional<InstructionSet> HERE = find();

  private final int bits;

  /** Features by the names that Linux gives them. */
  private final String needed;

  InstructionSet(int bits, String needed) {
    this.bits = bits;
    this.needed = needed;
  }

  /**
   * The widest one that this machine has, and that the JVM itself uses; empty where it has none.
   */
  static Optional<InstructionSet> here() {
    return HERE;
  }

  static boolean isAvx512() {
    return HERE.equals(Optional.of(AVX512));
  }

  static boolean isAvx2() {
    return HERE.equals(Optional.of(AVX2));
  }

  /** For code that uses this set alone. */
  Assembler assembler() {
    return new Assembler(this == AVX512 ? Encoding.EVEX : Encoding.VEX);
  }

  /** One of the widest vectors. */
  Vec vec(int code) {
    return new Vec(code, bits);
  }

  /** Bytes of a vector. */
  int vectorBytes() {
    return bits / Byte.SIZE;
  }

  /** Floats of a vector. */
  int lanes() {
    return bits / Float.SIZE;
  }

  /** Whether the processor has a further feature, by the name that Linux gives it. */
  static boolean has(String feature) {
    return FEATURES.contains(feature);
  }

  private static Optional<InstructionSet> find() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      return Optional.empty();
    }
    return List.of(AVX512, AVX2).stream()
        .filter(
            set ->
                VectorWidth.BITS >= set.bits
                    && FEATURES.containsAll(List.of(set.needed.split(" "))))
        .findFirst();
  }

  private static Set<String> features() {
    try (var lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> Set.of(line.substring(line.indexOf(':') + 1).trim().split(" +")))
          .orElse(Set.of());
    } catch (IOException | UncheckedIOException e) {
      return Set.of(); // a system that does not tell gets the vector twin
    }
  }
}
