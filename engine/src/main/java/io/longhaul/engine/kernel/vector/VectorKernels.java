package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.vector.RowDots.RowDot;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The twin on the Vector API: wherever JDK 25 runs.
 *
 * <p>Inner loops go by addresses, see {@link NativeMemory}. They stay valid during a call: a
 * session holds its matrices, the model its weights, and neither closes while a pass runs.
 */
public final class VectorKernels implements Kernels {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = FLOATS.length();
  private static final int STEP = LANES * Float.BYTES;

  /** Decoded weights that a product of many tokens works on at a time: part of an L2 cache. */
  private static final int PANEL_BYTES = 128 << 10;

  /** The same for one token, which reads them once: part of an L1 cache. */
  private static final int SINGLE_TOKEN_PANEL_BYTES = 24 << 10;

  /** Of a single token's row, floats that are multiplied at a time: a part of an L1 cache. */
  private static final int COLUMNS_AT_ONCE = 4096;

  private final MachineCode machine;

  public VectorKernels() {
    this(MachineCode.NONE);
  }

  /** With other inner loops where there are some. */
  public VectorKernels(MachineCode machine) {
    this.machine = machine;
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public void decodeRow(Weights weights, int row, FloatMatrix out, int outRow) {
    decode(VectorDecoders.of(weights.type()), weights, row, out.segment(), out.offset(outRow));
  }

  /** {@code out[i] = W[row][firstColumn + i]}; {@code firstColumn} begins a block. */
  public static void decodePart(
      Weights weights, int row, int firstColumn, int columns, MemorySegment out, long outOffset) {
    long from = row * weights.rowBytes() + weights.type().bytes(firstColumn);
    VectorDecoders.of(weights.type()).decode(weights.data(), from, columns, out, outOffset);
    if (weights.scales().isPresent()) {
      VectorBlockScales.multiply(weights.scales().get(), row, firstColumn, columns, out, outOffset);
    }
  }

  @Override
  public void multiply(
      Weights weights,
      int firstRow,
      int rows,
      FloatMatrix x,
      int tokens,
      FloatMatrix y,
      Scratch scratch) {
    if (tokens == 1 && weights.scales().isEmpty()) {
      int done = multiplyRows(weights, firstRow, rows, x, y, scratch);
      if (done < rows) {
        multiplyDecoded(weights, firstRow + done, rows - done, x, tokens, y, scratch);
      }
    } else {
      multiplyDecoded(weights, firstRow, rows, x, tokens, y, scratch);
    }
  }

  /** Decodes some rows at a time and multiplies these floats. */
  private static void multiplyDecoded(
      Weights weights,
      int firstRow,
      int rows,
      FloatMatrix x,
      int tokens,
      FloatMatrix y,
      Scratch scratch) {
    WeightDecoder decoder = VectorDecoders.of(weights.type());
    int rowBytes = FloatMatrix.padded(weights.columns()) * Float.BYTES;
    int panelBytes = tokens == 1 ? SINGLE_TOKEN_PANEL_BYTES : PANEL_BYTES;
    int panelRows = Math.max(4, panelBytes / rowBytes / 4 * 4);
    MemorySegment panel = scratch.get(Slot.WEIGHTS, (long) panelRows * rowBytes);
    if (FloatMatrix.padded(weights.columns()) != weights.columns()) {
      panel.fill((byte) 0);
    }
    FloatRows inputs = new FloatRows(readable(x.segment(), 0, x.extent(tokens)), x.offset(1));
    long outputs = writable(y.segment(), 0, y.extent(tokens));
    long sums = writable(scratch.get(Slot.TILE, TileProduct.SUMS_BYTES), 0, TileProduct.SUMS_BYTES);
    for (int r = firstRow; r < firstRow + rows; r += panelRows) {
      int n = Math.min(panelRows, firstRow + rows - r);
      decodeRows(decoder, weights, r, n, panel);
      TileProduct.multiply(
          new FloatRows(panel.address(), rowBytes),
          n,
          inputs,
          tokens,
          rowBytes,
          new FloatRows(outputs + (long) r * Float.BYTES, y.offset(1)),
          sums);
    }
  }

  /**
   * A product of one token with weights that are decoded in registers.
   *
   * @return how many of the rows, from the first, there is such a loop for
   */
  private int multiplyRows(
      Weights weights, int firstRow, int rows, FloatMatrix x, FloatMatrix y, Scratch scratch) {
    Optional<RowDot> rowDot = RowDots.of(weights.type());
    Optional<MachineCode.Rows> code =
        machine
            .rows(weights.type())
            .filter(c -> weights.columns() > 0 && weights.columns() % c.columnsAtOnce() == 0);
    int coded = code.map(c -> rows / c.rowsAtOnce() * c.rowsAtOnce()).orElse(0);
    int multiplied = rowDot.isPresent() ? rows : coded;
    if (multiplied == 0) {
      return 0;
    }
    long rowBytes = weights.rowBytes();
    long from = readable(weights.data(), firstRow * rowBytes, multiplied * rowBytes);
    long input = readable(x.segment(), 0, x.rowBytes());
    long output = writable(y.segment(), 0, y.rowBytes()) + (long) firstRow * Float.BYTES;
    if (coded > 0) {
      MemorySegment call = scratch.get(Slot.CALL, code.orElseThrow().callBytes());
      code.orElseThrow().multiply(from, rowBytes, weights.columns(), coded, input, output, call);
    }
    if (coded < multiplied) {
      int rest = multiplied - coded;
      long sumsBytes = (long) rest * STEP;
      MemorySegment sums = scratch.get(Slot.SUMS, sumsBytes);
      sums.fill((byte) 0);
      long sum = writable(sums, 0, sumsBytes);
      multiplyParts(rowDot.orElseThrow(), weights, from + coded * rowBytes, rest, input, sum);
      FloatRows outputs = new FloatRows(output, y.offset(1));
      for (int r = 0; r < rest; r += 4) {
        TileProduct.storeSums(sum + (long) r * STEP, Math.min(4, rest - r), outputs, coded + r);
      }
    }
    return multiplied;
  }

  /** A part of the input at a time, which stays in the L1 cache while all rows pass over it. */
  private static void multiplyParts(
      RowDot rowDot, Weights weights, long from, int rows, long input, long sums) {
    int blockSize = weights.type().blockSize();
    int blocks = weights.columns() / blockSize;
    int blocksAtOnce = COLUMNS_AT_ONCE / blockSize;
    long rowBytes = weights.rowBytes();
    for (int b = 0; b < blocks; b += blocksAtOnce) {
      int n = Math.min(blocksAtOnce, blocks - b);
      long columns = (long) b * blockSize;
      long part = from + weights.type().bytes(columns);
      for (int r = 0; r < rows; r++) {
        rowDot.dot(part + r * rowBytes, n, input + columns * Float.BYTES, sums + (long) r * STEP);
      }
    }
  }

  @Override
  public void rmsNorm(
      FloatMatrix x,
      int row,
      int firstColumn,
      int count,
      FloatMatrix weight,
      float epsilon,
      FloatMatrix out) {
    long bytes = (long) count * Float.BYTES;
    long from = readable(x.segment(), x.offset(row) + (long) firstColumn * Float.BYTES, bytes);
    long to = writable(out.segment(), out.offset(row) + (long) firstColumn * Float.BYTES, bytes);
    long scales = readable(weight.segment(), 0, weight.rowBytes());
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int c = 0; c < count; c += LANES) {
      FloatVector v = load(from, c, count);
      squares = v.fma(v, squares);
    }
    float scale = (float) (1 / Math.sqrt(LaneSums.sum(squares) / count + epsilon));
    for (int c = 0; c < count; c += LANES) {
      FloatVector v = load(from, c, count);
      FloatVector w =
          FloatVector.fromMemorySegment(FLOATS, ALL, scales + (long) c * Float.BYTES, ORDER);
      store(v.mul(scale).mul(w), to, c, count);
    }
  }

