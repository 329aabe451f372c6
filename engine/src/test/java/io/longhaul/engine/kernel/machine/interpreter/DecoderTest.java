package io.longhaul.engine.kernel.machine.interpreter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decodes what GNU as has encoded, and refuses what no processor or not this interpreter knows. */
class DecoderTest {
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  private static List<String> instructions() throws IOException {
    try (var in =
        Objects.requireNonNull(DecoderTest.class.getResourceAsStream("../instructions.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void eachInstructionHasItsLength() throws IOException {
    assertThat(instructions())
        .hasSizeGreaterThan(1000)
        .allSatisfy(
            line -> {
              byte[] code = HEX.parseHex(line.substring(line.indexOf(": ") + 2));
              assertThat(new Decoder(code).at(0).length()).isEqualTo(code.length);
              // Whatever follows.
              byte[] padded = Arrays.copyOf(code, code.length + 20);
              assertThat(new Decoder(padded).at(0).length()).isEqualTo(code.length);
            });
  }

  @Test
  void eachVectorInstructionIsTheOneThatIsNamed() throws IOException {
    assertThat(instructions().stream().filter(line -> line.matches("(vex )?v(?!zeroupper).*")))
        .allSatisfy(
            line -> {
              byte[] code = HEX.parseHex(line.substring(line.indexOf(": ") + 2));
              if (!(new Decoder(code).at(0) instanceof Instruction.Vector vector)) {
                throw new AssertionError(line);
              }
              String name = vector.operation().name().toLowerCase(Locale.ROOT);
              String written = line.replaceFirst("^vex ", "").replaceFirst(" .*", "");
              assertThat(name.replaceFirst("_.*", "")).isEqualTo(plain(written));
            });
  }

  /** The name of the operation here; VEX and EVEX forms of some have different ones. */
  private static String plain(String name) {
    return switch (name) {
      case "vpandd" -> "vpand";
      case "vpord" -> "vpor";
      case "vpxord" -> "vpxor";
      case "vbroadcasti128" -> "vbroadcasti32x4";
      case "vinsertf128" -> "vinsertf32x4";
      case "vextractf128" -> "vextractf32x4";
      case "vrndscaleps" -> "vroundps";
      default -> name;
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "90", // nop
        "48 8d", // an end within an instruction
        "48 8d 47 08", // a displacement of eight bits
        "01 f8", // 32 bits
        "0f 85 01 00", // an end within a displacement
        "62 f1 7c 48 58", // an end behind the opcode
        "62 f1 78 48 58 c2", // a bit of the prefix that must be set
        "62 f5 7c 48 58 c2", // a map that is not known
        "62 f1 7c 68 58 c2", // vectors of no length
        "62 f1 7c 58 58 c2", // rounding by the prefix
        "c4 e2 7d 8d c2", // VPERMB has no VEX form
        "c4 e2 75 18 c2", // VBROADCASTSS with vvvv
        "62 f1 74 48 10 c2", // VMOVUPS with vvvv
        "62 f1 7c c8 58 c2", // zeroing without a mask
        "62 f1 7c c9 11 87 00 00 00 00", // a store that zeroes
        "62 f2 7d 48 92 84 97 00 00 00 00", // a gather without a mask
        "62 f2 7d 49 92 84 87 00 00 00 00", // a gather to its own index
        "c4 e2 7d 5a c2" // VBROADCASTI128 from a register
      })
  void refusesOthers(String hex) {
    byte[] code = HEX.parseHex(hex);
    assertThatThrownBy(() -> new Decoder(code).at(0))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(hex);
  }
}
