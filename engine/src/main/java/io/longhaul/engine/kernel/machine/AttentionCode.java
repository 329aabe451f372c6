package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.IntConsumer;

/** The inner loops of {@link AssembledAttention}. */
final class AttentionCode {
  /** Positions whose scores are computed at once. */
  static final int POSITIONS = 32;

  /** Columns of values that are summed up at once. */
  static final int COLUMNS = 64;

  private static final int VECTOR_BYTES = 64;
  private static final int SCORE_ROWS = 8;
  private static final int VALUE_ROWS = 4;

  private AttentionCode() {}

  /**
   * Half floats to floats, sixteen at a time.
   *
   * <p>Arguments (System V): rdi the halves, rsi how many times sixteen, rdx the floats.
   */
  static byte[] halvesToFloats() {
    Assembler a = new Assembler();
    Vec floats = new Vec(0);
    Label loop = a.label();
    a.op(Simd.VCVTPH2PS, floats, Mem.of(Gp.RDI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, 0), floats);
    a.add(Gp.RDI, VECTOR_BYTES / 2);
    a.add(Gp.RDX, VECTOR_BYTES);
    a.dec(Gp.RSI);
    a.jnz(loop);
    return end(a);
  }

  /**
   * {@code scores[r][p] = Σ_d q[r][d] · k[p][d]} for 32 positions: lanes are positions, each sum is
   * in the order of d.
   *
   * <p>Arguments: rdi the keys as a panel of {@link BlockLayout}, a float for each pair; rsi the
   * queries, rdx bytes from one to the next, rcx blocks of sixteen dimensions, r8 how many queries,
   * r9 the address of two longs: the first score, and bytes from one query's to the next one's.
   */
  static byte[] scores() {
    Assembler a = new Assembler();
    pushAll(a);
    a.mov(Gp.RBX, Mem.of(Gp.R9, 0));
    a.mov(Gp.RBP, Mem.of(Gp.R9, Long.BYTES));
    a.lea(Gp.R10, Mem.of(Gp.RDX, Gp.RDX, 2, 0));
    a.lea(Gp.R11, Mem.of(Gp.RBP, Gp.RBP, 2, 0));
    Label end = new Label();
    eachCount(a, SCORE_ROWS, end, rows -> scoreTile(a, rows));
    a.bind(end);
    popAll(a);
    return end(a);
  }

