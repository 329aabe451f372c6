package io.longhaul.engine.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class VectorDecodersTest {
  static Stream<TensorType> weightTypes() {
    return Arrays.stream(TensorType.values()).filter(VectorComparison::holdsWeights);
  }

  @ParameterizedTest
  @MethodSource("weightTypes")
  void vectorsDecodeAsScalarsDo(TensorType type) {
    assertThat(VectorComparison.decoders(type)).isEqualTo(7 * 4 * 34);
  }

  @Test
  void vectorsScaleAsScalarsDo() {
    assertThat(VectorComparison.scales()).isEqualTo(500);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyHalfDecodesAsScalarsDo(TensorType type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = arena.allocate(2 * 65536, 64);
      for (int code = 0; code < 65536; code++) {
        codes.setAtIndex(ValueLayout.JAVA_SHORT, code, (short) code);
      }
      assertThat(decode(VectorDecoders.of(type), codes, 65536))
          .isEqualTo(decode(ScalarDecoders.of(type), codes, 65536));
    }
  }

  @Test
  void everyF8DecodesAsScalarsDo() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = arena.allocate(256);
      for (int code = 0; code < 256; code++) {
        codes.set(ValueLayout.JAVA_BYTE, code, (byte) code);
      }
      assertThat(decode(VectorDecoders.of(TensorType.F8_E4M3), codes, 256))
          .isEqualTo(decode(ScalarDecoders.of(TensorType.F8_E4M3), codes, 256));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "I16", "I32", "I64", "U8", "BOOL"})
  void typesWithoutWeightsAreRefused(TensorType type) {
    assertThatThrownBy(() -> VectorDecoders.of(type)).isInstanceOf(ModelException.class);
  }

  @Test
  void memoryThatMayNotBeAccessedIsRefused() {
    WeightDecoder decoder = VectorDecoders.of(TensorType.Q8_0);
    MemorySegment heap = MemorySegment.ofArray(new byte[34]);
    MemorySegment closed;
    try (Arena arena = Arena.ofShared()) {
      closed = arena.allocate(34);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(34);
      MemorySegment out = arena.allocate(128);
      assertThatThrownBy(() -> decoder.decode(block, 1, 32, out, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> decoder.decode(block, -1, 32, out, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> decoder.decode(block, 0, 32, out, 4))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> decoder.decode(block, 0, 31, out, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("31 elements");
      assertThatThrownBy(() -> decoder.decode(heap, 0, 32, out, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("off the heap");
      assertThatThrownBy(() -> decoder.decode(block, 0, 32, out.asReadOnly(), 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("read-only");
      assertThatThrownBy(() -> decoder.decode(closed, 0, 32, out, 0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void memoryOfAnotherThreadIsRefused() throws InterruptedException {
    WeightDecoder decoder = VectorDecoders.of(TensorType.Q8_0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(34);
      MemorySegment out = arena.allocate(128);
      Throwable[] thrown = new Throwable[1];
      Thread other = new Thread(() -> decoder.decode(block, 0, 32, out, 0));
      other.setUncaughtExceptionHandler((thread, e) -> thrown[0] = e);
      other.start();
      other.join();
      assertThat(thrown[0]).isInstanceOf(WrongThreadException.class);
    }
  }

  private static int[] decode(WeightDecoder decoder, MemorySegment codes, int count) {
    MemorySegment out = Arena.ofAuto().allocate(4L * count, 64);
    decoder.decode(codes, 0, count, out, 0);
    int[] bits = new int[count];
    for (int i = 0; i < count; i++) {
      bits[i] = Float.floatToIntBits(out.getAtIndex(ValueLayout.JAVA_FLOAT, i));
    }
    return bits;
  }
}
