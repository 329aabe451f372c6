package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScratchTest {

  @ParameterizedTest
  @ValueSource(longs = {0, 4, 1024, 1 << 16, (1 << 16) + 1, 1 << 20})
  void memoryIsAsLongAsAskedForAndAligned(long bytes) {
    try (Scratch scratch = new Scratch()) {
      MemorySegment memory = scratch.get(Slot.TILE, bytes);
      assertThat(memory.byteSize()).isEqualTo(bytes);
      assertThat(memory.address() % 64).isZero();
      assertThat(scratch.address(Slot.TILE, bytes)).isEqualTo(memory.address());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 4096})
  void lessMemoryIsTheBeginningOfWhatThereWas(long bytes) {
    try (Scratch scratch = new Scratch()) {
      scratch.get(Slot.SUMS, 4096).set(ValueLayout.JAVA_LONG, 0, 42);
      MemorySegment again = scratch.get(Slot.SUMS, bytes);
      assertThat(again.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
      assertThat(scratch.get(Slot.KEYS, bytes).address()).isNotEqualTo(again.address());
    }
  }
}
