package io.longhaul.engine.kernel.scalar;

import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The codebooks of the IQ1, IQ2 and IQ3 types: each point is 8 (IQ3: 4) small integers, chosen by
 * the authors of ggml (ggml-common.h), so they can only be looked up.
 *
 * <p>They lie packed in a resource, in the order of the fields below; scripts/grids.py writes it
 * from the gguf package of PyPI. Loaded with the first block of such a type.
 */
public final class Grids {
  private static final int[] IQ2_LEVELS = {0x08, 0x19, 0x2b};

  /** 256 points of 8. */
  static final byte[] IQ2_XXS;

  /** 512 points of 8. */
  static final byte[] IQ2_XS;

  /** 1,024 points of 8. */
  static final byte[] IQ2_S;

  /** 256 points of 4. */
  static final byte[] IQ3_XXS;

  /** 512 points of 4. */
  static final byte[] IQ3_S;

  /** 2,048 points of 8: -1, 0 or 1. */
  static final byte[] IQ1;

  static {
    try (InputStream packed = Grids.class.getResourceAsStream("grids.bin")) {
      if (packed == null) {
        throw new IllegalStateException("resource grids.bin is missing beside " + Grids.class);
      }
      IQ2_XXS = unpack(packed, 256 * 8, 2, IQ2_LEVELS);
      IQ2_XS = unpack(packed, 512 * 8, 2, IQ2_LEVELS);
      IQ2_S = unpack(packed, 1024 * 8, 2, IQ2_LEVELS);
      IQ3_XXS = unpack(packed, 256 * 4, 4, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3e);
      IQ3_S = unpack(packed, 512 * 4, 4, 0x01, 0x03, 0x05, 0x07, 0x09, 0x0b, 0x0d, 0x0f);
      IQ1 = unpack(packed, 2048 * 8, 2, -1, 0, 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Grids() {}

  /** A copy of the points of a type, one after the other. */
  public static byte[] of(TensorType type) {
    byte[] points =
        switch (type) {
          case IQ1_S, IQ1_M -> IQ1;
          case IQ2_XXS -> IQ2_XXS;
          case IQ2_XS -> IQ2_XS;
          case IQ2_S -> IQ2_S;
          case IQ3_XXS -> IQ3_XXS;
          case IQ3_S -> IQ3_S;
          default -> throw new IllegalArgumentException(type + " has no grid");
        };
    return points.clone();
  }

  /** Reads {@code count} fields of {@code bits} bits, lowest first, as indices of levels. */
  private static byte[] unpack(InputStream packed, int count, int bits, int... levels)
      throws IOException {
    byte[] fields = packed.readNBytes(count * bits / 8);
    byte[] values = new byte[count];
    for (int i = 0; i < count; i++) {
      int bit = i * bits;
      values[i] = (byte) levels[fields[bit / 8] >> (bit % 8) & ((1 << bits) - 1)];
    }
    return values;
  }
}
