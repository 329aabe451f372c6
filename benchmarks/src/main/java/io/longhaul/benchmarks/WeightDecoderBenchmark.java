package io.longhaul.benchmarks;

import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.kernel.vector.VectorDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Weights decoded a nanosecond, from and to the first-level cache, by one thread.
 *
 * <pre>{@code
 * mvn -q -pl benchmarks -am compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp benchmarks/target/classes:$(cat benchmarks/target/classpath) \
 *   org.openjdk.jmh.Main WeightDecoder
 * }</pre>
 *
 * <p>{@code -p type=Q4_K -prof gc} for one type with its allocations, {@code -jvmArgsAppend
 * -Dlonghaul.vectorBits=256} for another width. Ask for several forks ({@code -f 10}) and look at
 * each: some JVMs compile a vector kernel badly, with allocation, and stay an order of magnitude
 * slower, which neither one fork nor the best of many shows.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class WeightDecoderBenchmark {
  /** A row of a small model; its floats are 8 KiB. */
  static final int WEIGHTS = 2048;

  /** Rows of a matrix start at any byte. */
  private static final int OFFSET = 2;

  @Param({
    "F32", "F16", "BF16", "F8_E4M3", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K",
    "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S",
    "IQ3_XXS", "IQ3_S"
  })
  TensorType type;

  @Param({"scalar", "vector"})
  String kernel;

  private WeightDecoder decoder;
  private MemorySegment weights;
  private MemorySegment out;

  /** Random weights, the same at every run. */
  @Setup
  public void setup() {
    decoder = kernel.equals("scalar") ? ScalarDecoders.of(type) : VectorDecoders.of(type);
    byte[] stored = new byte[OFFSET + Math.toIntExact(type.bytes(WEIGHTS))];
    new Random(1).nextBytes(stored);
    weights = Arena.ofAuto().allocate(stored.length, 64).copyFrom(MemorySegment.ofArray(stored));
    out = Arena.ofAuto().allocate((long) WEIGHTS * Float.BYTES, 64);
  }

  /** Decodes a row. */
  @Benchmark
  @OperationsPerInvocation(WEIGHTS)
  public MemorySegment decode() {
    decoder.decode(weights, OFFSET, WEIGHTS, out, 0);
    return out;
  }
}
