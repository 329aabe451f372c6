package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.vector.MachineCode;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The code of {@link RowSumsCode} for one type of weights, assembled when it is first asked for.
 *
 * @param rowsAtOnce rows come in multiples of these
 * @param columnsAtOnce columns come in multiples of these
 */
record RowSums(int rowsAtOnce, int columnsAtOnce, Entry code) implements MachineCode.Rows {
  private static final Map<TensorType, Optional<MachineCode.Rows>> BY_TYPE =
      new ConcurrentHashMap<>();

  /** Empty where there is no code for a type, or where the system refuses executable memory. */
  static Optional<MachineCode.Rows> of(TensorType type) {
    return InstructionSet.here()
        .flatMap(
            set ->
                BY_TYPE.computeIfAbsent(
                    type, t -> loop(set, t).flatMap(loop -> assemble(set, loop))));
  }

  private static Optional<RowLoop> loop(InstructionSet set, TensorType type) {
    return switch (set) {
      case AVX2 -> PlainAvx2Loop.of(type);
      case AVX512 -> step(type).map(FloatLoop::new);
    };
  }

  private static Optional<MachineCode.Rows> assemble(InstructionSet set, RowLoop loop) {
    byte[] code = RowSumsCode.of(set, loop, loop.rowsAtOnce());
    return ExecutableMemory.linkOwn(code)
        .map(c -> new RowSums(loop.rowsAtOnce(), loop.columns(), c));
  }

  static Optional<RowStep> step(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case F32 -> PlainStep.F32;
          case F16 -> PlainStep.F16;
          case BF16 -> PlainStep.BF16;
          case Q4_0 -> NibbleStep.q4_0();
          case Q4_1 -> NibbleStep.q4_1();
          case Q5_0 -> NibbleStep.q5_0();
          case Q5_1 -> NibbleStep.q5_1();
          case IQ4_NL -> NibbleStep.iq4Nl();
          case Q8_0 -> new Q8Step();
          case Q4_K -> new Q4KStep();
          case Q5_K -> new Q5KStep();
          case Q6_K -> new Q6KStep();
          default -> null;
        });
  }

  @Override
  public int callBytes() {
    return RowSumsCode.CALL_BYTES;
  }

  @Override
  public void multiply(
      long weights,
      long rowBytes,
      int columns,
      int rows,
      long input,
      long outputs,
      MemorySegment call) {
    long nextRows = rowsAtOnce * rowBytes;
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.OUTPUTS_AT, outputs);
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.TIMES_AT, rows / rowsAtOnce);
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.NEXT_AT, nextRows - rowBytes);
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.FIRST_BYTES_AT, 0);
    code.run(
        weights,
        rowBytes,
        columns / columnsAtOnce,
        input,
        call.address(),
        RowSumsCode.ahead(rowsAtOnce, rowBytes));
  }
}
