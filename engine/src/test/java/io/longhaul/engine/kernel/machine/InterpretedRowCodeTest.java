package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Norms, activations, sums and exponentials of rows, the code interpreted. */
class InterpretedRowCodeTest {
  private final Random random = new Random(43);
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment floats(float... values) {
    MemorySegment segment = arena.allocate((long) values.length * Float.BYTES, 64);
    for (int i = 0; i < values.length; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
    }
    return segment;
  }

  private float[] gaussian(int count, float deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }

  private static float[] array(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_FLOAT);
  }

  @ParameterizedTest
  @EnumSource
  void copiesPartsOfRows(InstructionSet set) {
    int count = 32;
    int parts = 3;
    int fromStride = count + 5;
    int toStride = count + 2;
    float[] x = gaussian(2 * fromStride + count, 1);
    MemorySegment from = floats(x);
    MemorySegment to = floats(new float[2 * toStride + count]);
    Memory memory = new Memory().readable("from", from).writable("to", to);
    new Interpreter(RowCode.copy(set), memory)
        .run(
            from.address(),
            (long) fromStride * Float.BYTES,
            to.address(),
            (long) toStride * Float.BYTES,
            count / set.lanes(),
            parts);
    float[] expected = new float[2 * toStride + count];
    for (int i = 0; i < parts; i++) {
      System.arraycopy(x, i * fromStride, expected, i * toStride, count);
    }
    assertThat(array(to)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void adds(InstructionSet set) {
    float[] x = gaussian(48, 1);
    float[] delta = gaussian(48, 3);
    MemorySegment to = floats(x);
    MemorySegment from = floats(delta);
    Memory memory = new Memory().writable("x", to).readable("delta", from);
    new Interpreter(RowCode.add(set), memory)
        .run(to.address(), from.address(), x.length / set.lanes());
    for (int i = 0; i < x.length; i++) {
      assertThat(array(to)[i]).isEqualTo(x[i] + delta[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({"AVX512,16", "AVX512,80", "AVX512,512", "AVX2,8", "AVX2,80", "AVX2,512"})
  void rootMeanSquareNorm(InstructionSet set, int count) {
    float[] x = gaussian(count, 5);
    float[] weight = gaussian(count, 1);
    float epsilon = 1e-5f;
    MemorySegment from = floats(x);
    MemorySegment weights = floats(weight);
    MemorySegment to = arena.allocate((long) count * Float.BYTES, 64);
    MemorySegment constants = floats(epsilon, 1f / count);
    Memory memory =
        new Memory()
            .readable("x", from)
            .readable("weight", weights)
            .writable("out", to)
            .readable("constants", constants);
    new Interpreter(RowCode.rmsNorm(set), memory)
        .run(
            from.address(),
            count / set.lanes(),
            weights.address(),
            to.address(),
            constants.address());
    double squares = 0;
    for (float value : x) {
      squares += (double) value * value;
    }
    double scale = 1 / Math.sqrt(squares / count + epsilon);
    for (int i = 0; i < count; i++) {
      assertClose(array(to)[i], x[i] * scale * weight[i], 1e-6);
    }
  }

  private static void assertClose(float actual, double expected, double relative) {
    double allowed = Math.abs(expected) * relative + Float.MIN_NORMAL;
    assertThat((double) actual).isBetween(expected - allowed, expected + allowed);
  }

  @ParameterizedTest
  @EnumSource
  void silu(InstructionSet set) {
    assertGate(set, RowCode.siluMultiply(set), x -> x / (1 + Math.exp(-x)), 1e-6);
  }

  @ParameterizedTest
  @EnumSource
  void gelu(InstructionSet set) {
    // (1 + tanh(z)) / 2 is the logistic function of 2 z. Far below zero an exponent of up to 88 is
    // rounded to a float, which is seen in its exponential.
    assertGate(
        set,
        RowCode.geluMultiply(set),
        x -> x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        1e-5);
  }

  private void assertGate(
      InstructionSet set, byte[] code, DoubleUnaryOperator expected, double relative) {
    float[] gate = gaussian(160, 3);
    float[] up = gaussian(160, 1);
    float[] ends = {0, -0f, Float.NaN, Float.POSITIVE_INFINITY, 1000, -1000, 80, -80, 1e-30f};
    System.arraycopy(ends, 0, gate, 0, ends.length);
    MemorySegment gates = floats(gate);
    MemorySegment ups = floats(up);
    Memory memory =
        new Memory()
            .writable("gate", gates)
            .readable("up", ups)
            .readable("constants", ExponentialCode.TABLE);
    new Interpreter(code, memory)
        .run(gates.address(), ups.address(), gate.length / set.lanes(), ExponentialCode.table());
    for (int i = 0; i < gate.length; i++) {
      double value = expected.applyAsDouble(gate[i]) * up[i];
      if (Double.isFinite(value)) {
        assertClose(array(gates)[i], value, relative);
      } else {
        assertThat(array(gates)[i]).isEqualTo(Float.valueOf((float) value));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void exponentials(InstructionSet set) {
    float[] x = new float[512];
    float[] ends = {
      0,
      -0f,
      1,
      -1,
      88,
      88.73f,
      89,
      200,
      -87,
      -100,
      -103.5f,
      -110,
      -1e30f,
      1e30f,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.MIN_VALUE,
      0.34657f,
      -0.34657f
    };
    for (int i = 0; i < x.length; i++) {
      x[i] = i < ends.length ? ends[i] : random.nextFloat(-88, 88);
    }
    MemorySegment values = floats(x);
    Memory memory = new Memory().writable("x", values).readable("constants", ExponentialCode.TABLE);
    new Interpreter(exponential(set), memory)
        .run(values.address(), x.length / set.lanes(), ExponentialCode.table());
    for (int i = 0; i < x.length; i++) {
      float actual = array(values)[i];
      float expected = (float) Math.exp(x[i]);
      if (Float.isFinite(expected) && expected >= Float.MIN_NORMAL) {
        assertClose(actual, Math.exp(x[i]), 2.5e-7);
      } else if (Float.isFinite(expected)) {
        assertThat((double) actual).isBetween(Math.exp(x[i]) - 2e-45, Math.exp(x[i]) + 2e-45);
      } else {
        assertThat(actual).isEqualTo(Float.valueOf(expected));
      }
    }
  }

  /** In place: rdi the floats, rsi vectors of them, rdx the table of constants. */
  private static byte[] exponential(InstructionSet set) {
    Assembler a = set.assembler();
    ExponentialCode code = new ExponentialCode(a, set, Gp.RDX);
    Label loop = a.label();
    a.op(Simd.VMOVUPS, set.vec(0), Mem.of(Gp.RDI, 0));
    code.emit(set.vec(0), set.vec(1), set.vec(2));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), set.vec(0));
    a.add(Gp.RDI, set.vectorBytes());
    a.dec(Gp.RSI);
    a.jnz(loop);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  @Test
  void prefetchesEachLineAndTouchesNothing() {
    // Three instructions a line and a load of none; then the return.
    long instructions = new Interpreter(PrefetchCode.lines(), new Memory()).run(1 << 20, 7);
    assertThat(instructions).isEqualTo(7 * 4 + 1);
  }
}
