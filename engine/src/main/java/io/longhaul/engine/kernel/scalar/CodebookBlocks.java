package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.u16;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.scalar.Output.put;

import io.longhaul.engine.kernel.Codebooks;
import java.lang.foreign.MemorySegment;

/**
 * Blocks whose 4-bit codes stand for 16 unevenly spaced values.
 *
 * <p>A byte of codes holds weight j in its low half and weight j + 16 in its high half.
 */
final class CodebookBlocks {
  private static final byte[] IQ4 = Codebooks.iq4();
  private static final byte[] TWICE_E2M1 = Codebooks.twiceE2m1();

  private CodebookBlocks() {}

  /** d f16, 16 bytes of codes. */
  static void iq4Nl(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    group(weights, block + 2, d, IQ4, out, outOffset);
  }

  /** d f16, high two bits of 8 scales, low four bits of 8 scales, 8 times 16 bytes of codes. */
  static void iq4Xs(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    int highs = u16(weights, block + 2);
    for (int g = 0; g < 8; g++) {
      int low = u8(weights, block + 4 + g / 2) >> (g % 2 * 4) & 0xF;
      int high = highs >> (2 * g) & 3;
      float scale = d * ((low | high << 4) - 32);
      group(weights, block + 8 + 16L * g, scale, IQ4, out, outOffset + 128L * g);
    }
  }

  /** e8m0 scale, 16 bytes of e2m1 codes (OCP microscaling formats, MXFP4). */
  static void mxfp4(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = Codebooks.halfOfE8m0(u8(weights, block));
    group(weights, block + 1, d, TWICE_E2M1, out, outOffset);
  }

  private static void group(
      MemorySegment weights, long codes, float scale, byte[] book, MemorySegment out, long at) {
    for (int j = 0; j < 16; j++) {
      int pair = u8(weights, codes + j);
      put(out, at, j, scale * book[pair & 0xF]);
      put(out, at, j + 16, scale * book[pair >> 4]);
    }
  }
}
