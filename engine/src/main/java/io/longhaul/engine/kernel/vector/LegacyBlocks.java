package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.Sixteen.all;
import static io.longhaul.engine.kernel.vector.Sixteen.high;
import static io.longhaul.engine.kernel.vector.Sixteen.load;
import static io.longhaul.engine.kernel.vector.Sixteen.low;
import static io.longhaul.engine.kernel.vector.Sixteen.store;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** Q4_0 to Q8_0; the layouts are described at the scalar decoders. */
final class LegacyBlocks {
  /** Bytes of 32 floats, and of 16. */
  private static final long FLOATS_OF_BLOCK = 128;

  private static final long HALF = 64;

  private LegacyBlocks() {}

  static void q4_0(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 18L * b;
      long floats = to + FLOATS_OF_BLOCK * b;
      FloatVector d = all(f16(ALL, block));
      IntVector codes = load(block + 2);
      store(low(codes).sub((byte) 8), d, floats);
      store(high(codes).sub((byte) 8), d, floats + HALF);
    }
  }

  static void q4_1(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 20L * b;
      long floats = to + FLOATS_OF_BLOCK * b;
      FloatVector d = all(f16(ALL, block));
      FloatVector m = all(f16(ALL, block + 2));
      IntVector codes = load(block + 4);
      store(low(codes), d, m, floats);
      store(high(codes), d, m, floats + HALF);
    }
  }

  static void q5_0(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 22L * b;
      long floats = to + FLOATS_OF_BLOCK * b;
      FloatVector d = all(f16(ALL, block));
      int fifth = i32(ALL, block + 2);
      IntVector codes = load(block + 6);
      store(withFifth(low(codes), fifth).sub((byte) 16), d, floats);
      store(withFifth(high(codes), fifth >>> 16).sub((byte) 16), d, floats + HALF);
    }
  }

  static void q5_1(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 24L * b;
      long floats = to + FLOATS_OF_BLOCK * b;
      FloatVector d = all(f16(ALL, block));
      FloatVector m = all(f16(ALL, block + 2));
      int fifth = i32(ALL, block + 4);
      IntVector codes = load(block + 8);
      store(withFifth(low(codes), fifth), d, m, floats);
      store(withFifth(high(codes), fifth >>> 16), d, m, floats + HALF);
    }
  }

  static void q8_0(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 34L * b;
      long floats = to + FLOATS_OF_BLOCK * b;
      FloatVector d = all(f16(ALL, block));
      store(load(block + 2).reinterpretAsBytes(), d, floats);
      store(load(block + 18).reinterpretAsBytes(), d, floats + HALF);
    }
  }

  /** Sets bit 4 of code j where bit j of {@code fifth} is set. */
  static ByteVector withFifth(ByteVector codes, int fifth) {
    VectorMask<Byte> set = VectorMask.fromLong(VectorWidth.BYTES, fifth & 0xFFFF);
    return codes.blend(codes.or((byte) 0x10), set);
  }
}
