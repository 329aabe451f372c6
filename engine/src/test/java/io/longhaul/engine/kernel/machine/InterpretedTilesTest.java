package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The code of products of many tokens, interpreted: to the bits of plain loops. */
class InterpretedTilesTest {
  private static final int ROWS = BlockLayout.ROWS;
  private static final int TOKENS = BlockLayout.TOKENS;
  private static final int COLUMNS = BlockLayout.COLUMNS;

  private final Random random = new Random(37);
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment longs(long... values) {
    MemorySegment segment = arena.allocate((long) values.length * Long.BYTES);
    for (int i = 0; i < values.length; i++) {
      segment.setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
    }
    return segment;
  }

  private static float floatAt(MemorySegment segment, long at) {
    return segment.get(ValueLayout.JAVA_FLOAT, at);
  }

  @ParameterizedTest
  @EnumSource
  void quantizesBlocks(InstructionSet set) {
    int rows = 5;
    int blocks = 3;
    int scaleStride = 4 * rows;
    MemorySegment floats = arena.allocate((long) rows * blocks * COLUMNS * Float.BYTES, 64);
    float[] magnitudes = {1, 1e-20f, 3e38f, 1e-35f, 0};
    for (int i = 0; i < rows * blocks * COLUMNS; i++) {
      float value = (float) random.nextGaussian() / 4 * magnitudes[i / COLUMNS % 5];
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    floats.setAtIndex(ValueLayout.JAVA_FLOAT, 7 * COLUMNS + 31, Float.NaN);
    floats.setAtIndex(ValueLayout.JAVA_FLOAT, 9 * COLUMNS, Float.NEGATIVE_INFINITY);
    MemorySegment shorts = arena.allocate((long) rows * blocks * BlockLayout.TOKEN_BYTES, 64);
    MemorySegment scales = arena.allocate((long) blocks * scaleStride);
    MemorySegment call = longs(scaleStride, rows, Float.BYTES);
    Memory memory =
        new Memory()
            .readable("floats", floats)
            .writable("shorts", shorts)
            .writable("scales", scales)
            .readable("call", call);
    byte[] code =
        switch (set) {
          case AVX512 -> BlockFloatCode.quantize();
          case AVX2 -> BlockFloatAvx2Code.quantize();
        };
    new Interpreter(code, memory)
        .run(
            floats.address(),
            blocks,
            shorts.address(),
            BlockLayout.TOKEN_BYTES,
            scales.address(),
            call.address());
    for (int i = 0; i < rows * blocks; i++) {
      float scale =
          floatAt(scales, (long) i % blocks * scaleStride + (long) i / blocks * Float.BYTES);
      assertBlock(floats.asSlice((long) i * COLUMNS * Float.BYTES), scale, shorts, i);
    }
  }

  private static void assertBlock(
      MemorySegment values, float scale, MemorySegment shorts, int block) {
    int most = Float.floatToRawIntBits(1e-30f);
    for (int c = 0; c < COLUMNS; c++) {
      int bits = values.getAtIndex(ValueLayout.JAVA_INT, c);
      most = Math.max(most, bits & Integer.MAX_VALUE);
    }
    float magnitude = Float.intBitsToFloat(most);
    assertThat(scale).isEqualTo(Float.valueOf(magnitude * (1f / BlockLayout.LARGEST)));
    assertThat(Float.isFinite(scale)).isEqualTo(block != 7 && block != 9);
    for (int c = 0; c < COLUMNS; c++) {
      float steps = floatAt(values, (long) c * Float.BYTES) * (BlockLayout.LARGEST / magnitude);
      // What is no number is the least short; its scale is none.
      double expected = Float.isNaN(steps) ? Short.MIN_VALUE : Math.rint(steps);
      assertThat(shorts.getAtIndex(ValueLayout.JAVA_SHORT, (long) block * COLUMNS + c))
          .isEqualTo((short) expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void transposesHalfAPanel(InstructionSet set) {
    int blocks = 3;
    int half = ROWS / 2;
    MemorySegment rows = arena.allocate((long) half * blocks * BlockLayout.TOKEN_BYTES, 64);
    for (int i = 0; i < rows.byteSize() / Integer.BYTES; i++) {
      rows.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt());
    }
    long lastVector = (long) (BlockLayout.PAIRS - 1) * BlockLayout.PAIR_BYTES;
    long bytes = (long) (blocks - 1) * BlockLayout.PANEL_BLOCK_BYTES + lastVector + 64;
    MemorySegment panel = arena.allocate(bytes, 64);
    Memory memory = new Memory().readable("rows", rows).writable("panel", panel);
    byte[] code =
        switch (set) {
          case AVX512 -> BlockFloatCode.transpose();
          case AVX2 -> BlockFloatAvx2Code.transpose();
        };
    new Interpreter(code, memory)
        .run(rows.address(), (long) blocks * BlockLayout.TOKEN_BYTES, blocks, panel.address());
    for (int b = 0; b < blocks; b++) {
      for (int pair = 0; pair < BlockLayout.PAIRS; pair++) {
        for (int r = 0; r < half; r++) {
          long at =
              (long) b * BlockLayout.PANEL_BLOCK_BYTES
                  + (long) pair * BlockLayout.PAIR_BYTES
                  + (long) r * Integer.BYTES;
          long from = ((long) r * blocks + b) * BlockLayout.PAIRS + pair;
          assertThat(panel.get(ValueLayout.JAVA_INT, at))
              .isEqualTo(rows.getAtIndex(ValueLayout.JAVA_INT, from));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"AVX512,false", "AVX512,true", "AVX2,false", "AVX2,true"})
  void tilesOfShorts(InstructionSet set, boolean add) {
    int blocks = 2;
    int tiles = 3;
    MemorySegment panel = arena.allocate((long) blocks * BlockLayout.PANEL_BLOCK_BYTES, 64);
    long tileBytes = (long) blocks * BlockLayout.TOKENS_BLOCK_BYTES;
    MemorySegment tokens = arena.allocate(tiles * tileBytes, 64);
    fillBlocks(panel, BlockLayout.PANEL_BLOCK_BYTES, BlockLayout.PANEL_SCALES);
    fillBlocks(tokens, BlockLayout.TOKENS_BLOCK_BYTES, BlockLayout.TOKEN_SCALES);
    float[] expected = new float[tiles * TOKENS * ROWS];
    MemorySegment outputs = outputs(expected, add);
    byte[] code =
        switch (set) {
          case AVX512 -> BlockTileCode.code();
          case AVX2 -> BlockTileAvx2Code.code();
        };
    run(code, panel, tokens, tileBytes, blocks, tiles, outputs, add);
    for (int i = 0; i < expected.length; i++) {
      int row = i % ROWS;
      int token = i / ROWS;
      for (int b = 0; b < blocks; b++) {
        long weights = (long) b * BlockLayout.PANEL_BLOCK_BYTES;
        long input = token / TOKENS * tileBytes + (long) b * BlockLayout.TOKENS_BLOCK_BYTES;
        int sum = 0;
        for (int c = 0; c < COLUMNS; c++) {
          long w = weights + (long) c / 2 * BlockLayout.PAIR_BYTES + row * 4L + c % 2 * 2L;
          long x = input + (long) token % TOKENS * BlockLayout.TOKEN_BYTES + c * 2L;
          sum += panel.get(ValueLayout.JAVA_SHORT, w) * tokens.get(ValueLayout.JAVA_SHORT, x);
        }
        float scale =
            floatAt(panel, weights + BlockLayout.PANEL_SCALES + row * 4L)
                * floatAt(tokens, input + BlockLayout.TOKEN_SCALES + token % TOKENS * 4L);
        expected[i] = Math.fma((float) sum, scale, expected[i]);
      }
    }
    assertThat(outputs.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected);
  }

  /** Shorts up to the greatest magnitude, and floats from a place in each block on. */
  private void fillBlocks(MemorySegment segment, int blockBytes, int scalesAt) {
    for (long at = 0; at < segment.byteSize(); at += Integer.BYTES) {
      if (at % blockBytes >= scalesAt) {
        segment.set(ValueLayout.JAVA_FLOAT, at, (float) random.nextGaussian());
      } else {
        segment.set(ValueLayout.JAVA_SHORT, at, step());
        segment.set(ValueLayout.JAVA_SHORT, at + Short.BYTES, step());
      }
    }
  }

  private short step() {
    int largest = BlockLayout.LARGEST;
    return (short) (random.nextInt(3) == 0 ? -largest : random.nextInt(-largest, largest + 1));
  }

  @ParameterizedTest
  @CsvSource({"AVX512,false", "AVX512,true", "AVX2,false", "AVX2,true"})
  void tilesOfFloats(InstructionSet set, boolean add) {
    int blocks = 2;
    int tiles = 2;
    MemorySegment panel = arena.allocate((long) blocks * FloatPanelProduct.PANEL_BLOCK_BYTES, 64);
    long tileBytes = (long) blocks * FloatPanelProduct.TOKENS_BLOCK_BYTES;
    MemorySegment tokens = arena.allocate(tiles * tileBytes, 64);
    for (MemorySegment segment : new MemorySegment[] {panel, tokens}) {
      for (int i = 0; i < segment.byteSize() / Float.BYTES; i++) {
        segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
    }
    float[] expected = new float[tiles * FloatPanelProduct.TOKENS * ROWS];
    MemorySegment outputs = outputs(expected, add);
    byte[] code =
        switch (set) {
          case AVX512 -> FloatTileCode.code();
          case AVX2 -> FloatTileAvx2Code.code();
        };
    run(code, panel, tokens, tileBytes, blocks, tiles, outputs, add);
    for (int i = 0; i < expected.length; i++) {
      int row = i % ROWS;
      int token = i / ROWS;
      for (int c = 0; c < blocks * COLUMNS; c++) {
        long w =
            (long) c / BlockLayout.PAIRS * BlockLayout.PANEL_BLOCK_BYTES
                + (long) c % BlockLayout.PAIRS * BlockLayout.PAIR_BYTES
                + row * 4L;
        long x =
            token / FloatPanelProduct.TOKENS * tileBytes
                + (long) c / COLUMNS * FloatPanelProduct.TOKENS_BLOCK_BYTES
                + (long) token % FloatPanelProduct.TOKENS * FloatPanelProduct.TOKEN_BYTES
                + c % COLUMNS * 4L;
        expected[i] = Math.fma(floatAt(panel, w), floatAt(tokens, x), expected[i]);
      }
    }
    assertThat(outputs.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected);
  }

  /** Memory that holds rubbish, which is what to add to if it is to be added to. */
  private MemorySegment outputs(float[] expected, boolean add) {
    MemorySegment outputs = arena.allocate((long) expected.length * Float.BYTES, 64);
    for (int i = 0; i < expected.length; i++) {
      float rubbish = (float) random.nextGaussian();
      outputs.setAtIndex(ValueLayout.JAVA_FLOAT, i, rubbish);
      expected[i] = add ? rubbish : 0;
    }
    return outputs;
  }

  private void run(
      byte[] code,
      MemorySegment panel,
      MemorySegment tokens,
      long tileBytes,
      int blocks,
      int tiles,
      MemorySegment outputs,
      boolean add) {
    MemorySegment whole = arena.allocate(PanelProduct.CALL_BYTES, 64);
    MemorySegment call = whole.asSlice(0, 3 * Long.BYTES);
    call.set(ValueLayout.JAVA_LONG, 0, outputs.address());
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, (long) ROWS * Float.BYTES);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, add ? 1 : 0);
    MemorySegment sums = whole.asSlice(PanelProduct.SUMS_AT);
    Memory memory =
        new Memory()
            .readable("panel", panel)
            .readable("tokens", tokens)
            .readable("call", call)
            .writable("outputs", outputs)
            .writable("sums", sums);
    new Interpreter(code, memory)
        .run(panel.address(), tokens.address(), tileBytes, blocks, tiles, call.address());
  }
}
