package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mask;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Each instruction of the list that GNU as has encoded, run by this machine's processor and by the
 * interpreter: registers and memory must be the same afterwards. What the processor lacks is
 * interpreted alone, without a comparison.
 */
class InterpreterAgainstProcessorTest {
  private static final Set<String> AVX2 = Set.of("avx2", "fma", "f16c");
  private static final Set<String> AVX512 =
      Set.of("avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni", "avx512_vbmi");

  private static final Pattern ADDRESS =
      Pattern.compile(".*\\[(\\w+?)(?:\\+(\\w+)\\*(\\d))?([+-]\\d+)\\].*");

  /** Floats come out of these: what is no number may be any. */
  private static final Pattern FLOATS =
      Pattern.compile("v(add|mul|sub|div|sqrt|f\\w+|scalef|round|rndscale)ps|vcvtph2ps");

  private static final int VECTOR = 64;
  private static final int VECTORS = 32;
  private static final int MASKS = 6;

  // What the code loads first: vectors, masks, general-purpose registers, 64 set bytes.
  private static final int MASKS_AT = VECTORS * VECTOR;
  private static final int GENERAL_AT = MASKS_AT + MASKS * Long.BYTES;
  private static final int ONES_AT = GENERAL_AT + 16 * Long.BYTES;
  private static final int INPUT_BYTES = ONES_AT + VECTOR;

  // What it stores last: vectors, masks as bytes.
  private static final int OUTPUT_BYTES = (VECTORS + MASKS) * VECTOR;

  private static final int DATA_BYTES = 2048;
  private static final int ROUNDS = 12;

  /** Where there is nothing to compare with. */
  private static final int ROUNDS_ALONE = 2;

  private static final float[] ENDS = {
    0,
    -0f,
    1,
    -1,
    0.5f,
    1.5f,
    2.5f,
    -2.5f,
    Float.MIN_VALUE,
    Float.MIN_NORMAL,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    65504,
    65519.99f,
    65520,
    6e-8f,
    2.98e-8f,
    0x1p31f,
    -0x1p31f,
    0x1.fffffep30f,
    8388607.5f,
    150,
    -150
  };

  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(11);
  private final MemorySegment input = arena.allocate(INPUT_BYTES, VECTOR);
  private final MemorySegment output = arena.allocate(OUTPUT_BYTES, VECTOR);
  private final MemorySegment data = arena.allocate(DATA_BYTES, VECTOR);
  private final Memory memory =
      new Memory().readable("input", input).writable("output", output).writable("data", data);

  @AfterEach
  void close() {
    arena.close();
  }

