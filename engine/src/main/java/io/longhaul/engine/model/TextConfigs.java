package io.longhaul.engine.model;

/** The part of a config.json that describes the language model. */
public final class TextConfigs {
  private TextConfigs() {}

  /**
   * That of a checkpoint that also holds an image encoder is {@code text_config}; what published
   * files leave out is filled in.
   */
  public static HfConfig of(HfConfig config) {
    HfConfig text = config.object("text_config").orElse(config);
    boolean gemma = config.string("model_type").orElse("").startsWith("gemma3");
    return gemma ? text.withDefaults(Gemma3.DEFAULTS) : text;
  }
}
