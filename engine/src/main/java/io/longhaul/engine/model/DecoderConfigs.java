package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.model.Checkpoint.Source;
import io.longhaul.engine.model.RopeConfig.Pairing;
import java.util.List;

/** Reads a dense decoder's hyper-parameters from GGUF metadata or from config.json. */
final class DecoderConfigs {
  private static final int LARGEST = 1 << 24;

  private DecoderConfigs() {}

  /**
   * Reads and checks them.
   *
   * @param ggufPairing how the architecture's GGUF files pair dimensions for rotation
   */
  static DecoderConfig read(Checkpoint file, Pairing ggufPairing) {
    return switch (file.source()) {
      case Source.Gguf(Metadata metadata) -> gguf(file, metadata, ggufPairing);
      case Source.HuggingFace(HfConfig config) -> huggingFace(config);
    };
  }

  private static DecoderConfig gguf(Checkpoint file, Metadata metadata, Pairing pairing) {
    String architecture = metadata.requireString("general.architecture");
    String prefix = architecture + ".";
    int hidden = metadata.requireInteger(prefix + "embedding_length");
    int heads = metadata.requireInteger(prefix + "attention.head_count");
    int headDim =
        metadata
            .integer(prefix + "attention.key_length")
            .orElseGet(() -> heads > 0 ? hidden / heads : 0);
    int vocab =
        file.shape("token_embd.weight")
            .map(shape -> shape.getFirst().intValue())
            .orElseThrow(
                () ->
                    new ModelException(
                        metadata.source() + ": tensor token_embd.weight is missing"));
    return checked(
        metadata.source(),
        new DecoderConfig(
            architecture,
            vocab,
            metadata.requireInteger(prefix + "context_length"),
            hidden,
            metadata.requireInteger(prefix + "block_count")
                - metadata.integer(prefix + "nextn_predict_layers").orElse(0),
            heads,
            metadata.integer(prefix + "attention.head_count_kv").orElse(heads),
            headDim,
            metadata.requireInteger(prefix + "feed_forward_length"),
            (float) metadata.requireNumber(prefix + "attention.layer_norm_rms_epsilon"),
            RopeConfigs.gguf(file, metadata, prefix, headDim, pairing)));
  }

  static DecoderConfig huggingFace(HfConfig config) {
    int hidden = config.requireInteger("hidden_size");
    int heads = config.requireInteger("num_attention_heads");
    int headDim = config.integer("head_dim").orElseGet(() -> heads > 0 ? hidden / heads : 0);
    return checked(
        config.source(),
        new DecoderConfig(
            config.requireString("model_type"),
            config.requireInteger("vocab_size"),
            config.requireInteger("max_position_embeddings"),
            hidden,
            config.requireInteger("num_hidden_layers"),
            heads,
            config.integer("num_key_value_heads", heads),
            headDim,
            config.requireInteger("intermediate_size"),
            (float) config.number("rms_norm_eps", 1e-6),
            RopeConfigs.huggingFace(config, headDim)));
  }

  private static DecoderConfig checked(String source, DecoderConfig config) {
    record Field(String name, int value) {}
    for (Field field :
        List.of(
            new Field("vocabulary size", config.vocabSize()),
            new Field("context length", config.contextLength()),
            new Field("hidden size", config.hiddenSize()),
            new Field("number of layers", config.layers()),
            new Field("number of heads", config.heads()),
            new Field("number of key-value heads", config.kvHeads()),
            new Field("head dimension", config.headDim()),
            new Field("intermediate size", config.intermediateSize()))) {
      if (field.value < 1 || field.value > LARGEST) {
        throw new ModelException(
            source + ": the " + field.name + " is " + field.value + ", expected 1 to " + LARGEST);
      }
    }
    if (config.heads() % config.kvHeads() != 0
        || (long) config.heads() * config.headDim() > LARGEST) {
      throw new ModelException(
          source
              + ": "
              + config.heads()
              + " heads of "
              + config.headDim()
              + " over "
              + config.kvHeads()
              + " key-value heads: heads must be a multiple, at most "
              + LARGEST
              + " wide");
    }
    int rotated = config.rope().dimensions();
    if (rotated < 2 || rotated > config.headDim() || rotated % 2 != 0) {
      throw new ModelException(
          source + ": " + rotated + " rotated dimensions in heads of " + config.headDim());
    }
    return config;
  }
}
