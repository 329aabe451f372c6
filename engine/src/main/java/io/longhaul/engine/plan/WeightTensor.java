package io.longhaul.engine.plan;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/**
 * A tensor of a model, or the tensors of one matrix of all experts of a layer.
 *
 * @param name with {@code *} for the number of an expert if it stands for all of a layer
 * @param shape of one tensor, outermost dimension first
 * @param copies how many tensors this stands for
 * @param bytes of all copies, with the scales that lie beside FP8 weights
 * @param draft whether it belongs to a layer that only guesses tokens ahead (MTP)
 */
public record WeightTensor(
    String name,
    TensorType type,
    List<Long> shape,
    long copies,
    long bytes,
    TensorRole role,
    boolean draft) {
  /** Rows and columns that share one scale in FP8 checkpoints. */
  private static final long FP8_BLOCK = 128;

  public WeightTensor {
    shape = List.copyOf(shape);
  }

  /** A tensor that takes what its type says. */
  static WeightTensor of(
      String name, TensorType type, List<Long> shape, long copies, TensorRole role, boolean draft) {
    return new WeightTensor(
        name, type, shape, copies, Math.multiplyExact(bytes(type, shape), copies), role, draft);
  }

  /** Numbers in all copies; scales are not counted. */
  public long parameters() {
    return shape.stream().reduce(copies, Math::multiplyExact);
  }

  boolean isVector() {
    return shape.size() == 1;
  }

  /**
   * The same tensor quantized to {@code target}, the way GGUF files are: vectors and routers stay
   * floats, rows that are not whole blocks take the next wider type.
   */
  WeightTensor quantized(TensorType target) {
    TensorType type =
        switch (role) {
          case NORMS, ROUTER -> TensorType.F32;
          default -> isVector() ? TensorType.F32 : fitting(target);
        };
    return of(name, type, shape, copies, role, draft);
  }

  /** What llama-quantize takes where rows are not whole blocks of 256. */
  private TensorType fitting(TensorType target) {
    long columns = shape.getLast();
    if (columns % target.blockSize() == 0) {
      return target;
    }
    TensorType wider =
        switch (target) {
          case Q4_K -> TensorType.Q5_0;
          case Q5_K -> TensorType.Q5_1;
          case Q6_K -> TensorType.Q8_0;
          default -> TensorType.IQ4_NL;
        };
    return columns % wider.blockSize() == 0 ? wider : TensorType.F16;
  }

  private static long bytes(TensorType type, List<Long> shape) {
    long columns = shape.getLast();
    long rows = shape.subList(0, shape.size() - 1).stream().reduce(1L, Math::multiplyExact);
    long bytes = Math.multiplyExact(rows, type.bytes(columns));
    if (type == TensorType.F8_E4M3) {
      long scales =
          Math.multiplyExact(Math.ceilDiv(rows, FP8_BLOCK), Math.ceilDiv(columns, FP8_BLOCK));
      bytes = Math.addExact(bytes, scales * Float.BYTES);
    }
    return bytes;
  }
}