  private static List<String> instructions() {
    try (var in =
        Objects.requireNonNull(AssemblerTest.class.getResourceAsStream("instructions.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean processorHas(Set<String> features) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> List.of(line.substring(line.indexOf(':') + 1).trim().split(" ")))
          .filter(flags -> flags.containsAll(features))
          .isPresent();
    } catch (IOException | UncheckedIOException e) {
      return false; // other systems have their processors' features elsewhere
    }
  }

  // Vectors

  @Test
  void vectorsOf256BitsWithoutMasks() {
    boolean here = processorHas(AVX2);
    instructions().stream()
        .filter(line -> line.startsWith("vex ") || line.startsWith("vzeroupper"))
        .forEach(line -> compareVectors(line, Encoding.VEX, here));
  }

  @Test
  void vectorsOf512Bits() {
    boolean here = processorHas(AVX512);
    instructions().stream()
        .filter(line -> line.matches("(v|kmov).*"))
        // Of bf16 the assembler knows more than any code needs.
        .filter(line -> !line.contains("bf16"))
        .forEach(line -> compareVectors(line, Encoding.EVEX, here));
  }

  private void compareVectors(String line, Encoding encoding, boolean runs) {
    byte[] code = aroundVectors(line, encoding);
    Optional<Entry> entry = runs ? ExecutableMemory.link(code) : Optional.empty();
    Interpreter interpreter = new Interpreter(code, memory);
    for (int round = 0; round < (entry.isPresent() ? ROUNDS : ROUNDS_ALONE); round++) {
      fill(input, round);
      fill(data, round + 1);
      byte[] dataBefore = bytes(data);
      setGeneral(line);
      Optional<Result> expected = entry.map(this::call);
      MemorySegment.copy(dataBefore, 0, data, ValueLayout.JAVA_BYTE, 0, dataBefore.length);
      output.fill((byte) 0x55);
      interpreter.run(input.address(), output.address());
      Result actual = new Result(bytes(output), bytes(data));
      expected.ifPresent(e -> assertSame(line, e, actual));
    }
  }

  /** What is in memory afterwards. */
  private static final class Result {
    private final byte[] output;
    private final byte[] data;

    Result(byte[] output, byte[] data) {
      this.output = output;
      this.data = data;
    }
  }

  private Result call(Entry entry) {
    output.fill((byte) 0x55);
    entry.run(input.address(), output.address());
    return new Result(bytes(output), bytes(data));
  }

  private static byte[] bytes(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }

  private static void assertSame(String line, Result expected, Result actual) {
    String name = line.replaceFirst("^vex ", "").replaceFirst("[ :].*", "");
    boolean floats = FLOATS.matcher(name).matches();
    if (floats || name.equals("vcvtps2ph")) {
      assertThat(numbers(actual.output, floats))
          .as(line)
          .isEqualTo(numbers(expected.output, floats));
      assertThat(numbers(actual.data, floats)).as(line).isEqualTo(numbers(expected.data, floats));
    } else {
      assertThat(actual.output).as(line).isEqualTo(expected.output);
      assertThat(actual.data).as(line).isEqualTo(expected.data);
    }
  }

  /** Floats or half floats, one for all that is no number. */
  private static int[] numbers(byte[] bytes, boolean floats) {
    MemorySegment segment = MemorySegment.ofArray(bytes);
    if (floats) {
      int[] numbers = segment.toArray(ValueLayout.JAVA_INT_UNALIGNED);
      return Arrays.stream(numbers)
          .map(bits -> Float.floatToIntBits(Float.intBitsToFloat(bits)))
          .toArray();
    }
    short[] halves = segment.toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
    int[] numbers = new int[halves.length];
    for (int i = 0; i < halves.length; i++) {
      numbers[i] = (halves[i] & 0x7FFF) > 0x7C00 ? 0x7E00 : halves[i];
    }
    return numbers;
  }

  /** Loads all registers, runs the instruction and stores all vectors and masks. */
  private static byte[] aroundVectors(String line, Encoding encoding) {
    Assembler a = new Assembler(encoding);
    boolean masks = encoding == Encoding.EVEX;
    int vectors = masks ? VECTORS : VECTORS / 2;
    List<Gp> saved = List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15);
    saved.forEach(a::push);
    a.push(Gp.RSI);
    for (int i = 0; i < vectors; i++) {
      a.op(Simd.VMOVUPS, vec(encoding, i), Mem.of(Gp.RDI, i * VECTOR));
    }
    for (int i = 0; masks && i < MASKS; i++) {
      a.kmovq(mask(i), Mem.of(Gp.RDI, MASKS_AT + i * Long.BYTES));
    }
    for (Gp register : Gp.values()) {
      if (register != Gp.RDI) {
        a.mov(register, Mem.of(Gp.RDI, general(register)));
      }
    }
    a.mov(Gp.RDI, Mem.of(Gp.RDI, general(Gp.RDI)));
    emit(a, line);
    a.pop(Gp.RSI);
    for (int i = 0; i < vectors; i++) {
      a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RSI, i * VECTOR), vec(encoding, i));
    }
    if (masks) {
      // Only the output's address is known here: what is in it serves as bytes for the masks.
      for (int i = 0; i < MASKS; i++) {
        a.opOrZero(Simd.VMOVDQU8, new Vec(0), mask(i), Mem.of(Gp.RSI, VECTORS * VECTOR));
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RSI, (VECTORS + i) * VECTOR), new Vec(0));
        a.op(Simd.VMOVUPS, new Vec(0), Mem.of(Gp.RSI, 0));
      }
    }
    saved.reversed().forEach(a::pop);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  private static void emit(Assembler a, String line) {
    for (byte b : HexFormat.ofDelimiter(" ").parseHex(line.substring(line.indexOf(": ") + 2))) {
      a.emit(b);
    }
  }

  private static Vec vec(Encoding encoding, int i) {
    return encoding == Encoding.VEX ? Vec.ymm(i) : new Vec(i);
  }

  private static Mask mask(int i) {
    return Mask.valueOf("K" + (i + 1));
  }

  private static int general(Gp register) {
    return GENERAL_AT + register.code() * Long.BYTES;
  }

  private void fill(MemorySegment segment, int round) {
    for (long at = 0; at < segment.byteSize(); at += Float.BYTES) {
      int bits =
          switch (round % 4) {
            case 0 -> random.nextInt();
            case 1 -> Float.floatToRawIntBits(ENDS[random.nextInt(ENDS.length)]);
            case 2 -> Float.floatToRawIntBits((float) random.nextGaussian() * 100);
            // Counts of shifts, and what saturates.
            default -> random.nextBoolean() ? random.nextInt(40) : 0x7F80_807F;
          };
      segment.set(ValueLayout.JAVA_INT, at, bits);
    }
  }

  /** Has the instruction's address lead to the data, and other registers hold any number. */
  private void setGeneral(String line) {
    for (Gp register : Gp.values()) {
      input.set(ValueLayout.JAVA_LONG, general(register), random.nextLong());
    }
    Matcher m = ADDRESS.matcher(line);
    if (!m.matches()) {
      return;
    }
    long base = data.address() + DATA_BYTES / 2 + random.nextInt(64) - Long.parseLong(m.group(4));
    String index = m.group(2);
    if (index != null && index.startsWith("zmm")) {
      int vector = Integer.parseInt(index.substring(3));
      for (int lane = 0; lane < VECTOR / Integer.BYTES; lane++) {
        long at = (long) vector * VECTOR + (long) lane * Integer.BYTES;
        input.set(ValueLayout.JAVA_INT, at, random.nextInt(200) - 100);
      }
    } else if (index != null) {
      int value = random.nextInt(9) - 4;
      input.set(ValueLayout.JAVA_LONG, general(gp(index)), value);
      base -= (long) value * Integer.parseInt(m.group(3));
    }
    input.set(ValueLayout.JAVA_LONG, general(gp(m.group(1))), base);
  }

  private static Gp gp(String name) {
    return Gp.valueOf(name.toUpperCase(Locale.ROOT));
  }

  // General-purpose registers

  private static final List<Condition> CONDITIONS = List.of(Condition.values());

  /** The signed conditions take a flag that a shift leaves open. */
  private static final List<Condition> AFTER_SHIFTS =
      List.of(Condition.BELOW, Condition.ZERO, Condition.NOT_ZERO);

  @Test
  void generalPurposeRegistersAndFlags() {
    instructions().stream()
        .filter(line -> line.matches("(prefetch|lea|mov|add|sub|cmp|and|or|shl|shr|dec).*"))
        .forEach(this::compareGeneral);
  }

  private void compareGeneral(String line) {
    byte[] code = aroundGeneral(line);
    Optional<Entry> entry = ExecutableMemory.link(code);
    Interpreter interpreter = new Interpreter(code, memory);
    for (int round = 0; round < ROUNDS; round++) {
      fill(data, round);
      byte[] dataBefore = bytes(data);
      setGeneral(line);
      if (!line.contains("[")) {
        setNumbers(round);
      }
      Optional<Result> expected = entry.map(this::call);
      MemorySegment.copy(dataBefore, 0, data, ValueLayout.JAVA_BYTE, 0, dataBefore.length);
      output.fill((byte) 0x55);
      interpreter.run(input.address(), output.address());
      expected.ifPresent(
          e -> {
            assertThat(bytes(output)).as(line).isEqualTo(e.output);
            assertThat(bytes(data)).as(line).isEqualTo(e.data);
          });
    }
  }

  /** Registers that are equal, next to each other, or at the ends. */
  private void setNumbers(int round) {
    long[] ends = {0, 1, -1, 7, 64, 1024, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 31, 0x1234_5678};
    for (Gp register : Gp.values()) {
      long value = round % 2 == 0 ? ends[random.nextInt(ends.length)] : random.nextInt(3) - 1;
      input.set(ValueLayout.JAVA_LONG, general(register), value);
    }
  }

  /** Loads all registers, runs the instruction, and stores them and what the flags say. */
  private static byte[] aroundGeneral(String line) {
    Assembler a = new Assembler();
    String operands = line.substring(0, line.indexOf(':'));
    Gp out =
        Stream.of(Gp.R14, Gp.R13, Gp.RBX)
            .filter(register -> !names(operands, register))
            .findFirst()
            .orElseThrow();
    Gp flags =
        Stream.of(Gp.R15, Gp.R8, Gp.RCX)
            .filter(register -> !names(operands, register))
            .findFirst()
            .orElseThrow();
    List<Gp> saved = List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15);
    saved.forEach(a::push);
    a.mov(out, Gp.RSI);
    for (Gp register : Gp.values()) {
      if (register != Gp.RDI && register != out) {
        a.mov(register, Mem.of(Gp.RDI, general(register)));
      }
    }
    a.mov(Gp.RDI, Mem.of(Gp.RDI, general(Gp.RDI)));
    a.mov(flags, 0);
    a.cmp(flags, 1); // known flags for what leaves some as they are
    emit(a, line);
    for (Condition condition : line.startsWith("sh") ? AFTER_SHIFTS : CONDITIONS) {
      Label not = new Label();
      a.lea(flags, Mem.of(flags, flags, 1, 0));
      a.jump(condition, not);
      a.lea(flags, Mem.of(flags, 1));
      a.bind(not);
    }
    for (Gp register : Gp.values()) {
      if (register != out) {
        a.mov(Mem.of(out, register.code() * Long.BYTES), register);
      }
    }
    saved.reversed().forEach(a::pop);
    a.ret();
    return a.code();
  }

  private static boolean names(String operands, Gp register) {
    String name = register.name().toLowerCase(Locale.ROOT);
    return operands.contains(name) || operands.contains(name.replaceFirst("^r", "e"));
  }
}
