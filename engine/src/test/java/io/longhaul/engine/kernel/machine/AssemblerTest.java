package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Instructions as GNU as encodes them; {@code scripts/oracle/assembler.py} has asked it. */
class AssemblerTest {
  private static final Pattern ADDRESS =
      Pattern.compile("\\[(\\w+?)(?:\\+(r\\w+)\\*(\\d))?([+-]\\d+)\\](?:\\{1to16\\})?");

  static List<String> instructions() throws IOException {
    try (var in =
        Objects.requireNonNull(AssemblerTest.class.getResourceAsStream("instructions.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void encodesAsGnuAs(String line) {
    int colon = line.indexOf(": ");
    Assembler a = new Assembler();
    emit(a, line.substring(0, colon));
    assertThat(HexFormat.ofDelimiter(" ").formatHex(a.code()))
        .as(line)
        .isEqualTo(line.substring(colon + 2));
  }

  private static void emit(Assembler a, String instruction) {
    int space = instruction.indexOf(' ');
    String name = space < 0 ? instruction : instruction.substring(0, space);
    String[] o = instruction.substring(space + 1).split(", ", -1);
    switch (name) {
      case "vmulps" -> a.vmulps(vec(o[0]), vec(o[1]), vec(o[2]));
      case "vmaxps" -> a.vmaxps(vec(o[0]), vec(o[1]), vec(o[2]));
      case "vpxord" -> a.vpxord(vec(o[0]), vec(o[1]), vec(o[2]));
      case "vfmadd231ps" -> {
        if (o[2].startsWith("[")) {
          a.vfmadd231psBroadcast(vec(o[0]), vec(o[1]), mem(o[2]));
        } else {
          a.vfmadd231ps(vec(o[0]), vec(o[1]), vec(o[2]));
        }
      }
      case "vcvtdq2ps" -> a.vcvtdq2ps(vec(o[0]), vec(o[1]));
      case "vcvtph2ps" -> {
        if (o[1].startsWith("[")) {
          a.vcvtph2ps(vec(o[0]), mem(o[1]));
        } else {
          a.vcvtph2ps(vec(o[0]), vec(o[1]));
        }
      }
      case "vmovups" -> {
        if (o[0].startsWith("[")) {
          a.vmovups(mem(o[0]), vec(o[1]));
        } else {
          a.vmovups(vec(o[0]), mem(o[1]));
        }
      }
      case "vpmovsxbd" -> a.vpmovsxbd(vec(o[0]), mem(o[1]));
      case "vpbroadcastw" -> a.vpbroadcastw(vec(o[0]), mem(o[1]));
      case "vbroadcastss" -> a.vbroadcastss(vec(o[0]), mem(o[1]));
      case "prefetcht0" -> a.prefetcht0(mem(o[0]));
      case "prefetcht1" -> a.prefetcht1(mem(o[0]));
      case "lea" -> a.lea(gp(o[0]), mem(o[1]));
      case "add" -> a.add(gp(o[0]), Integer.parseInt(o[1]));
      case "mov" -> a.mov(gp(o[0]), Integer.parseInt(o[1]));
      case "dec" -> a.dec(gp(o[0]));
      case "vzeroupper" -> a.vzeroupper();
      case "ret" -> a.ret();
      default -> throw new IllegalArgumentException(instruction);
    }
  }

  private static Vec vec(String name) {
    return new Vec(Integer.parseInt(name.substring(3)));
  }

  private static Gp gp(String name) {
    return Gp.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Mem mem(String address) {
    Matcher m = ADDRESS.matcher(address);
    assertThat(m.matches()).as(address).isTrue();
    int displacement = Integer.parseInt(m.group(4));
    return m.group(2) == null
        ? Mem.of(gp(m.group(1)), displacement)
        : Mem.of(gp(m.group(1)), gp(m.group(2)), Integer.parseInt(m.group(3)), displacement);
  }

  @Test
  void jumpsBackBeforeTheInstructionAfterTheLabel() {
    Assembler a = new Assembler();
    a.ret();
    Label label = a.label();
    a.dec(Gp.RDX);
    a.jnz(label);
    // dec takes three bytes, the jump six: nine back from its end.
    assertThat(HexFormat.ofDelimiter(" ").formatHex(a.code()))
        .isEqualTo("c3 48 ff ca 0f 85 f7 ff ff ff");
  }
}
