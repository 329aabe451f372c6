package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Products of a few tokens with rows of codes, by a {@link CodedStep}: each token passes over a
 * chunk of rows, which stays in the cache. An output depends on its row and its token alone.
 */
final class CodedRows implements PreparedProduct {
  private static final Map<TensorType, Optional<PreparedProduct>> BY_TYPE =
      new ConcurrentHashMap<>();

  private static final int VECTOR = 64;

  private final CodedStep step;
  private final InputForm form;
  private final Entry prepare;

  /** For {@link CodedStep#rowsAtOnce}. */
  private final Entry manyRows;

  private final Entry oneRow;

  /** With code that exists already. */
  CodedRows(CodedStep step, Entry prepare, Entry manyRows, Entry oneRow) {
    this.step = step;
    this.form = step.input();
    this.prepare = prepare;
    this.manyRows = manyRows;
    this.oneRow = oneRow;
  }

  /**
   * The product for a type of weights; empty where there is no code for it, or where the system
   * refuses executable memory.
   */
  static Optional<PreparedProduct> of(TensorType type) {
    return BY_TYPE.computeIfAbsent(type, t -> step(t).flatMap(CodedRows::assemble));
  }

  private static Optional<CodedStep> step(TensorType type) {
    return InstructionSet.here()
        .filter(set -> set == InstructionSet.AVX2 || hasDigitInstructions())
        .flatMap(set -> step(set, type));
  }

  private static boolean hasDigitInstructions() {
    return AssembledCode.hasIntSums() && AssembledCode.hasBytePermutations();
  }

  static Optional<CodedStep> step(InstructionSet set, TensorType type) {
    return set == InstructionSet.AVX2 ? avx2Step(type) : avx512Step(type);
  }

  private static Optional<CodedStep> avx512Step(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case Q4_0 -> NibbleDigits.q4_0();
          case Q4_1 -> NibbleDigits.q4_1();
          case Q5_0 -> NibbleDigits.q5_0();
          case Q5_1 -> NibbleDigits.q5_1();
          case IQ4_NL -> NibbleDigits.iq4Nl();
          case Q8_0 -> new Q8Digits();
          case Q4_K -> KDigits.q4();
          case Q5_K -> KDigits.q5();
          case Q6_K -> new Q6KDigits();
          default -> null;
        });
  }

  private static Optional<CodedStep> avx2Step(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S ->
              GridAvx2Products.of(type).orElseThrow();
          case Q8_0 -> new Q8Avx2Products();
          case Q4_0 -> NibbleAvx2Products.q4_0();
          case Q4_1 -> NibbleAvx2Products.q4_1();
          case Q5_0 -> NibbleAvx2Products.q5_0();
          case Q5_1 -> NibbleAvx2Products.q5_1();
          case IQ4_NL -> NibbleAvx2Products.iq4Nl();
          case Q4_K -> KAvx2Products.q4();
          case Q5_K -> KAvx2Products.q5();
          case Q6_K -> new Q6KAvx2Products();
          case Q2_K -> new Q2KAvx2Products();
          case Q3_K -> new Q3KAvx2Products();
          case IQ4_XS -> new Iq4XsAvx2Products();
          case MXFP4 -> NibbleAvx2Products.mxfp4();
          default -> null;
        });
  }

  private static Optional<PreparedProduct> assemble(CodedStep step) {
    Optional<Entry> prepare = ExecutableMemory.linkOwn(step.input().preparation());
    Optional<Entry> many = rows(step, step.rowsAtOnce());
    Optional<Entry> one = step.rowsAtOnce() == 1 ? many : rows(step, 1);
    return prepare.isPresent() && many.isPresent() && one.isPresent()
        ? Optional.of(new CodedRows(step, prepare.get(), many.get(), one.get()))
        : Optional.empty();
  }

  private static Optional<Entry> rows(CodedStep step, int rows) {
    byte[] code = RowSumsCode.of(InstructionSet.here().orElseThrow(), step, rows);
    return ExecutableMemory.linkOwn(code);
  }

  @Override
  public int tokensAtOnce() {
    return 1;
  }

  private int groups(int columns) {
    return Math.ceilDiv(columns, form.columns());
  }

  private long tokenBytes(int columns) {
    return (long) groups(columns) * form.bytes();
  }

  @Override
  public long bytes(int tokens, int columns) {
    return tokens * tokenBytes(columns);
  }

  @Override
  public void prepare(
      FloatMatrix x, int firstToken, int tokens, MemorySegment prepared, Scratch scratch) {
    int columns = x.columns();
    int whole = columns / form.columns();
    int rest = columns % form.columns();
    for (int t = firstToken; t < firstToken + tokens; t++) {
      long from = readable(x.segment(), x.offset(t), (long) columns * Float.BYTES);
      long to = writable(prepared, t * tokenBytes(columns), tokenBytes(columns));
      if (whole > 0) {
        prepare.run(from, whole, to);
      }
      if (rest > 0) {
        MemorySegment last = scratch.get(Slot.TILE, (long) form.columns() * Float.BYTES);
        last.fill((byte) 0);
        long at = x.offset(t) + (long) whole * form.columns() * Float.BYTES;
        MemorySegment.copy(x.segment(), at, last, 0, (long) rest * Float.BYTES);
        prepare.run(last.address(), 1, to + (long) whole * form.bytes());
      }
    }
  }

  @Override
  public void multiply(
      Weights weights,
      int firstRow,
      int rows,
      MemorySegment prepared,
      int tokens,
      FloatMatrix y,
      Scratch scratch) {
    int columns = weights.columns();
    long rowBytes = weights.rowBytes();
    long from = readable(weights.data(), firstRow * rowBytes, rows * rowBytes);
    long input = readable(prepared, 0, bytes(tokens, columns));
    long output = writable(y.segment(), 0, y.extent(tokens)) + (long) firstRow * Float.BYTES;
    MemorySegment call = scratch.get(Slot.CALL, RowSumsCode.CALL_BYTES);
    int steps = columns / step.columns();
    long end = rowBytes - (long) steps * step.bytes();
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.FIRST_BYTES_AT, bits(end));
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.LAST_BYTES_AT, bits(end - (step.bytes() - VECTOR)));
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.LAST_BLOCKS_AT, end * step.blocks() / step.bytes());
    int together = step.rowsAtOnce();
    int times = rows / together;
    int done = times * together;
    for (int t = 0; t < tokens; t++) {
      long token = input + t * tokenBytes(columns);
      long to = output + y.offset(t);
      run(manyRows, together, times, from, rowBytes, steps, token, to, call);
      run(
          oneRow,
          1,
          rows - done,
          from + done * rowBytes,
          rowBytes,
          steps,
          token,
          to + (long) done * Float.BYTES,
          call);
    }
  }

  private void run(
      Entry code,
      int rowsAtOnce,
      int times,
      long from,
      long rowBytes,
      int steps,
      long input,
      long output,
      MemorySegment call) {
    if (times == 0) {
      return;
    }
    long nextRows = rowsAtOnce * rowBytes;
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.OUTPUTS_AT, output);
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.TIMES_AT, times);
    call.set(ValueLayout.JAVA_LONG, RowSumsCode.NEXT_AT, nextRows - (long) steps * step.bytes());
    code.run(from, rowBytes, steps, input, call.address(), RowSumsCode.ahead(rowsAtOnce, rowBytes));
  }

  /** So many bits from the lowest one on. */
  private static long bits(long count) {
    return count <= 0 ? 0 : count >= Long.SIZE ? -1 : (1L << count) - 1;
  }
}