  private static void scoreTile(Assembler a, int rows) {
    List<Mem> queries = rows(Gp.RSI, Gp.RAX, Gp.RDX, Gp.R10);
    List<Mem> scores = rows(Gp.RBX, Gp.R12, Gp.RBP, Gp.R11);
    Vec[] keys = {new Vec(28), new Vec(29)};
    Vec query = new Vec(30);
    a.lea(Gp.RAX, Mem.of(Gp.RSI, Gp.RDX, 4, 0));
    a.lea(Gp.R12, Mem.of(Gp.RBX, Gp.RBP, 4, 0));
    a.mov(Gp.R13, Gp.RDI);
    a.mov(Gp.R14, Gp.RCX);
    a.mov(Gp.R15, Gp.RSI);
    for (int i = 0; i < 2 * rows; i++) {
      zero(a, new Vec(i));
    }
    Label block = a.label();
    for (int d = 0; d < BlockLayout.PAIRS; d++) {
      for (int v = 0; v < 2; v++) {
        int at = d * BlockLayout.PAIR_BYTES + v * VECTOR_BYTES;
        a.op(Simd.VMOVUPS, keys[v], Mem.of(Gp.R13, at));
      }
      for (int r = 0; r < rows; r++) {
        a.op(Simd.VBROADCASTSS, query, queries.get(r).plus(d * Float.BYTES));
        for (int v = 0; v < 2; v++) {
          a.op(Simd.VFMADD231PS, new Vec(2 * r + v), keys[v], query);
        }
      }
    }
    a.add(Gp.R13, BlockLayout.PANEL_BLOCK_BYTES);
    a.add(Gp.RSI, VECTOR_BYTES);
    a.add(Gp.RAX, VECTOR_BYTES);
    a.dec(Gp.R14);
    a.jnz(block);
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < 2; v++) {
        a.store(Simd.VMOVUPS_STORE, scores.get(r).plus(v * VECTOR_BYTES), new Vec(2 * r + v));
      }
    }
    a.lea(Gp.RSI, Mem.of(Gp.R15, Gp.RDX, 8, 0));
    a.lea(Gp.RBX, Mem.of(Gp.RBX, Gp.RBP, 8, 0));
  }

  /**
   * {@code y[r][c] += Σ_p w[r][p] · v[p][c]} for 64 columns, each sum in the order of p.
   *
   * <p>Arguments: rdi the values, rsi the weights, rdx bytes from one row of weights to the next,
   * rcx positions, r8 rows, r9 the address of three longs: the first output, bytes from one row of
   * outputs to the next, and from one position's values to the next.
   */
  static byte[] values() {
    Assembler a = new Assembler();
    pushAll(a);
    a.mov(Gp.RBX, Mem.of(Gp.R9, 0));
    a.mov(Gp.RBP, Mem.of(Gp.R9, Long.BYTES));
    a.mov(Gp.R9, Mem.of(Gp.R9, 2 * Long.BYTES));
    a.lea(Gp.R10, Mem.of(Gp.RDX, Gp.RDX, 2, 0));
    a.lea(Gp.R11, Mem.of(Gp.RBP, Gp.RBP, 2, 0));
    Label end = new Label();
    eachCount(a, VALUE_ROWS, end, rows -> valueTile(a, rows));
    a.bind(end);
    popAll(a);
    return end(a);
  }

  private static void valueTile(Assembler a, int rows) {
    int vectors = COLUMNS / 16;
    List<Mem> weights = rows(Gp.RSI, Gp.RSI, Gp.RDX, Gp.R10);
    List<Mem> outputs = rows(Gp.RBX, Gp.RBX, Gp.RBP, Gp.R11);
    Vec weight = new Vec(30);
    a.mov(Gp.R13, Gp.RDI);
    a.mov(Gp.R14, Gp.RCX);
    a.mov(Gp.R15, Gp.RSI);
    for (int i = 0; i < rows * vectors; i++) {
      Mem from = outputs.get(i / vectors).plus(i % vectors * VECTOR_BYTES);
      a.op(Simd.VMOVUPS, new Vec(i), from);
    }
    Label position = a.label();
    for (int v = 0; v < vectors; v++) {
      a.op(Simd.VMOVUPS, new Vec(24 + v), Mem.of(Gp.R13, v * VECTOR_BYTES));
    }
    for (int r = 0; r < rows; r++) {
      a.op(Simd.VBROADCASTSS, weight, weights.get(r));
      for (int v = 0; v < vectors; v++) {
        a.op(Simd.VFMADD231PS, new Vec(r * vectors + v), new Vec(24 + v), weight);
      }
    }
    a.add(Gp.R13, Gp.R9);
    a.add(Gp.RSI, Float.BYTES);
    a.dec(Gp.R14);
    a.jnz(position);
    for (int i = 0; i < rows * vectors; i++) {
      Mem to = outputs.get(i / vectors).plus(i % vectors * VECTOR_BYTES);
      a.store(Simd.VMOVUPS_STORE, to, new Vec(i));
    }
    a.lea(Gp.RSI, Mem.of(Gp.R15, Gp.RDX, 4, 0));
    a.lea(Gp.RBX, Mem.of(Gp.RBX, Gp.RBP, 4, 0));
  }

  /**
   * Softmax of a row in place: {@code x[i] = exp(scale · (x[i] − max x)) / Σ}; −∞ becomes 0.
   *
   * <p>Arguments: rdi the row, rsi how many times sixteen floats, rdx the address of the scale.
   */
  static byte[] softmax() {
    Assembler a = new Assembler();
    Vec x = new Vec(0);
    Vec most = new Vec(1);
    Vec sum = new Vec(2);
    Vec other = new Vec(3);
    Vec scale = new Vec(4);
    ExponentialCode exponential = new ExponentialCode(a, 16);
    a.op(Simd.VMOVUPS, most, Mem.of(Gp.RDI, 0));
    a.mov(Gp.RAX, Gp.RDI);
    a.mov(Gp.RCX, Gp.RSI);
    Label maxima = a.label();
    a.op(Simd.VMAXPS, most, most, Mem.of(Gp.RAX, 0));
    a.add(Gp.RAX, VECTOR_BYTES);
    a.dec(Gp.RCX);
    a.jnz(maxima);
    acrossLanes(a, Simd.VMAXPS, most, other);
    a.op(Simd.VBROADCASTSS, scale, Mem.of(Gp.RDX, 0));
    zero(a, sum);
    a.mov(Gp.RAX, Gp.RDI);
    a.mov(Gp.RCX, Gp.RSI);
    Label exponentials = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.RAX, 0));
    a.op(Simd.VSUBPS, x, x, most);
    a.op(Simd.VMULPS, x, x, scale);
    exponential.emit(x, other, new Vec(5));
    a.op(Simd.VADDPS, sum, sum, x);
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RAX, 0), x);
    a.add(Gp.RAX, VECTOR_BYTES);
    a.dec(Gp.RCX);
    a.jnz(exponentials);
    acrossLanes(a, Simd.VADDPS, sum, other);
    exponential.one(scale);
    a.op(Simd.VDIVPS, scale, scale, sum);
    Label normalise = a.label();
    a.op(Simd.VMULPS, x, scale, Mem.of(Gp.RDI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), x);
    a.add(Gp.RDI, VECTOR_BYTES);
    a.dec(Gp.RSI);
    a.jnz(normalise);
    return end(a);
  }

  /** Combines all lanes, so that each has the result. */
  private static void acrossLanes(Assembler a, Simd op, Vec vec, Vec other) {
    for (int lanes = 8; lanes > 0; lanes /= 2) {
      a.op(Simd.VALIGND, other, vec, vec, lanes);
      a.op(op, vec, vec, other);
    }
  }

  /** Runs tiles of {@code most} rows while r8 holds as many, then one of the rest. */
  private static void eachCount(Assembler a, int most, Label end, IntConsumer tile) {
    Label whole = a.label();
    Label rest = new Label();
    a.cmp(Gp.R8, most);
    a.jump(Condition.BELOW, rest);
    tile.accept(most);
    a.sub(Gp.R8, most);
    a.jump(whole);
    a.bind(rest);
    for (int rows = most - 1; rows > 0; rows--) {
      Label fewer = new Label();
      a.cmp(Gp.R8, rows);
      a.jump(Condition.BELOW, fewer);
      tile.accept(rows);
      a.jump(end);
      a.bind(fewer);
    }
  }

  /** Eight rows: from the first base, and from a second one that is four rows on. */
  private static List<Mem> rows(Gp first, Gp fifth, Gp stride, Gp threeStrides) {
    return List.of(
        Mem.of(first, 0),
        Mem.of(first, stride, 1, 0),
        Mem.of(first, stride, 2, 0),
        Mem.of(first, threeStrides, 1, 0),
        Mem.of(fifth, 0),
        Mem.of(fifth, stride, 1, 0),
        Mem.of(fifth, stride, 2, 0),
        Mem.of(fifth, threeStrides, 1, 0));
  }

  private static final List<Gp> CALLEE_SAVED =
      List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15);

  private static void pushAll(Assembler a) {
    CALLEE_SAVED.forEach(a::push);
  }

  private static void popAll(Assembler a) {
    CALLEE_SAVED.reversed().forEach(a::pop);
  }

  private static void zero(Assembler a, Vec vec) {
    a.op(Simd.VPXORD, vec, vec, vec);
  }

  private static byte[] end(Assembler a) {
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
