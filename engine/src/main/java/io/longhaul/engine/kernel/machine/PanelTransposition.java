package io.longhaul.engine.kernel.machine;

import java.util.Optional;

/** Brings 32 rows into the form of a panel, see {@link BlockLayout}. */
final class PanelTransposition {
  private static final int HALF = BlockLayout.ROWS / 2;
  private static final int HALF_BYTES = BlockLayout.PAIR_BYTES / 2;

  private static final Optional<Entry> CODE =
      ExecutableMemory.link(BlockFloatCode::transpose, BlockFloatAvx2Code::transpose);

  // A constant, which the JIT compiler turns into a plain call.
  private static final Entry CALL = CODE.orElse(null);

  private PanelTransposition() {}

  /** Whether the system allows executable memory. */
  static boolean isPossible() {
    return CODE.isPresent();
  }

  /**
   * Transposes; all addresses have been checked.
   *
   * @param rows address of 32 rows
   * @param rowBytes from one to the next
   * @param blocks of 64 bytes of a row: sixteen pairs of shorts or sixteen floats
   */
  static void run(long rows, long rowBytes, int blocks, long panel) {
    CALL.run(rows, rowBytes, blocks, panel);
    CALL.run(rows + HALF * rowBytes, rowBytes, blocks, panel + HALF_BYTES);
  }
}
