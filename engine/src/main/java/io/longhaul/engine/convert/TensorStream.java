package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.TensorContent;
import io.longhaul.engine.kernel.KernelTeam;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** Encodes a tensor, some rows at a time on each thread of the team, while it is written. */
final class TensorStream implements TensorContent {
  private static final long CHUNK = 1 << 20;

  private final PlannedTensor tensor;
  private final KernelTeam team;
  private final LongConsumer written;
  private final WeightEncoder encoder;
  private final float limit;

  /**
   * @param written is told how many bytes each part had, by any thread
   */
  TensorStream(PlannedTensor tensor, KernelTeam team, LongConsumer written) {
    this.tensor = tensor;
    this.team = team;
    this.written = written;
    this.encoder = WeightEncoders.of(tensor.type());
    this.limit = limit(tensor.type());
  }

  @Override
  public void writeTo(Sink sink) throws IOException {
    long rowsPerChunk = Math.clamp(CHUNK / tensor.rowBytes(), 1, tensor.rows());
    int chunks = Math.toIntExact(Math.ceilDiv(tensor.rows(), rowsPerChunk));
    try {
      team.run(
          chunks,
          1,
          (from, to, scratch) -> {
            for (int chunk = from; chunk < to; chunk++) {
              long first = chunk * rowsPerChunk;
              writeRows(first, Math.min(tensor.rows(), first + rowsPerChunk), sink);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void writeRows(long from, long to, Sink sink) {
    float[] row = new float[tensor.columns()];
    byte[] bytes = new byte[Math.toIntExact((to - from) * tensor.rowBytes())];
    MemorySegment out = MemorySegment.ofArray(bytes);
    for (long r = from; r < to; r++) {
      tensor.source().read(r, row);
      requireFits(r, row);
      encoder.encode(row, row.length, out, (r - from) * tensor.rowBytes());
    }
    try {
      sink.write(from * tensor.rowBytes(), ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    written.accept(bytes.length);
  }

  private void requireFits(long index, float[] row) {
    for (int c = 0; c < row.length; c++) {
      if (!(Math.abs(row[c]) <= limit)) {
        throw new ModelException(
            "tensor %s has %s in row %d, column %d, which type %s cannot hold; %s"
                .formatted(
                    tensor.name(),
                    row[c],
                    index,
                    c,
                    tensor.type(),
                    Float.isFinite(row[c]) ? "BF16 and F32 can" : "is the checkpoint damaged?"));
      }
    }
  }

  /** The largest magnitude that a type holds: blocks have a scale in F16. */
  private static float limit(TensorType type) {
    float largestScale = 65_504;
    return switch (type) {
      case F16 -> largestScale;
      case Q8_0 -> 127 * largestScale;
      case Q5_0, Q6_K -> 16 * largestScale;
      case Q4_0, Q4_K -> 8 * largestScale;
      default -> Float.MAX_VALUE;
    };
  }
}
