package io.longhaul.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/** Working memory of one kernel thread, off the heap and aligned, kept from call to call. */
public final class Scratch implements AutoCloseable {
  /** What a slot is used for; two uses at the same time need two slots. */
  public enum Slot {
    WEIGHTS,
    SCORES,
    QUERIES,
    KEYS,
    SUMS,
    TILE,
    CALL
  }

  private static final long ALIGNMENT = 64;
  private static final long SMALLEST = 1 << 16;

  private record Block(Arena arena, MemorySegment segment) {
    static Block allocate(long bytes) {
      Arena arena = Arena.ofShared();
      return new Block(arena, arena.allocate(bytes, ALIGNMENT));
    }
  }

  private final Map<Slot, Block> blocks = new EnumMap<>(Slot.class);

  /**
   * As many bytes, with what the last use left in them. No more than asked for: who clears them
   * all, would clear far more than a small buffer otherwise.
   */
  public MemorySegment get(Slot slot, long bytes) {
    Block block = blocks.get(slot);
    if (block == null || block.segment.byteSize() < bytes) {
      if (block != null) {
        block.arena.close();
      }
      block = Block.allocate(Math.max(bytes + bytes / 2, SMALLEST));
      blocks.put(slot, block);
    }
    return block.segment.asSlice(0, bytes);
  }

  /** The address of {@link #get}'s memory; it stays as long as this scratch is reachable. */
  public long address(Slot slot, long bytes) {
    return get(slot, bytes).address();
  }

  @Override
  public void close() {
    blocks.values().forEach(block -> block.arena.close());
    blocks.clear();
  }
}
