package io.longhaul.engine.kernel.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The species that the vector kernels are compiled for, constants to the JIT compiler.
 *
 * <p>Call {@link VectorBits#requested} before the first use of this class: a wrong property is a
 * clear exception there and an initialization error here.
 */
public final class VectorWidth {
  /** Width of a full vector in bits. */
  public static final int BITS = VectorBits.requested();

  /** Floats of a full vector. */
  public static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));

  /** As many ints. */
  public static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));

  /** As many shorts as {@link #FLOATS} has floats: half a vector. */
  public static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));

  /**
   * Sixteen bytes at every width: what stored blocks come in, and what one 512-bit, two 256-bit or
   * four 128-bit vectors of floats hold.
   */
  public static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;

  /** The order of stored weights. */
  static final ByteOrder STORED = ByteOrder.LITTLE_ENDIAN;

  /** The order of decoded floats. */
  static final ByteOrder NATIVE = ByteOrder.nativeOrder();

  private VectorWidth() {}
}
