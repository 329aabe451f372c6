package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import java.util.List;
import java.util.function.IntConsumer;

/** The frame of attention's loops over query rows, whose number r8 holds: some at a time. */
final class QueryTiles {
  private static final List<Gp> CALLEE_SAVED =
      List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15);

  private QueryTiles() {}

  /**
   * Adds the code that runs tiles of {@code most} rows while there are as many, then one of the
   * rest. All registers but r8 are the tile's and what comes before it.
   *
   * @param before emits what is done once
   * @param tile emits a tile of so many rows, which goes on to the rows behind it
   */
  static byte[] code(Assembler a, int most, Runnable before, IntConsumer tile) {
    CALLEE_SAVED.forEach(a::push);
    before.run();
    Label end = new Label();
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
    a.bind(end);
    CALLEE_SAVED.reversed().forEach(a::pop);
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
