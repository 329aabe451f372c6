package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.LittleEndian.u16;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.Sixteen.all;
import static io.longhaul.engine.kernel.vector.Sixteen.high;
import static io.longhaul.engine.kernel.vector.Sixteen.load;
import static io.longhaul.engine.kernel.vector.Sixteen.low;
import static io.longhaul.engine.kernel.vector.Sixteen.store;

import io.longhaul.engine.kernel.Codebooks;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** IQ4_NL, IQ4_XS and MXFP4; the layouts are described at the scalar decoders. */
final class CodebookBlocks {
  private static final ByteVector IQ4 = ByteVector.fromArray(VectorWidth.BYTES, Codebooks.iq4(), 0);
  private static final ByteVector TWICE_E2M1 =
      ByteVector.fromArray(VectorWidth.BYTES, Codebooks.twiceE2m1(), 0);

  /** Bytes of 32 floats, and of 16. */
  private static final long FLOATS_OF_GROUP = 128;

  private static final long HALF = 64;

  private CodebookBlocks() {}

  static void iq4Nl(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 18L * b;
      float d = f16(ALL, block);
      group(load(block + 2), IQ4, all(d), to + FLOATS_OF_GROUP * b);
    }
  }

  static void iq4Xs(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 136L * b;
      float d = f16(ALL, block);
      int highs = u16(ALL, block + 2);
      int lows = i32(ALL, block + 4);
      for (int g = 0; g < 8; g++) {
        int scale = (lows >>> (4 * g) & 0xF) | (highs >>> (2 * g) & 3) << 4;
        long floats = to + FLOATS_OF_GROUP * (8L * b + g);
        group(load(block + 8 + 16L * g), IQ4, all(d * (scale - 32)), floats);
      }
    }
  }

  static void mxfp4(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 17L * b;
      float d = Codebooks.halfOfE8m0(u8(ALL, block));
      group(load(block + 1), TWICE_E2M1, all(d), to + FLOATS_OF_GROUP * b);
    }
  }

  private static void group(IntVector codes, ByteVector book, FloatVector scale, long floats) {
    store(low(codes).selectFrom(book), scale, floats);
    store(high(codes).selectFrom(book), scale, floats + HALF);
  }
}
