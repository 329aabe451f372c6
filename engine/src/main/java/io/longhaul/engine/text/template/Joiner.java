package io.longhaul.engine.text.template;

/** {@code joiner(separator)}: nothing when first called, then the separator. */
final class Joiner implements Callable {
  private final Object separator;
  private boolean used;

  Joiner(Object separator) {
    this.separator = separator;
  }

  @Override
  public Object call(Rendering run, Arguments arguments) {
    arguments.positionalOnly("joiner", 0, 0);
    Object result = used ? separator : Text.EMPTY;
    used = true;
    return result;
  }
}