  @Override
  public void siluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    long gates = writable(gate.segment(), gate.offset(row), gate.rowBytes());
    long ups = readable(up.segment(), up.offset(row), gate.rowBytes());
    for (long b = 0; b < gate.rowBytes(); b += STEP) {
      FloatVector g = FloatVector.fromMemorySegment(FLOATS, ALL, gates + b, ORDER);
      FloatVector u = FloatVector.fromMemorySegment(FLOATS, ALL, ups + b, ORDER);
      FloatVector silu = g.div(Exponential.exp(g.neg()).add(1f));
      silu.mul(u).intoMemorySegment(ALL, gates + b, ORDER);
    }
  }

  @Override
  public void geluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), with u = sqrt(2/pi) (g + 0.044715 g³).
    float linear = (float) (-2 * Math.sqrt(2 / Math.PI));
    float cubic = linear * 0.044715f;
    long gates = writable(gate.segment(), gate.offset(row), gate.rowBytes());
    long ups = readable(up.segment(), up.offset(row), gate.rowBytes());
    for (long b = 0; b < gate.rowBytes(); b += STEP) {
      FloatVector g = FloatVector.fromMemorySegment(FLOATS, ALL, gates + b, ORDER);
      FloatVector u = FloatVector.fromMemorySegment(FLOATS, ALL, ups + b, ORDER);
      FloatVector exponent = g.mul(g).mul(cubic).add(linear).mul(g);
      FloatVector gelu = g.div(Exponential.exp(exponent).add(1f));
      gelu.mul(u).intoMemorySegment(ALL, gates + b, ORDER);
    }
  }

  @Override
  public void add(FloatMatrix x, int row, FloatMatrix delta, int deltaRow) {
    long to = writable(x.segment(), x.offset(row), x.rowBytes());
    long from = readable(delta.segment(), delta.offset(deltaRow), x.rowBytes());
    for (long b = 0; b < x.rowBytes(); b += STEP) {
      FloatVector.fromMemorySegment(FLOATS, ALL, to + b, ORDER)
          .add(FloatVector.fromMemorySegment(FLOATS, ALL, from + b, ORDER))
          .intoMemorySegment(ALL, to + b, ORDER);
    }
  }

  @Override
  public void attend(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    new VectorAttention(attention, firstToken, tokens, firstHead, heads, scratch).run();
  }

  @Override
  public void layerNorm(
      FloatMatrix x,
      int row,
      FloatMatrix weight,
      FloatMatrix bias,
      float epsilon,
      FloatMatrix out) {
    int n = x.columns();
    long from = readable(x.segment(), x.offset(row), x.rowBytes());
    long to = writable(out.segment(), out.offset(row), out.rowBytes());
    long scales = readable(weight.segment(), 0, weight.rowBytes());
    long biases = readable(bias.segment(), 0, bias.rowBytes());
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int c = 0; c < n; c += LANES) {
      sum = sum.add(load(from, c, n));
    }
    float mean = LaneSums.sum(sum) / n;
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int c = 0; c < n; c += LANES) {
      FloatVector centred = load(from, c, n).sub(mean, tail(c, n));
      squares = centred.fma(centred, squares);
    }
    float scale = (float) (1 / Math.sqrt(LaneSums.sum(squares) / n + epsilon));
    for (int c = 0; c < n; c += LANES) {
      FloatVector centred = load(from, c, n).sub(mean);
      store(centred.mul(scale).fma(load(scales, c, n), load(biases, c, n)), to, c, n);
    }
  }

  @Override
  public void addScaled(FloatMatrix x, int row, FloatMatrix delta, int deltaRow, float scale) {
    long to = writable(x.segment(), x.offset(row), x.rowBytes());
    long from = readable(delta.segment(), delta.offset(deltaRow), x.rowBytes());
    FloatVector factor = FloatVector.broadcast(FLOATS, scale);
    for (long b = 0; b < x.rowBytes(); b += STEP) {
      FloatVector.fromMemorySegment(FLOATS, ALL, from + b, ORDER)
          .fma(factor, FloatVector.fromMemorySegment(FLOATS, ALL, to + b, ORDER))
          .intoMemorySegment(ALL, to + b, ORDER);
    }
  }

  @Override
  public void attendLatent(
      LatentAttention attention, int token, int firstHead, int heads, Scratch scratch) {
    new VectorLatentAttention(attention, token, firstHead, heads, machine, scratch).run();
  }

  @Override
  public void indexScores(IndexScores scores, int token, int page, Scratch scratch) {
    VectorIndexScores.score(scores, token, page, machine, scratch);
  }

  /** Decodes rows into padded rows of a panel: all at once where a row needs no padding. */
  private static void decodeRows(
      WeightDecoder decoder, Weights weights, int firstRow, int rows, MemorySegment panel) {
    int columns = weights.columns();
    if (FloatMatrix.padded(columns) == columns && weights.scales().isEmpty()) {
      decoder.decode(weights.data(), firstRow * weights.rowBytes(), rows * columns, panel, 0);
      return;
    }
    long rowBytes = (long) FloatMatrix.padded(columns) * Float.BYTES;
    for (int i = 0; i < rows; i++) {
      decode(decoder, weights, firstRow + i, panel, i * rowBytes);
    }
  }

  private static void decode(
      WeightDecoder decoder, Weights weights, int row, MemorySegment out, long outOffset) {
    decoder.decode(weights.data(), row * weights.rowBytes(), weights.columns(), out, outOffset);
    if (weights.scales().isPresent()) {
      VectorBlockScales.multiply(weights.scales().get(), row, 0, weights.columns(), out, outOffset);
    }
  }

  private static FloatVector load(long start, int c, int count) {
    long at = start + (long) c * Float.BYTES;
    if (c + LANES <= count) {
      return FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER);
    }
    return FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER, tail(c, count));
  }

  private static void store(FloatVector v, long start, int c, int count) {
    long at = start + (long) c * Float.BYTES;
    if (c + LANES <= count) {
      v.intoMemorySegment(ALL, at, ORDER);
    } else {
      v.intoMemorySegment(ALL, at, ORDER, tail(c, count));
    }
  }

  private static VectorMask<Float> tail(int c, int count) {
    return FLOATS.indexInRange(c, count);
  }
}
