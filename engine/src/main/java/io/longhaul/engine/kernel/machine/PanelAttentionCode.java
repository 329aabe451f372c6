package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/** The inner loops of {@link PanelAttention}, for AVX-512. */
final class PanelAttentionCode {
  /** Positions whose scores are computed at once. */
  static final int POSITIONS = 32;

  /** Columns of values that are summed up at once. */
  static final int COLUMNS = 64;

  private static final int VECTOR_BYTES = 64;
  private static final int SCORE_ROWS = 8;
  private static final int VALUE_ROWS = 4;

  private PanelAttentionCode() {}

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
    a.vzeroupper();
    a.ret();
    return a.code();
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
    return QueryTiles.code(
        a,
        SCORE_ROWS,
        () -> {
          a.mov(Gp.RBX, Mem.of(Gp.R9, 0));
          a.mov(Gp.RBP, Mem.of(Gp.R9, Long.BYTES));
          a.lea(Gp.R10, Mem.of(Gp.RDX, Gp.RDX, 2, 0));
          a.lea(Gp.R11, Mem.of(Gp.RBP, Gp.RBP, 2, 0));
        },
        rows -> scoreTile(a, rows));
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
      a.op(Simd.VPXORD, new Vec(i), new Vec(i), new Vec(i));
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
    return QueryTiles.code(
        a,
        VALUE_ROWS,
        () -> {
          a.mov(Gp.RBX, Mem.of(Gp.R9, 0));
          a.mov(Gp.RBP, Mem.of(Gp.R9, Long.BYTES));
          a.mov(Gp.R9, Mem.of(Gp.R9, 2 * Long.BYTES));
          a.lea(Gp.R10, Mem.of(Gp.RDX, Gp.RDX, 2, 0));
          a.lea(Gp.R11, Mem.of(Gp.RBP, Gp.RBP, 2, 0));
        },
        rows -> valueTile(a, rows));
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
}
