package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * The inner loops of {@link DirectAttention}, for AVX2. A tile is up to three query rows times four
 * positions, or four vectors of columns: twelve sums, and the four registers that are left hold an
 * operand for each row and the half floats that have just been converted.
 */
final class DirectAttentionCode {
  /** Positions whose scores are computed at once. */
  static final int POSITIONS = 4;

  /** Dimensions of a step of the scores, and columns of values that are summed up at once. */
  static final int COLUMNS = 32;

  private static final InstructionSet SET = InstructionSet.AVX2;
  private static final int LANES = SET.lanes();
  private static final int VECTORS = COLUMNS / LANES;
  private static final int ROWS = 3;
  private static final Vec HALVES = SET.vec(12);

  private DirectAttentionCode() {}

  /**
   * {@code scores[r][p] = Σ_d q[r][d] · k[p][d]}: a lane adds up every eighth dimension, the lanes
   * are added up at the end.
   *
   * <p>Arguments (System V): rdi the keys, half floats, one position's behind the other's; rsi the
   * queries, rdx bytes from one to the next, rcx steps of 32 dimensions, r8 how many queries, r9
   * the address of three longs: the first score, bytes from one query's to the next one's, and
   * fours of positions.
   */
  static byte[] scores() {
    Assembler a = SET.assembler();
    return QueryTiles.code(
        a,
        ROWS,
        () -> {
          a.mov(Gp.RBX, Mem.of(Gp.R9, 0));
          a.mov(Gp.RBP, Mem.of(Gp.R9, Long.BYTES));
          a.mov(Gp.R10, Gp.RCX);
          a.shl(Gp.R10, Integer.numberOfTrailingZeros(COLUMNS * Short.BYTES));
          a.lea(Gp.R11, Mem.of(Gp.R10, Gp.R10, 2, 0));
        },
        rows -> scoreTiles(a, rows));
  }

  /** All positions for some rows; r10 and r11 are the bytes of one position and of three. */
  private static void scoreTiles(Assembler a, int rows) {
    Mem[] keys = {
      Mem.of(Gp.R12, 0),
      Mem.of(Gp.R12, Gp.R10, 1, 0),
      Mem.of(Gp.R12, Gp.R10, 2, 0),
      Mem.of(Gp.R12, Gp.R11, 1, 0)
    };
    Mem[] queries = rows(Gp.R15, Gp.RDX);
    Mem[] scores = rows(Gp.RAX, Gp.RBP);
    a.mov(Gp.RAX, Gp.RBX);
    a.mov(Gp.R12, Gp.RDI);
    a.mov(Gp.R13, Mem.of(Gp.R9, 2 * Long.BYTES));
    Label four = a.label();
    for (int i = 0; i < rows * POSITIONS; i++) {
      a.op(Simd.VPXORD, SET.vec(i), SET.vec(i), SET.vec(i));
    }
    a.mov(Gp.R14, Gp.RCX);
    a.mov(Gp.R15, Gp.RSI);
    Label step = a.label();
    for (int v = 0; v < VECTORS; v++) {
      for (int r = 0; r < rows; r++) {
        a.op(Simd.VMOVUPS, operand(r), queries[r].plus(v * LANES * Float.BYTES));
      }
      for (int p = 0; p < POSITIONS; p++) {
        a.op(Simd.VCVTPH2PS, HALVES, keys[p].plus(v * LANES * Short.BYTES));
        for (int r = 0; r < rows; r++) {
          a.op(Simd.VFMADD231PS, sum(r, p), HALVES, operand(r));
        }
      }
    }
    a.add(Gp.R12, COLUMNS * Short.BYTES);
    a.add(Gp.R15, COLUMNS * Float.BYTES);
    a.dec(Gp.R14);
    a.jnz(step);
    for (int r = 0; r < rows; r++) {
      addLanes(a, r);
      a.store(Simd.VMOVUPS_STORE, scores[r], sum(r, 0).xmm());
    }
    a.add(Gp.R12, Gp.R11); // it has gone over the first of four positions
    a.add(Gp.RAX, POSITIONS * Float.BYTES);
    a.dec(Gp.R13);
    a.jnz(four);
    after(a, Gp.RSI, Gp.RDX, rows);
    after(a, Gp.RBX, Gp.RBP, rows);
  }

