package io.longhaul.engine.text.template;

/** The variables of one scope at run time. */
final class Scope {
  /**
   * What a variable starts with.
   *
   * @param resolve the variable of the rendering to take, or null
   * @param hops to the function of the variable to take, or -1
   */
  record Entry(int slot, String resolve, int hops, int source) {}

  private final Entry[] entries;
  private final int[] all;

  Scope(Entry[] entries, int[] all) {
    this.entries = entries;
    this.all = all;
  }

  void enter(Rendering run, Activation frame) {
    run.budget().steps(all.length);
    for (Entry entry : entries) {
      Object value = Undefined.MISSING;
      if (entry.resolve != null) {
        value = run.resolve(entry.resolve);
      } else if (entry.hops >= 0) {
        value = frame.get(entry.hops, entry.source);
      }
      frame.set(entry.slot, value);
    }
  }

  void leave(Activation frame) {
    for (int slot : all) {
      frame.set(slot, Undefined.MISSING);
    }
  }
}
