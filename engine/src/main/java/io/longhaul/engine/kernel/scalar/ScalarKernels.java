package io.longhaul.engine.kernel.scalar;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.KeyValuePages;
import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.PlanePages;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The reference: plain loops over floats, in the order of the formulas. */
public final class ScalarKernels implements Kernels {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public void decodeRow(Weights weights, int row, FloatMatrix out, int outRow) {
    decode(weights, row, out.segment(), out.offset(outRow));
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
    int columns = weights.columns();
    MemorySegment decoded = scratch.get(Slot.WEIGHTS, (long) columns * Float.BYTES);
    for (int r = firstRow; r < firstRow + rows; r++) {
      decode(weights, r, decoded, 0);
      for (int t = 0; t < tokens; t++) {
        y.set(t, r, dot(decoded, 0, x.segment(), x.offset(t), columns));
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
    float squares = 0;
    for (int c = 0; c < count; c++) {
      float value = x.get(row, firstColumn + c);
      squares += value * value;
    }
    float scale = (float) (1 / Math.sqrt(squares / count + epsilon));
    for (int c = 0; c < count; c++) {
      out.set(row, firstColumn + c, x.get(row, firstColumn + c) * scale * weight.get(0, c));
    }
  }

  @Override
  public void siluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    for (int c = 0; c < gate.columns(); c++) {
      float g = gate.get(row, c);
      gate.set(row, c, (float) (g / (1 + Math.exp(-g))) * up.get(row, c));
    }
  }

  @Override
  public void geluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    for (int c = 0; c < gate.columns(); c++) {
      float g = gate.get(row, c);
      double inner = SQRT_2_OVER_PI * (g + 0.044715 * g * g * g);
      gate.set(row, c, (float) (0.5 * g * (1 + Math.tanh(inner))) * up.get(row, c));
    }
  }

  @Override
  public void add(FloatMatrix x, int row, FloatMatrix delta, int deltaRow) {
    for (int c = 0; c < x.columns(); c++) {
      x.set(row, c, x.get(row, c) + delta.get(deltaRow, c));
    }
  }

  @Override
  public void attend(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    for (int t = firstToken; t < firstToken + tokens; t++) {
      for (int head = firstHead; head < firstHead + heads; head++) {
        attend(attention, t, head, scratch);
      }
    }
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
    float sum = 0;
    for (int c = 0; c < n; c++) {
      sum += x.get(row, c);
    }
    float mean = sum / n;
    float squares = 0;
    for (int c = 0; c < n; c++) {
      float centred = x.get(row, c) - mean;
      squares += centred * centred;
    }
    float scale = (float) (1 / Math.sqrt(squares / n + epsilon));
    for (int c = 0; c < n; c++) {
      out.set(row, c, (x.get(row, c) - mean) * scale * weight.get(0, c) + bias.get(0, c));
    }
  }

  @Override
  public void addScaled(FloatMatrix x, int row, FloatMatrix delta, int deltaRow, float scale) {
    for (int c = 0; c < x.columns(); c++) {
      x.set(row, c, x.get(row, c) + scale * delta.get(deltaRow, c));
    }
  }

  @Override
  public void attendLatent(
      LatentAttention attention, int token, int firstHead, int heads, Scratch scratch) {
    for (int head = firstHead; head < firstHead + heads; head++) {
      attendLatent(attention, token, token * attention.heads() + head, scratch);
    }
  }

