package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.tensor.TensorType;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The code of {@link RowDecodeCode}, {@link RowDecodeAvx2Code} or {@link GridDecodeCode} for a type
 * of weights, assembled when a model first needs it.
 *
 * @param columnsAtOnce columns come in multiples of these
 */
record RowDecodes(int columnsAtOnce, Code code) {
  static final int ROWS = RowSumsCode.ROWS;

  /** Bytes that a call needs to work in. */
  static final int SCRATCH_BYTES = RowSumsCode.WORK_BYTES;

  private static final Map<TensorType, Optional<RowDecodes>> BY_TYPE = new ConcurrentHashMap<>();

  /** The arguments of {@link RowDecodeCode}. */
  @FunctionalInterface
  public interface Code {
    void run(long weights, long rowBytes, long steps, long floats, long scratch, long floatsStride);
  }

  /** Empty where there is no code for a type, or where the system refuses executable memory. */
  static Optional<RowDecodes> of(TensorType type) {
    return BY_TYPE.computeIfAbsent(type, RowDecodes::assemble);
  }

  private static Optional<RowDecodes> assemble(TensorType type) {
    return InstructionSet.here()
        .flatMap(
            set ->
                switch (set) {
                  case AVX512 ->
                      RowSums.step(type).flatMap(s -> link(s.columns(), RowDecodeCode.of(s)));
                  case AVX2 ->
                      DecodeAvx2Step.of(type)
                          .flatMap(s -> link(s.columns(), RowDecodeAvx2Code.of(s)))
                          .or(
                              () ->
                                  GridAvx2Products.of(type)
                                      .flatMap(s -> link(s.columns(), GridDecodeCode.of(s))));
                });
  }

  private static Optional<RowDecodes> link(int columns, byte[] code) {
    return ExecutableMemory.link(Code.class, code, 6).map(c -> new RowDecodes(columns, c));
  }

  /** Decodes a part of eight rows; all addresses have been checked. */
  void decode(
      long weights, long rowBytes, int columns, long floats, long floatsStride, long scratch) {
    code.run(weights, rowBytes, columns / columnsAtOnce, floats, scratch, floatsStride);
  }
}
