package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mask;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Operand;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Instructions as GNU as encodes them; {@code scripts/oracle/assembler.py} has asked it. */
class AssemblerTest {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\w+ ptr )?\\[(\\w+?)(?:\\+(\\w+)\\*(\\d))?([+-]\\d+)\\](\\{1to16\\})?");

  /** A register and, in braces, its mask. */
  private static final Pattern MASKED = Pattern.compile("(.*?)\\{k(\\d)\\}(\\{z\\})?");

  /** Names of EVEX forms by those of VEX forms. */
  private static final Map<String, String> NAMES =
      Map.of(
          "vpand", "vpandd",
          "vpor", "vpord",
          "vpxor", "vpxord",
          "vbroadcasti128", "vbroadcasti32x4",
          "vinsertf128", "vinsertf32x4",
          "vextractf128", "vextractf32x4",
          "vroundps", "vrndscaleps");

  private static final Set<Simd> STORES =
      EnumSet.of(
          Simd.VMOVUPS_STORE,
          Simd.VCVTPS2PH,
          Simd.VEXTRACTPS,
          Simd.VPMOVDW,
          Simd.VPMOVSDW,
          Simd.VPMOVDB,
          Simd.VEXTRACTF32X4,
          Simd.VEXTRACTF64X4);

  private static List<String> instructions() throws IOException {
    try (var in =
        Objects.requireNonNull(AssemblerTest.class.getResourceAsStream("instructions.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void encodesAsGnuAs() throws IOException {
    List<String> encoded =
        instructions().stream()
            .map(line -> line.substring(0, line.indexOf(": ")))
            .map(instruction -> instruction + ": " + bytes(instruction))
            .toList();
    assertThat(encoded).isEqualTo(instructions());
  }

  @Test
  void everyVectorInstructionIsAmongThem() throws IOException {
    String all = String.join("\n", instructions());
    assertThat(Simd.values())
        .allSatisfy(
            op -> {
              String name = op.name().toLowerCase(Locale.ROOT).replace("_store", "");
              assertThat(all).contains(name + " ");
            });
  }

  private static String bytes(String line) {
    boolean vex = line.startsWith("vex ");
    String instruction = vex ? line.substring(4) : line;
    Assembler a = new Assembler(vex ? Encoding.VEX : Encoding.EVEX);
    int space = instruction.indexOf(' ');
    String name = space < 0 ? instruction : instruction.substring(0, space);
    String[] o = instruction.substring(space + 1).split(", ", -1);
    switch (name) {
      case "vpsrld" -> a.vpsrld(vec(o[0]), vec(o[1]), Integer.parseInt(o[2]));
      case "vpsrad" -> a.vpsrad(vec(o[0]), vec(o[1]), Integer.parseInt(o[2]));
      case "vpslld" -> a.vpslld(vec(o[0]), vec(o[1]), Integer.parseInt(o[2]));
      case "vpsrlw" -> a.vpsrlw(vec(o[0]), vec(o[1]), Integer.parseInt(o[2]));
      case "vpsraw" -> a.vpsraw(vec(o[0]), vec(o[1]), Integer.parseInt(o[2]));
      case "vpsllw" -> a.vpsllw(vec(o[0]), vec(o[1]), Integer.parseInt(o[2]));
      case "vmovd" -> a.vmovd(vec(o[0]), gp(o[1]));
      case "vgatherdps" -> gather(a, o[0], o[1]);
      case "vzeroupper" -> a.vzeroupper();
      case "vptestmb" -> a.vptestmb(mask(o[0].substring(1)), vec(o[1]), vec(o[2]));
      case "kmovq" -> a.kmovq(mask(o[0].substring(1)), mem(o[1]));
      case "kmovw" -> {
        if (o[1].contains("[")) {
          a.kmovw(mask(o[0].substring(1)), mem(o[1]));
        } else {
          a.kmovw(mask(o[0].substring(1)), gp(o[1]));
        }
      }
      default -> {
        if (name.equals("vpbroadcastd") && o[1].matches("[er]\\w+")) {
          a.vpbroadcastd(vec(o[0]), gp(o[1]));
        } else if (name.startsWith("v")) {
          simd(a, name, o);
        } else {
          general(a, name, o);
        }
      }
    }
    return HexFormat.ofDelimiter(" ").formatHex(a.code());
  }

  private static void general(Assembler a, String name, String[] o) {
    boolean number = o.length > 1 && o[1].matches("\\d+");
    boolean load = o.length > 1 && o[1].contains("[");
    switch (name) {
      case "prefetcht0" -> a.prefetcht0(mem(o[0]));
      case "prefetcht1" -> a.prefetcht1(mem(o[0]));
      case "lea" -> a.lea(gp(o[0]), mem(o[1]));
      case "movzx" -> {
        if (o[1].startsWith("word")) {
          a.movzxShort(gp(o[0]), mem(o[1]));
        } else {
          a.movzxByte(gp(o[0]), mem(o[1]));
        }
      }
      case "mov" -> {
        if (number) {
          a.mov(gp(o[0]), Integer.parseInt(o[1]));
        } else if (load && o[1].startsWith("qword")) {
          a.mov(gp(o[0]), mem(o[1]));
        } else if (load) {
          a.movInt(gp(o[0]), mem(o[1]));
        } else if (o[0].startsWith("dword")) {
          a.movInt(mem(o[0]), gp(o[1]));
        } else if (o[0].contains("[")) {
          a.mov(mem(o[0]), gp(o[1]));
        } else {
          a.mov(gp(o[0]), gp(o[1]));
        }
      }
      case "movabs" -> a.movabs(gp(o[0]), Long.parseLong(o[1]));
      case "add" -> {
        if (number) {
          a.add(gp(o[0]), Integer.parseInt(o[1]));
        } else {
          a.add(gp(o[0]), gp(o[1]));
        }
      }
      case "sub" -> {
        if (number) {
          a.sub(gp(o[0]), Integer.parseInt(o[1]));
        } else {
          a.sub(gp(o[0]), gp(o[1]));
        }
      }
      case "cmp" -> {
        if (number) {
          a.cmp(gp(o[0]), Integer.parseInt(o[1]));
        } else {
          a.cmp(gp(o[0]), gp(o[1]));
        }
      }
      case "and" -> a.and(gp(o[0]), Integer.parseInt(o[1]));
      case "or" -> a.or(gp(o[0]), gp(o[1]));
      case "shl" -> a.shl(gp(o[0]), Integer.parseInt(o[1]));
      case "shr" -> a.shr(gp(o[0]), Integer.parseInt(o[1]));
      case "dec" -> a.dec(gp(o[0]));
      case "push" -> a.push(gp(o[0]));
      case "pop" -> a.pop(gp(o[0]));
      case "ret" -> a.ret();
      default -> throw new IllegalArgumentException(name);
    }
  }

  private static void gather(Assembler a, String to, String address) {
    Matcher m = MASKED.matcher(to);
    Matcher from = ADDRESS.matcher(address);
    assertThat(m.matches() && from.matches()).isTrue();
    a.vgatherdps(
        vec(m.group(1)),
        mask(m.group(2)),
        gp(from.group(1)),
        vec(from.group(2)),
        Integer.parseInt(from.group(3)),
        Integer.parseInt(from.group(4)));
  }

  private static void simd(Assembler a, String name, String[] operands) {
    List<String> o = new ArrayList<>(List.of(operands));
    Optional<Integer> immediate =
        o.getLast().matches("\\d+")
            ? Optional.of(Integer.parseInt(o.removeLast()))
            : Optional.empty();
    Matcher masked = MASKED.matcher(o.getFirst());
    Mask mask = Mask.NONE;
    boolean zero = false;
    if (masked.matches()) {
      o.set(0, masked.group(1));
      mask = mask(masked.group(2));
      zero = masked.group(3) != null;
    }
    boolean toMemory = o.getFirst().contains("[");
    String suffix = toMemory && name.equals("vmovups") ? "_STORE" : "";
    Simd op = Simd.valueOf(NAMES.getOrDefault(name, name).toUpperCase(Locale.ROOT) + suffix);
    if (STORES.contains(op)) {
      if (immediate.isPresent()) {
        a.store(op, operand(o.get(0)), vec(o.get(1)), immediate.get());
      } else {
        a.store(op, operand(o.get(0)), mask, vec(o.get(1)));
      }
    } else if (o.size() == 2 && immediate.isPresent()) {
      a.op(op, vec(o.get(0)), operand(o.get(1)), immediate.get());
    } else if (o.size() == 2 && zero) {
      a.opOrZero(op, vec(o.get(0)), mask, operand(o.get(1)));
    } else if (o.size() == 2) {
      a.op(op, vec(o.get(0)), mask, operand(o.get(1)));
    } else if (immediate.isPresent()) {
      a.op(op, vec(o.get(0)), vec(o.get(1)), operand(o.get(2)), immediate.get());
    } else {
      a.op(op, vec(o.get(0)), mask, vec(o.get(1)), operand(o.get(2)));
    }
  }

  private static Operand operand(String text) {
    return text.contains("[") ? mem(text) : vec(text);
  }

  private static Vec vec(String name) {
    Vec vec = new Vec(Integer.parseInt(name.substring(3)));
    return switch (name.charAt(0)) {
      case 'x' -> vec.xmm();
      case 'y' -> vec.ymm();
      default -> vec;
    };
  }

  private static Mask mask(String number) {
    return Mask.valueOf("K" + number);
  }

  /** A register, by the name of all of it or of its lower half. */
  private static Gp gp(String name) {
    String whole = name.startsWith("e") ? "r" + name.substring(1) : name.replaceAll("d$", "");
    return Gp.valueOf(whole.toUpperCase(Locale.ROOT));
  }

  private static Mem mem(String address) {
    Matcher m = ADDRESS.matcher(address);
    assertThat(m.matches()).as(address).isTrue();
    int displacement = Integer.parseInt(m.group(4));
    Mem mem =
        m.group(2) == null
            ? Mem.of(gp(m.group(1)), displacement)
            : Mem.of(gp(m.group(1)), gp(m.group(2)), Integer.parseInt(m.group(3)), displacement);
    return m.group(5) == null ? mem : mem.toAll();
  }

  @Test
  void jumpsToPlacesBehindItAsWell() {
    Assembler a = new Assembler();
    Label end = new Label();
    a.jump(Condition.ZERO, end);
    a.jump(end);
    a.ret();
    a.bind(end);
    a.ret();
    // Six bytes over the second jump of five and the ret.
    assertThat(HexFormat.ofDelimiter(" ").formatHex(a.code()))
        .isEqualTo("0f 84 06 00 00 00 e9 01 00 00 00 c3 c3");
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