  private static void attendLatent(LatentAttention a, int token, int query, Scratch scratch) {
    PlanePages cached = a.cached();
    WeightDecoder decoder = ScalarDecoders.of(cached.type());
    int width = cached.columns();
    int count = a.selection().count(token);
    FloatMatrix q = a.queries();
    MemorySegment row = scratch.get(Slot.KEYS, (long) width * Float.BYTES);
    MemorySegment scores = scratch.get(Slot.SCORES, (long) count * Float.BYTES);
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      int p = a.selection().position(token, i);
      decoder.decode(cached.page(p), cached.rowOffset(p), width, row, 0);
      float score = dot(q.segment(), q.offset(query), row, 0, width) * a.scale();
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, i, score);
      max = Math.max(max, score);
    }
    float sum = 0;
    for (int i = 0; i < count; i++) {
      float e = (float) Math.exp(scores.getAtIndex(ValueLayout.JAVA_FLOAT, i) - max);
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, i, e);
      sum += e;
    }
    for (int c = 0; c < a.kvLoraRank(); c++) {
      a.out().set(query, c, 0);
    }
    for (int i = 0; i < count; i++) {
      int p = a.selection().position(token, i);
      decoder.decode(cached.page(p), cached.rowOffset(p), width, row, 0);
      float weight = scores.getAtIndex(ValueLayout.JAVA_FLOAT, i) / sum;
      for (int c = 0; c < a.kvLoraRank(); c++) {
        float value = row.getAtIndex(ValueLayout.JAVA_FLOAT, c);
        a.out().set(query, c, a.out().get(query, c) + weight * value);
      }
    }
  }

  @Override
  public void indexScores(IndexScores scores, int token, int page, Scratch scratch) {
    PlanePages keys = scores.keys();
    WeightDecoder decoder = ScalarDecoders.of(keys.type());
    int pageSize = keys.pageSize();
    int headDim = scores.headDim();
    MemorySegment columns = scratch.get(Slot.KEYS, (long) headDim * pageSize * Float.BYTES);
    decoder.decode(keys.pages().get(page), keys.offset(), headDim * pageSize, columns, 0);
    for (int i = 0; i < pageSize; i++) {
      float score = 0;
      for (int h = 0; h < scores.heads(); h++) {
        float dot = 0;
        for (int c = 0; c < headDim; c++) {
          float key = columns.getAtIndex(ValueLayout.JAVA_FLOAT, (long) c * pageSize + i);
          dot += scores.queries().get(token, h * headDim + c) * key;
        }
        score += scores.weights().get(token, h) * Math.max(dot, 0);
      }
      scores.out().set(0, page * pageSize + i, score);
    }
  }

  private static void attend(Attention attention, int token, int head, Scratch scratch) {
    KeyValuePages cached = attention.cached();
    int headDim = attention.headDim();
    int kvHead = head / attention.group();
    int start = attention.start(token);
    int end = attention.end(token);
    long column = (long) head * headDim * Float.BYTES;
    MemorySegment q = attention.queries().segment();
    long qOffset = attention.queries().offset(token) + column;
    MemorySegment out = attention.out().segment();
    long outOffset = attention.out().offset(token) + column;
    WeightDecoder decoder = ScalarDecoders.of(cached.type());
    MemorySegment row = scratch.get(Slot.KEYS, (long) headDim * Float.BYTES);
    MemorySegment scores = scratch.get(Slot.SCORES, (long) (end - start) * Float.BYTES);

    float max = Float.NEGATIVE_INFINITY;
    for (int p = start; p < end; p++) {
      decoder.decode(cached.page(p), cached.keyOffset(kvHead, p), headDim, row, 0);
      float score = dot(q, qOffset, row, 0, headDim) * attention.scale();
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, p - start, score);
      max = Math.max(max, score);
    }
    float sum = 0;
    for (int i = 0; i < end - start; i++) {
      float e = (float) Math.exp(scores.getAtIndex(ValueLayout.JAVA_FLOAT, i) - max);
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, i, e);
      sum += e;
    }
    out.asSlice(outOffset, (long) headDim * Float.BYTES).fill((byte) 0);
    for (int p = start; p < end; p++) {
      decoder.decode(cached.page(p), cached.valueOffset(kvHead, p), headDim, row, 0);
      float weight = scores.getAtIndex(ValueLayout.JAVA_FLOAT, p - start) / sum;
      for (long c = 0; c < headDim; c++) {
        long at = outOffset + c * Float.BYTES;
        float value = row.getAtIndex(ValueLayout.JAVA_FLOAT, c);
        out.set(ValueLayout.JAVA_FLOAT, at, out.get(ValueLayout.JAVA_FLOAT, at) + weight * value);
      }
    }
  }

  private static void decode(Weights weights, int row, MemorySegment out, long outOffset) {
    ScalarDecoders.of(weights.type())
        .decode(weights.data(), row * weights.rowBytes(), weights.columns(), out, outOffset);
    weights
        .scales()
        .ifPresent(scales -> scales.multiply(row, 0, weights.columns(), out, outOffset));
  }

  private static float dot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    float sum = 0;
    for (long i = 0; i < n; i++) {
      sum +=
          a.get(ValueLayout.JAVA_FLOAT, aOffset + i * Float.BYTES)
              * b.get(ValueLayout.JAVA_FLOAT, bOffset + i * Float.BYTES);
    }
    return sum;
  }
}
