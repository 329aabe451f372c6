package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.TensorType;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/**
 * What gguf, numpy and torch decode stored weights to: written by scripts/oracle/weights.py, which
 * describes the format.
 */
record WeightFixture(
    List<Blocks> blocks, List<Codes> codes, List<Integer> f8Bits, List<ScaledMatrix> scaled) {

  /**
   * @param crcs of each block's floats
   * @param bitsInFull of the first blocks' floats
   */
  record Blocks(
      TensorType type, MemorySegment bytes, List<Integer> crcs, List<Integer> bitsInFull) {
    @Override
    public String toString() {
      return crcs.size() + " blocks of " + type;
    }
  }

  /**
   * @param crcs of each 256 consecutive codes' floats
   */
  record Codes(TensorType type, List<Integer> crcs) {
    @Override
    public String toString() {
      return "all codes of " + type;
    }
  }

  /**
   * @param crcs of each row's scaled floats
   */
  record ScaledMatrix(
      int rows, int columns, MemorySegment bytes, MemorySegment scales, List<Integer> crcs) {
    @Override
    public String toString() {
      return rows + " x " + columns;
    }
  }

  static WeightFixture read() {
    try (InputStream file = WeightFixture.class.getResourceAsStream("weights.bin.gz");
        DataInputStream in = new DataInputStream(new GZIPInputStream(file))) {
      List<Blocks> blocks = new ArrayList<>();
      for (int types = in.readInt(); types > 0; types--) {
        TensorType type = TensorType.valueOf(in.readUTF());
        int count = in.readInt();
        MemorySegment bytes = bytes(in, count * type.bytesPerBlock());
        List<Integer> crcs = ints(in, count);
        blocks.add(new Blocks(type, bytes, crcs, ints(in, in.readInt() * type.blockSize())));
      }
      List<Codes> codes = new ArrayList<>();
      for (int types = in.readInt(); types > 0; types--) {
        codes.add(new Codes(TensorType.valueOf(in.readUTF()), ints(in, 256)));
      }
      List<Integer> f8 = ints(in, 256);
      List<ScaledMatrix> scaled = new ArrayList<>();
      for (int matrices = in.readInt(); matrices > 0; matrices--) {
        int rows = in.readInt();
        int columns = in.readInt();
        MemorySegment bytes = bytes(in, rows * columns);
        float[] scales = new float[in.readInt()];
        for (int i = 0; i < scales.length; i++) {
          scales[i] = in.readFloat();
        }
        scaled.add(
            new ScaledMatrix(rows, columns, bytes, MemorySegment.ofArray(scales), ints(in, rows)));
      }
      return new WeightFixture(blocks, codes, f8, scaled);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bits of floats in native order, with one NaN. */
  static List<Integer> bits(MemorySegment floats) {
    List<Integer> bits = new ArrayList<>();
    for (float value : floats.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)) {
      bits.add(Float.floatToIntBits(value));
    }
    return bits;
  }

  /** The CRCs of runs of so many bits, as the script computes them. */
  static List<Integer> crcs(List<Integer> bits, int run) {
    List<Integer> crcs = new ArrayList<>();
    for (int from = 0; from < bits.size(); from += run) {
      ByteBuffer bytes = ByteBuffer.allocate(run * 4).order(ByteOrder.LITTLE_ENDIAN);
      bits.subList(from, from + run).forEach(bytes::putInt);
      CRC32 crc = new CRC32();
      crc.update(bytes.flip());
      crcs.add((int) crc.getValue());
    }
    return crcs;
  }

  private static List<Integer> ints(DataInputStream in, int count) throws IOException {
    List<Integer> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(in.readInt());
    }
    return values;
  }

  private static MemorySegment bytes(DataInputStream in, int count) throws IOException {
    return MemorySegment.ofArray(in.readNBytes(count));
  }
}
