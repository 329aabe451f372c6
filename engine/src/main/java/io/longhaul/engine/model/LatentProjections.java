package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The two matrices of each head that absorbed attention needs from {@code kv_b_proj}.
 *
 * @param keys of each head {@code kvLoraRank × nopeHeadDim}: maps a query into the latent's space
 * @param values of each head {@code vHeadDim × kvLoraRank}: maps a mixed latent to the head's
 *     output
 */
record LatentProjections(List<Weights> keys, List<Weights> values) {
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt LE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** From a block that holds them split, or in the one matrix that they come from. */
  static LatentProjections load(Checkpoint file, String block, LatentConfig config) {
    int heads = config.heads();
    int rank = config.kvLoraRank();
    int nope = config.nopeHeadDim();
    int v = config.vHeadDim();
    List<Weights> keys = new ArrayList<>();
    List<Weights> values = new ArrayList<>();
    if (file.source() instanceof Checkpoint.Source.Gguf && file.has(block + "attn_k_b.weight")) {
      Weights allKeys = file.stack(block + "attn_k_b.weight", heads, rank, nope);
      Weights allValues = file.stack(block + "attn_v_b.weight", heads, v, rank);
      for (int h = 0; h < heads; h++) {
        keys.add(allKeys.slice(h * rank, rank));
        values.add(allValues.slice(h * v, v));
      }
      return new LatentProjections(keys, values);
    }
    Weights both = file.matrix(block + "attn_kv_b.weight", heads * (nope + v), rank);
    for (int h = 0; h < heads; h++) {
      int first = h * (nope + v);
      keys.add(transposed(file, both.slice(first, nope)));
      values.add(both.slice(first + nope, v));
    }
    return new LatentProjections(keys, values);
  }

  /** Exact: floats of 16 bits keep their type, all others become F32. */
  private static Weights transposed(Checkpoint file, Weights weights) {
    int rows = weights.columns();
    int columns = weights.rows();
    TensorType type =
        switch (weights.type()) {
          case F16, BF16 -> weights.type();
          default -> TensorType.F32;
        };
    MemorySegment data = file.arena().allocate(type.bytes((long) rows * columns), 64);
    if (type == weights.type() && type != TensorType.F32) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          short bits = weights.data().get(LE_SHORT, 2L * ((long) c * rows + r));
          data.set(LE_SHORT, 2L * ((long) r * columns + c), bits);
        }
      }
    } else {
      MemorySegment row = MemorySegment.ofArray(new float[rows]);
      for (int c = 0; c < columns; c++) {
        ScalarDecoders.of(weights.type())
            .decode(weights.data(), c * weights.rowBytes(), rows, row, 0);
        if (weights.scales().isPresent()) {
          weights.scales().get().multiply(c, 0, rows, row, 0);
        }
        for (int r = 0; r < rows; r++) {
          int bits = row.get(ValueLayout.JAVA_INT_UNALIGNED, (long) r * Float.BYTES);
          data.set(LE_INT, Float.BYTES * ((long) r * columns + c), bits);
        }
      }
    }
    return new Weights(weights.name(), type, rows, columns, data, Optional.empty());
  }
}
