package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mask;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The interpreter by what the manual says: instructions that only processors with AVX-512 have, and
 * what it must not let pass. The rest is compared with processors.
 */
class InterpreterTest {
  private static final int VECTOR = 64;
  private static final Vec TO = new Vec(0);
  private static final Vec A = new Vec(1);
  private static final Vec B = new Vec(30);
  private static final Vec C = new Vec(17);

  private final Random random = new Random(3);
  private final Arena arena = Arena.ofShared();

  /** What {@link #TO}, {@link #A}, {@link #B} and {@link #C} hold at first, and a mask. */
  private final MemorySegment in = arena.allocate(5 * VECTOR, VECTOR);

  private final MemorySegment old = in.asSlice(0, VECTOR);
  private final MemorySegment a = in.asSlice(VECTOR, VECTOR);
  private final MemorySegment b = in.asSlice(2 * VECTOR, VECTOR);
  private final MemorySegment c = in.asSlice(3 * VECTOR, VECTOR);
  private final MemorySegment mask = in.asSlice(4 * VECTOR, VECTOR);
  private final MemorySegment out = arena.allocate(VECTOR, VECTOR);

  @BeforeEach
  void fill() {
    for (long at = 0; at < in.byteSize(); at++) {
      in.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(256));
    }
  }

  @AfterEach
  void close() {
    arena.close();
  }

  /** Runs some instructions between loads of the registers and a store of {@link #TO}. */
  private void run(Consumer<Assembler> instructions) {
    run(new Memory(), instructions);
  }

  private void run(Memory more, Consumer<Assembler> instructions) {
    Assembler code = new Assembler();
    int at = 0;
    for (Vec vec : new Vec[] {TO, A, B, C}) {
      code.op(Simd.VMOVUPS, vec, Mem.of(Gp.RDI, at));
      at += VECTOR;
    }
    code.kmovq(Mask.K3, Mem.of(Gp.RDI, at));
    instructions.accept(code);
    code.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RSI, 0), TO);
    code.vzeroupper();
    code.ret();
    Memory memory = more.readable("in", in).writable("out", out);
    new Interpreter(code.code(), memory).run(in.address(), out.address());
  }

  private static int u8(MemorySegment segment, int i) {
    return segment.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
  }

  private static int s8(MemorySegment segment, int i) {
    return segment.get(ValueLayout.JAVA_BYTE, i);
  }

  private static int s16(MemorySegment segment, int i) {
    return segment.getAtIndex(ValueLayout.JAVA_SHORT, i);
  }

  private static int i32(MemorySegment segment, int i) {
    return segment.getAtIndex(ValueLayout.JAVA_INT, i);
  }

  private static void set(MemorySegment segment, int i, float value) {
    segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
  }

  private void assertBytes(IntUnaryOperator expected) {
    for (int i = 0; i < VECTOR; i++) {
      assertThat(s8(out, i)).as("byte %d", i).isEqualTo((byte) expected.applyAsInt(i));
    }
  }

  private void assertShorts(IntUnaryOperator expected) {
    for (int i = 0; i < VECTOR / 2; i++) {
      assertThat(s16(out, i)).as("short %d", i).isEqualTo((short) expected.applyAsInt(i));
    }
  }

  private void assertInts(IntUnaryOperator expected) {
    for (int i = 0; i < VECTOR / 4; i++) {
      assertThat(i32(out, i)).as("int %d", i).isEqualTo(expected.applyAsInt(i));
    }
  }

  // Masks, broadcasts, lengths

  private boolean selected(int lane) {
    return (mask.get(ValueLayout.JAVA_LONG, 0) >>> lane & 1) != 0;
  }

  @Test
  void lanesOutsideAMaskKeepWhatTheyHold() {
    run(x -> x.op(Simd.VPADDD, TO, Mask.K3, A, B));
    assertInts(i -> selected(i) ? i32(a, i) + i32(b, i) : i32(old, i));
  }

  @Test
  void lanesOutsideAMaskBecomeZero() {
    run(x -> x.opOrZero(Simd.VMOVDQU8, TO, Mask.K3, A));
    assertBytes(i -> selected(i) ? s8(a, i) : 0);
  }

  @Test
  void aMaskedStoreLeavesTheOthers() {
    MemorySegment to = arena.allocate(VECTOR / 4);
    to.fill((byte) 9);
    run(
        new Memory().writable("to", to),
        x -> {
          address(x, to);
          x.store(Simd.VPMOVDB, Mem.of(Gp.RAX, 0), Mask.K3, A);
        });
    for (int i = 0; i < 16; i++) {
      assertThat(s8(to, i)).isEqualTo(selected(i) ? (byte) i32(a, i) : 9);
    }
  }

  /** An address as a constant, in rax. */
  private static void address(Assembler x, MemorySegment segment) {
    x.mov(Gp.RAX, (int) (segment.address() >>> 32));
    x.shl(Gp.RAX, 32);
    x.mov(Gp.RCX, (int) segment.address());
    x.shl(Gp.RCX, 32);
    x.shr(Gp.RCX, 32);
    x.or(Gp.RAX, Gp.RCX);
  }

  @Test
  void maskedBytesAreNotEvenRead() {
    MemorySegment ten = arena.allocate(10);
    ten.fill((byte) 7);
    Consumer<Assembler> load =
        x -> {
          address(x, ten);
          x.opOrZero(Simd.VMOVDQU8, TO, Mask.K3, Mem.of(Gp.RAX, 0));
        };
    mask.set(ValueLayout.JAVA_LONG, 0, 0x3FF);
    run(new Memory().readable("ten", ten), load);
    assertBytes(i -> i < 10 ? 7 : 0);
    mask.set(ValueLayout.JAVA_LONG, 0, 0x7FF);
    assertThatThrownBy(() -> run(new Memory().readable("ten", ten), load))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("reads 1 bytes")
        .hasMessageContaining("1 bytes too far for 'ten' of 10 bytes");
  }

  @Test
  void aBroadcastReadsOneLane() {
    MemorySegment one = arena.allocate(4);
    one.set(ValueLayout.JAVA_INT, 0, 77);
    run(
        new Memory().readable("one", one),
        x -> {
          address(x, one);
          x.op(Simd.VPADDD, TO, A, Mem.of(Gp.RAX, 0).toAll());
        });
    assertInts(i -> i32(a, i) + 77);
  }

  @Test
  void shorterVectorsClearWhatIsAboveThem() {
    run(x -> x.op(Simd.VPADDD, TO.ymm(), A.ymm(), B.ymm()));
    assertInts(i -> i < 8 ? i32(a, i) + i32(b, i) : 0);
    run(x -> x.op(Simd.VPADDD, TO.xmm(), A.xmm(), B.xmm()));
    assertInts(i -> i < 4 ? i32(a, i) + i32(b, i) : 0);
    Assembler vex = new Assembler(Encoding.VEX);
    vex.op(Simd.VPADDD, TO.ymm(), A.ymm(), A.ymm());
    run(x -> bytes(x, vex.code()));
    assertInts(i -> i < 8 ? 2 * i32(a, i) : 0);
  }

  private static void bytes(Assembler x, byte[] code) {
    for (byte b : code) {
      x.emit(b);
    }
  }

  // What the processors of many machines lack

  @Test
  void permutationsOfBytes() {
    run(x -> x.op(Simd.VPERMB, TO, A, B));
    assertBytes(i -> s8(b, u8(a, i) % 64));
    run(x -> x.op(Simd.VPERMI2B, TO, A, B));
    assertBytes(i -> u8(old, i) % 128 < 64 ? s8(a, u8(old, i) % 64) : s8(b, u8(old, i) % 64));
    run(x -> x.op(Simd.VPERMT2B, TO, A, B));
    assertBytes(i -> u8(a, i) % 128 < 64 ? s8(old, u8(a, i) % 64) : s8(b, u8(a, i) % 64));
  }

  @Test
  void permutationsOfShorts() {
    run(x -> x.op(Simd.VPERMW, TO, A, B));
    assertShorts(i -> s16(b, s16(a, i) & 31));
    run(x -> x.op(Simd.VPERMI2W, TO, A, B));
    assertShorts(i -> s16((s16(old, i) & 32) == 0 ? a : b, s16(old, i) & 31));
  }

  @Test
  void permutationsOfInts() {
    run(x -> x.op(Simd.VPERMPS, TO, A, B));
    assertInts(i -> i32(b, i32(a, i) & 15));
    run(x -> x.op(Simd.VALIGND, TO, A, B, 5));
    assertInts(i -> i < 11 ? i32(b, i + 5) : i32(a, i - 11));
    run(x -> x.op(Simd.VSHUFF32X4, TO, A, B, 0b01_11_00_10));
    int[] quarters = {2, 0, 3, 1};
    assertInts(i -> i32(i < 8 ? a : b, quarters[i / 4] * 4 + i % 4));
  }

  @Test
  void eightBitsFromAnyOn() {
    a.set(ValueLayout.JAVA_LONG, 8, 0x3F_3C_08_07_04_01_00_80L);
    b.set(ValueLayout.JAVA_LONG, 8, 0x0123_4567_89AB_CDEFL);
    run(x -> x.op(Simd.VPMULTISHIFTQB, TO, A, B));
    // From bits 0 (of 128, the upper two bits count for nothing), 0, 1, 4, 7, 8, 60 and 63 on.
    assertThat(out.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(0xDE_F0_CD_9B_DE_F7_EF_EFL);
  }

  @Test
  void dotsOfBytesNeitherSaturateNorMixUpTheirSigns() {
    for (int i = 0; i < VECTOR; i++) {
      a.set(ValueLayout.JAVA_BYTE, i, (byte) 255);
      b.set(ValueLayout.JAVA_BYTE, i, (byte) (i < 32 ? -128 : 127));
    }
    run(x -> x.op(Simd.VPDPBUSD, TO, A, B));
    assertInts(i -> i32(old, i) + 4 * 255 * (i < 8 ? -128 : 127));
  }

  @Test
  void dotsOfShorts() {
    a.setAtIndex(ValueLayout.JAVA_INT, 3, 0x8000_8000);
    b.setAtIndex(ValueLayout.JAVA_INT, 3, 0x8000_8000);
    run(x -> x.op(Simd.VPDPWSSD, TO, A, B));
    assertInts(
        i -> i32(old, i) + s16(a, 2 * i) * s16(b, 2 * i) + s16(a, 2 * i + 1) * s16(b, 2 * i + 1));
    assertThat(i32(out, 3)).isEqualTo(i32(old, 3) + Integer.MIN_VALUE);
  }

  @Test
  void anyFunctionOfThreeBits() {
    run(x -> x.op(Simd.VPTERNLOGD, TO, A, B, RowStep.OR_MASKED));
    assertInts(i -> i32(old, i) | (i32(a, i) & i32(b, i)));
    run(x -> x.op(Simd.VPTERNLOGD, TO, A, B, 0xCA));
    assertInts(i -> (i32(old, i) & i32(a, i)) | (~i32(old, i) & i32(b, i)));
    run(x -> x.op(Simd.VPTERNLOGD, TO, A, B, 0x96));
    assertInts(i -> i32(old, i) ^ i32(a, i) ^ i32(b, i));
  }

  @Test
  void shiftsOfShortsAndRotations() {
    for (int i = 0; i < 32; i++) {
      b.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (i < 30 ? i : -i));
    }
    run(x -> x.op(Simd.VPSRLVW, TO, A, B));
    assertShorts(i -> i < 16 ? (s16(a, i) & 0xFFFF) >>> i : 0);
    run(x -> x.op(Simd.VPSLLVW, TO, A, B));
    assertShorts(i -> i < 16 ? s16(a, i) << i : 0);
    run(x -> x.op(Simd.VPROLVD, TO, A, C));
    assertInts(i -> Integer.rotateLeft(i32(a, i), i32(c, i) & 31));
  }

  @Test
  void narrowerLanes() {
    a.setAtIndex(ValueLayout.JAVA_INT, 0, 40_000);
    a.setAtIndex(ValueLayout.JAVA_INT, 1, -40_000);
    a.setAtIndex(ValueLayout.JAVA_INT, 2, -32_768);
    run(x -> x.store(Simd.VPMOVSDW, TO.ymm(), A));
    assertShorts(i -> i < 16 ? Math.clamp(i32(a, i), -32_768, 32_767) : 0);
    run(x -> x.store(Simd.VPMOVDW, TO.ymm(), A));
    assertShorts(i -> i < 16 ? i32(a, i) : 0);
    run(x -> x.store(Simd.VPMOVDB, TO.xmm(), A));
    assertBytes(i -> i < 16 ? i32(a, i) : 0);
  }

  @Test
  void scalesByPowersOfTwo() {
    float[][] cases = {
      {3, 2.9f, 12},
      {3, -1.1f, 0.75f},
      {1, -149, Float.MIN_VALUE},
      {1.5f, -150, Float.MIN_VALUE},
      {1, -151, 0},
      {-1, 1000, Float.NEGATIVE_INFINITY},
      {Float.MIN_VALUE, 149, 1},
      {Float.NaN, 1, Float.NaN},
      {1, Float.NaN, Float.NaN},
      {2, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY},
      {-2, Float.NEGATIVE_INFINITY, -0f},
      {0, Float.POSITIVE_INFINITY, Float.NaN},
      {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN},
      {Float.NEGATIVE_INFINITY, -5, Float.NEGATIVE_INFINITY},
      {-0f, 5, -0f},
      {Float.MAX_VALUE, 0, Float.MAX_VALUE}
    };
    for (int i = 0; i < 16; i++) {
      set(a, i, cases[i][0]);
      set(b, i, cases[i][1]);
    }
    run(x -> x.op(Simd.VSCALEFPS, TO, A, B));
    for (int i = 0; i < 16; i++) {
      assertThat(out.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isEqualTo(Float.valueOf(cases[i][2]));
    }
  }

  @Test
  void roundsToEvenAndKeepsTheSignOfZero() {
    float[] values = {2.5f, 3.5f, -0.5f, -0.3f, 0x1p30f, Float.NaN, Float.NEGATIVE_INFINITY, 7};
    float[] rounded = {2, 4, -0f, -0f, 0x1p30f, Float.NaN, Float.NEGATIVE_INFINITY, 7};
    for (int i = 0; i < 16; i++) {
      set(b, i, values[i % 8]);
    }
    run(x -> x.op(Simd.VRNDSCALEPS, TO, B, 0));
    for (int i = 0; i < 16; i++) {
      assertThat(out.getAtIndex(ValueLayout.JAVA_FLOAT, i))
          .isEqualTo(Float.valueOf(rounded[i % 8]));
    }
    run(x -> x.op(Simd.VRNDSCALEPS, TO, B, 1 << 4)); // one binary digit after the point
    assertThat(out.getAtIndex(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(2.5f);
    assertThat(out.getAtIndex(ValueLayout.JAVA_FLOAT, 3)).isEqualTo(-0.5f);
  }

  @Test
  void gathersAndClearsTheMask() {
    MemorySegment table = arena.allocate(400);
    for (int i = 0; i < 100; i++) {
      table.setAtIndex(ValueLayout.JAVA_INT, i, i);
    }
    for (int i = 0; i < 16; i++) {
      b.setAtIndex(ValueLayout.JAVA_INT, i, i == 2 ? 1000 : 6 * i - 3);
    }
    mask.set(ValueLayout.JAVA_LONG, 0, 0xFFFB);
    run(
        new Memory().readable("table", table),
        x -> {
          address(x, table);
          x.vgatherdps(TO, Mask.K3, Gp.RAX, B, 4, 12);
          x.op(Simd.VPADDD, TO, Mask.K3, A, A); // in no lane
        });
    assertInts(i -> i == 2 ? i32(old, i) : 6 * i);
  }

  @Test
  void aMaskOfBytes() {
    run(
        x -> {
          x.vptestmb(Mask.K1, A, B);
          x.opOrZero(Simd.VMOVDQU8, TO, Mask.K1, C);
        });
    assertBytes(i -> (u8(a, i) & u8(b, i)) != 0 ? s8(c, i) : 0);
  }

  // What it must not let pass

  private void assertFails(Consumer<Assembler> code, String... message) {
    Assembler x = new Assembler();
    code.accept(x);
    Memory memory = new Memory().readable("in", in).writable("out", out);
    Interpreter interpreter = new Interpreter(x.code(), memory);
    assertThatThrownBy(() -> interpreter.run(in.address(), out.address()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(message);
  }

  @Test
  void memoryThatIsNotAllowed() {
    int end = (int) in.byteSize();
    assertFails(
        x -> x.op(Simd.VMOVUPS, TO, Mem.of(Gp.RDI, end - VECTOR + 1)),
        "at offset 0",
        "reads 64 bytes",
        "1 bytes too far for 'in' of " + end + " bytes");
    assertFails(
        x -> x.op(Simd.VPMOVSXBD, TO, Mem.of(Gp.RDI, -3)), "reads 16 bytes", "3 bytes before 'in'");
    assertFails(
        x -> x.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), TO), "writes 64 bytes", "'out'");
    assertFails(
        x -> x.mov(Mem.of(Gp.RSI, VECTOR - 7), Gp.RAX), "writes 8 bytes", "1 bytes too far");
    assertFails(x -> x.movzxShort(Gp.RAX, Mem.of(Gp.RDI, end - 1)), "reads 2 bytes");
  }

  @Test
  void prefetchesMayAskForAnything() {
    Assembler x = new Assembler();
    x.mov(Gp.RAX, 0);
    x.prefetcht0(Mem.of(Gp.RAX, -1));
    x.prefetcht1(Mem.of(Gp.RDI, 1 << 30));
    x.ret();
    assertThat(new Interpreter(x.code(), new Memory()).run(in.address())).isEqualTo(4);
  }

  @Test
  void codeThatDoesNotReturnAsItShould() {
    assertFails(
        x -> {
          x.mov(Gp.R13, 1);
          x.ret();
        },
        "r12 to r15");
    assertFails(
        x -> {
          x.push(Gp.RAX);
          x.ret();
        },
        "the stack is not as it was");
    assertFails(
        x -> {
          x.op(Simd.VPXORD, TO, TO, TO);
          x.ret();
        },
        "VZEROUPPER");
    assertFails(x -> x.pop(Gp.RAX), "goes on at offset 1");
    assertFails(x -> x.emit(0xE9, 0x7F, 0, 0, 0), "goes on at offset 132");
    assertFails(x -> x.emit(0x0F, 0x05), "0f 05", "no known instruction");
  }
}
