package io.longhaul.engine.text.template;

/** What a template can call. */
interface Callable {
  Object call(Rendering run, Arguments arguments);
}