  /** The sums of a row's four vectors, in the lower half of the first. */
  private static void addLanes(Assembler a, int row) {
    Vec other = HALVES;
    for (int p = 0; p < POSITIONS; p += 2) {
      a.op(Simd.VUNPCKLPS, other, sum(row, p), sum(row, p + 1));
      a.op(Simd.VUNPCKHPS, sum(row, p), sum(row, p), sum(row, p + 1));
      a.op(Simd.VADDPS, sum(row, p), sum(row, p), other);
    }
    a.op(Simd.VUNPCKLPD, other, sum(row, 0), sum(row, 2));
    a.op(Simd.VUNPCKHPD, sum(row, 0), sum(row, 0), sum(row, 2));
    a.op(Simd.VADDPS, sum(row, 0), sum(row, 0), other);
    a.store(Simd.VEXTRACTF32X4, other.xmm(), sum(row, 0), 1);
    a.op(Simd.VADDPS, sum(row, 0).xmm(), sum(row, 0).xmm(), other.xmm());
  }

  /**
   * {@code y[r][c] += Σ_p w[r][p] · v[p][c]} for 32 columns, each sum in the order of p.
   *
   * <p>Arguments: rdi the values, half floats, rsi the weights, rdx bytes from one row of weights
   * to the next, rcx positions, r8 rows, r9 the address of three longs: the first output, bytes
   * from one row of outputs to the next, and from one position's values to the next.
   */
  static byte[] values() {
    Assembler a = SET.assembler();
    return QueryTiles.code(
        a,
        ROWS,
        () -> {
          a.mov(Gp.RBX, Mem.of(Gp.R9, 0));
          a.mov(Gp.RBP, Mem.of(Gp.R9, Long.BYTES));
          a.mov(Gp.R9, Mem.of(Gp.R9, 2 * Long.BYTES));
        },
        rows -> valueTile(a, rows));
  }

  private static void valueTile(Assembler a, int rows) {
    Mem[] weights = rows(Gp.R15, Gp.RDX);
    Mem[] outputs = rows(Gp.RBX, Gp.RBP);
    a.mov(Gp.R13, Gp.RDI);
    a.mov(Gp.R14, Gp.RCX);
    a.mov(Gp.R15, Gp.RSI);
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < VECTORS; v++) {
        a.op(Simd.VMOVUPS, sum(r, v), outputs[r].plus(v * SET.vectorBytes()));
      }
    }
    Label position = a.label();
    for (int r = 0; r < rows; r++) {
      a.op(Simd.VBROADCASTSS, operand(r), weights[r]);
    }
    for (int v = 0; v < VECTORS; v++) {
      a.op(Simd.VCVTPH2PS, HALVES, Mem.of(Gp.R13, v * LANES * Short.BYTES));
      for (int r = 0; r < rows; r++) {
        a.op(Simd.VFMADD231PS, sum(r, v), HALVES, operand(r));
      }
    }
    a.add(Gp.R13, Gp.R9);
    a.add(Gp.R15, Float.BYTES);
    a.dec(Gp.R14);
    a.jnz(position);
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < VECTORS; v++) {
        a.store(Simd.VMOVUPS_STORE, outputs[r].plus(v * SET.vectorBytes()), sum(r, v));
      }
    }
    after(a, Gp.RSI, Gp.RDX, rows);
    after(a, Gp.RBX, Gp.RBP, rows);
  }

  /** The sum of a row for one of four positions or vectors. */
  private static Vec sum(int row, int i) {
    return SET.vec(4 * row + i);
  }

  /** What a row's sums are multiplied with. */
  private static Vec operand(int row) {
    return SET.vec(13 + row);
  }

  private static Mem[] rows(Gp first, Gp stride) {
    return new Mem[] {Mem.of(first, 0), Mem.of(first, stride, 1, 0), Mem.of(first, stride, 2, 0)};
  }

  private static void after(Assembler a, Gp address, Gp stride, int rows) {
    for (int r = 0; r < rows; r++) {
      a.add(address, stride);
    }
  }
}
