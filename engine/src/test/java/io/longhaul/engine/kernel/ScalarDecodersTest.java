package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScalarDecodersTest {
  private static final WeightFixture FIXTURE = WeightFixture.read();
  private static final Set<TensorType> NO_WEIGHTS =
      EnumSet.of(
          TensorType.I8,
          TensorType.I16,
          TensorType.I32,
          TensorType.I64,
          TensorType.U8,
          TensorType.BOOL);

  static List<WeightFixture.Blocks> blocks() {
    return FIXTURE.blocks();
  }

  static List<WeightFixture.Codes> codes() {
    return FIXTURE.codes();
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void blocksDecodeAsGgufDoes(WeightFixture.Blocks expected) {
    TensorType type = expected.type();
    List<Integer> bits = decode(type, expected.bytes());
    assertThat(bits).startsWith(expected.bitsInFull().toArray(Integer[]::new));
    assertThat(WeightFixture.crcs(bits, type.blockSize())).isEqualTo(expected.crcs());
  }

  @ParameterizedTest
  @MethodSource("codes")
  void everyHalfDecodesAsGgufDoes(WeightFixture.Codes expected) {
    byte[] codes = new byte[2 * 65536];
    for (int code = 0; code < 65536; code++) {
      codes[2 * code] = (byte) code;
      codes[2 * code + 1] = (byte) (code >> 8);
    }
    List<Integer> bits = decode(expected.type(), MemorySegment.ofArray(codes));
    assertThat(WeightFixture.crcs(bits, 256)).isEqualTo(expected.crcs());
  }

  @Test
  void everyF8DecodesAsTorchDoes() {
    byte[] codes = new byte[256];
    for (int code = 0; code < 256; code++) {
      codes[code] = (byte) code;
    }
    assertThat(decode(TensorType.F8_E4M3, MemorySegment.ofArray(codes)))
        .isEqualTo(FIXTURE.f8Bits());
  }

  @Test
  void theFixtureHoldsEveryTypeOfWeights() {
    Set<TensorType> types = EnumSet.of(TensorType.F8_E4M3);
    FIXTURE.blocks().forEach(blocks -> types.add(blocks.type()));
    assertThat(types).isEqualTo(EnumSet.complementOf(EnumSet.copyOf(NO_WEIGHTS)));
    assertThat(FIXTURE.codes())
        .extracting(WeightFixture.Codes::type)
        .containsExactly(TensorType.F16, TensorType.BF16);
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "I16", "I32", "I64", "U8", "BOOL"})
  void typesWithoutWeightsAreRefused(TensorType type) {
    assertThatThrownBy(() -> ScalarDecoders.of(type))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("type " + type + " holds no weights");
  }

  @Test
  void partsOfBlocksAreRefused() {
    WeightDecoder decoder = ScalarDecoders.of(TensorType.Q4_0);
    MemorySegment memory = Arena.ofAuto().allocate(256);
    assertThatThrownBy(() -> decoder.decode(memory, 0, 33, memory, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("33 elements are not a whole number of Q4_0 blocks of 32");
    assertThatThrownBy(() -> decoder.decode(memory, 0, -32, memory, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Integer> decode(TensorType type, MemorySegment bytes) {
    int count = (int) bytes.byteSize() / type.bytesPerBlock() * type.blockSize();
    MemorySegment out = Arena.ofAuto().allocate(4L * count, 64);
    ScalarDecoders.of(type).decode(bytes, 0, count, out, 0);
    return WeightFixture.bits(out);
  }
}
