package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.InputDigits.Sums;
import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Digits, sums and scales as plain Java computes them, with the code interpreted. */
class InputDigitsCodeTest {
  private static final int VECTOR = 64;
  private static final int LANES = 16;

  /** A magnitude below which a group's scale grows no smaller. */
  private static final float LEAST = 1e-30f;

  private final Random random = new Random(5);

  static Stream<InputDigits> forms() {
    return Stream.of(
        InputDigits.nibblesOf32(Sums.JOINT_OFFSET, 8),
        InputDigits.nibblesOf32(Sums.JOINT_OFFSET, 128),
        InputDigits.nibblesOf32(Sums.JOINT_SCALED, 0),
        InputDigits.nibblesOf32(Sums.NONE, 0),
        InputDigits.nibblesOf64(),
        InputDigits.inOrder(64, Sums.OFFSET, 128),
        InputDigits.inOrder(128, Sums.OFFSET, 16),
        InputDigits.inOrder(256, Sums.JOINT_SCALED, 0),
        InputDigits.inOrder(256, Sums.NEGATED_OF_32, 0));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void anyNumbers(InputDigits form) {
    float[][] groups = {
      gaussians(form, 1),
      gaussians(form, 1e-8f),
      gaussians(form, 1e30f),
      gaussians(form, 1e-38f),
      filled(form, 0),
      filled(form, -0f),
      filled(form, 3),
      filled(form, -3),
      filled(form, Float.MAX_VALUE),
      filled(form, -Float.MAX_VALUE),
      filled(form, Float.MIN_VALUE),
      filled(form, LEAST),
      with(gaussians(form, 1), 17, -Float.MAX_VALUE),
      with(filled(form, 0), form.columns() - 1, Float.MIN_VALUE),
      halves(form)
    };
    compare(form, groups);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void whatIsNoNumberMakesTheScaleOfItsGroupAloneNone(InputDigits form) {
    float[][] groups = {
      with(gaussians(form, 1), 0, Float.NaN),
      gaussians(form, 1),
      with(gaussians(form, 1), form.columns() - 1, Float.intBitsToFloat(0xFFC0_0001)),
      with(gaussians(form, 1), 31, Float.POSITIVE_INFINITY),
      gaussians(form, 1),
      with(with(gaussians(form, 1), 32, Float.NEGATIVE_INFINITY), 3, Float.NaN)
    };
    MemorySegment digits = compare(form, groups);
    for (int g = 0; g < groups.length; g++) {
      float scale = digits.get(ValueLayout.JAVA_FLOAT, (long) g * form.bytes() + form.scaleAt());
      assertThat(Float.isFinite(scale)).isEqualTo(g == 1 || g == 4);
    }
  }

  private float[] gaussians(InputDigits form, float deviation) {
    float[] values = new float[form.columns()];
    for (int c = 0; c < values.length; c++) {
      values[c] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }

  private static float[] filled(InputDigits form, float value) {
    float[] values = new float[form.columns()];
    Arrays.fill(values, value);
    return values;
  }

  private static float[] with(float[] values, int column, float value) {
    values[column] = value;
    return values;
  }

  /** Steps that are half way between two, at the greatest scale that keeps all of them exact. */
  private static float[] halves(InputDigits form) {
    float[] values = new float[form.columns()];
    for (int c = 0; c < values.length; c++) {
      values[c] = c - 0.5f;
    }
    values[1] = InputDigits.LARGEST;
    return values;
  }

  private MemorySegment compare(InputDigits form, float[][] groups) {
    Arena arena = Arena.ofAuto();
    MemorySegment floats =
        arena.allocate((long) groups.length * form.columns() * Float.BYTES, VECTOR);
    for (int g = 0; g < groups.length; g++) {
      MemorySegment.copy(
          groups[g],
          0,
          floats,
          ValueLayout.JAVA_FLOAT,
          (long) g * form.columns() * Float.BYTES,
          form.columns());
    }
    MemorySegment digits = arena.allocate((long) groups.length * form.bytes(), VECTOR);
    Memory memory = new Memory().readable("floats", floats).writable("digits", digits);
    new Interpreter(InputDigitsCode.of(form), memory)
        .run(floats.address(), groups.length, digits.address());
    for (int g = 0; g < groups.length; g++) {
      MemorySegment group = digits.asSlice((long) g * form.bytes(), form.bytes());
      assertGroup(form, groups[g], group, "group " + g);
    }
    return digits;
  }

  private static void assertGroup(
      InputDigits form, float[] values, MemorySegment group, String name) {
    int most = Float.floatToRawIntBits(LEAST);
    for (float value : values) {
      most = Math.max(most, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
    }
    float magnitude = Float.intBitsToFloat(most);
    float scale = magnitude * (1f / InputDigits.LARGEST);
    float inverse = InputDigits.LARGEST / magnitude;
    assertThat(group.get(ValueLayout.JAVA_FLOAT, form.scaleAt()))
        .as(name)
        .isEqualTo(Float.valueOf(scale));
    int[] sums = new int[form.columns() / 4];
    int[] sumsOf32 = new int[form.columns() / 32];
    for (int c = 0; c < values.length; c++) {
      int at = form.quarters().get(c / LANES) * LANES + c % LANES;
      int value =
          256 * group.get(ValueLayout.JAVA_BYTE, form.highAt(0) + at)
              + group.get(ValueLayout.JAVA_BYTE, form.lowAt(0) + at);
      double steps = Math.rint(values[c] * inverse);
      // What is no number has any digits: its scale is none.
      assertThat(value)
          .as("%s, column %d", name, c)
          .isEqualTo(Double.isNaN(steps) ? 0 : (int) steps);
      assertThat(Math.abs(value)).isLessThanOrEqualTo(InputDigits.LARGEST);
      sums[at / 4] += value;
      sumsOf32[c / 32] += value;
    }
    assertSums(form, group, scale, sums, sumsOf32);
  }

  private static void assertSums(
      InputDigits form, MemorySegment group, float scale, int[] sums, int[] sumsOf32) {
    int[] joint =
        IntStream.range(0, LANES)
            .map(lane -> IntStream.range(0, form.vectors()).map(v -> sums[v * LANES + lane]).sum())
            .toArray();
    switch (form.sums()) {
      case NONE -> {}
      case OFFSET -> {
        for (int i = 0; i < sums.length; i++) {
          int at = form.sumsAt(i / LANES) + i % LANES * Integer.BYTES;
          assertThat(group.get(ValueLayout.JAVA_INT, at)).isEqualTo(-form.offset() * sums[i]);
        }
      }
      case JOINT_OFFSET -> {
        for (int i = 0; i < LANES; i++) {
          int at = form.sumsAt(0) + i * Integer.BYTES;
          assertThat(group.get(ValueLayout.JAVA_INT, at)).isEqualTo(-form.offset() * joint[i]);
        }
      }
      case JOINT_SCALED -> {
        for (int i = 0; i < LANES; i++) {
          int at = form.sumsAt(0) + i * Float.BYTES;
          assertThat(group.get(ValueLayout.JAVA_FLOAT, at))
              .isEqualTo(Float.valueOf(joint[i] * scale));
        }
      }
      case NEGATED_OF_32 -> {
        for (int i = 0; i < sumsOf32.length; i++) {
          int at = form.sumsAt(0) + 2 * i * Float.BYTES;
          assertThat(group.get(ValueLayout.JAVA_FLOAT, at)).isEqualTo(0);
          assertThat(group.get(ValueLayout.JAVA_FLOAT, at + Float.BYTES))
              .isEqualTo(Float.valueOf(-sumsOf32[i]));
        }
      }
    }
  }
}
