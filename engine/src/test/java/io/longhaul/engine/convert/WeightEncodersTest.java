package io.longhaul.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.tensor.TensorType;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The encoders against gguf's and ggml's own, byte for byte: scripts/oracle/quantized.py. */
class WeightEncodersTest {
  /** What one type makes of all floats. */
  static final class Encoded {
    private final TensorType type;
    private final float[] floats;
    private final byte[] bytes;

    Encoded(TensorType type, float[] floats, byte[] bytes) {
      this.type = type;
      this.floats = floats;
      this.bytes = bytes;
    }

    @Override
    public String toString() {
      return type.toString();
    }
  }

  static Stream<Encoded> encoded() {
    try (InputStream file = WeightEncodersTest.class.getResourceAsStream("quantized.bin.gz");
        DataInputStream in = new DataInputStream(new GZIPInputStream(file))) {
      float[] floats = new float[in.readInt()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = in.readFloat();
      }
      List<Encoded> all = new ArrayList<>();
      for (int types = in.readInt(); types > 0; types--) {
        TensorType type = TensorType.valueOf(in.readUTF());
        all.add(new Encoded(type, floats, in.readNBytes(in.readInt())));
      }
      assertThat(all).hasSize(7);
      return all.stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("encoded")
  void theSameBytes(Encoded expected) {
    TensorType type = expected.type;
    int block = Math.max(type.blockSize(), 32);
    int size = Math.toIntExact(type.bytes(block));
    List<String> wrong = new ArrayList<>();
    for (int b = 0; b < expected.floats.length / block; b++) {
      float[] values = Arrays.copyOfRange(expected.floats, b * block, (b + 1) * block);
      byte[] out = new byte[size];
      WeightEncoders.of(type).encode(values, block, MemorySegment.ofArray(out), 0);
      byte[] bytes = Arrays.copyOfRange(expected.bytes, b * size, (b + 1) * size);
      if (!Arrays.equals(out, bytes)) {
        wrong.add("block " + b + " at byte " + Arrays.mismatch(out, bytes));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void manyBlocksAtAnOffset() {
    Encoded expected = encoded().filter(e -> e.type == TensorType.Q4_K).findFirst().orElseThrow();
    byte[] out = new byte[7 + expected.bytes.length];
    WeightEncoders.of(TensorType.Q4_K)
        .encode(expected.floats, expected.floats.length, MemorySegment.ofArray(out), 7);
    assertThat(Arrays.copyOfRange(out, 7, out.length)).isEqualTo(expected.bytes);
    assertThat(Arrays.copyOf(out, 7)).containsOnly(0);
  }

  @Test
  void bf16KeepsNansAndInfinities() {
    float[] values = {
      Float.intBitsToFloat(0x7F800001),
      Float.intBitsToFloat(0xFFFFFFFF),
      Float.NEGATIVE_INFINITY,
      Float.MAX_VALUE
    };
    MemorySegment out = MemorySegment.ofArray(new byte[8]);
    WeightEncoders.of(TensorType.BF16).encode(values, 4, out, 0);
    List<Integer> codes =
        Stream.of(0, 2, 4, 6)
            .map(at -> out.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xFFFF)
            .toList();
    assertThat(codes).containsExactly(0x7FC0, 0xFFFF, 0xFF80, 0x7F80);
  }

  @Test
  void refusesWhatIsNotWrittenAndPartsOfBlocks() {
    assertThatThrownBy(() -> WeightEncoders.of(TensorType.IQ1_S))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("IQ1_S");
    MemorySegment out = MemorySegment.ofArray(new byte[64]);
    assertThatThrownBy(() -> WeightEncoders.of(TensorType.Q8_0).encode(new float[33], 33, out, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
