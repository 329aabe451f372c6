package io.longhaul.cli.start;

import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A small model of random weights, for the training run alone: what it says means nothing, but it
 * is read, and computed with, by the code that reads and computes real ones.
 *
 * @param matrices types of the matrices of a layer, in turn
 * @param headNorms whether queries and keys are normed, and the outputs of the blocks
 */
record TrainingModel(
    String architecture,
    TrainingVocabulary vocabulary,
    int hidden,
    int intermediate,
    int heads,
    int kvHeads,
    TensorType embedding,
    List<TensorType> matrices,
    boolean headNorms) {
  private static final int LAYERS = 2;
  private static final int HEAD_DIM = 64;

  /** The shape and the types of the weights of SmolLM2-135M in Q4_1, with fewer layers. */
  static TrainingModel llama() {
    return new TrainingModel(
        "llama",
        TrainingVocabulary.bytePair(),
        576,
        1536,
        9,
        3,
        TensorType.Q8_0,
        List.of(TensorType.Q4_1),
        false);
  }

  /** A Gemma 3 of the types that other files have. */
  static TrainingModel gemma3() {
    return new TrainingModel(
        "gemma3",
        TrainingVocabulary.sentencePiece(),
        512,
        1024,
        8,
        2,
        TensorType.F16,
        List.of(TensorType.Q4_K, TensorType.Q6_K, TensorType.Q5_0),
        true);
  }

  void write(Path file) throws IOException {
    GgufWriter gguf = new GgufWriter();
    String prefix = architecture + ".";
    gguf.string("general.architecture", architecture)
        .string("general.name", "training")
        .uint32(prefix + "block_count", LAYERS)
        .uint32(prefix + "context_length", 2048)
        .uint32(prefix + "embedding_length", hidden)
        .uint32(prefix + "feed_forward_length", intermediate)
        .uint32(prefix + "attention.head_count", heads)
        .uint32(prefix + "attention.head_count_kv", kvHeads)
        .uint32(prefix + "attention.key_length", HEAD_DIM)
        .uint32(prefix + "attention.value_length", HEAD_DIM)
        .uint32(prefix + "attention.sliding_window", 512)
        .float32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
        .float32(prefix + "rope.freq_base", 100_000)
        .uint32(prefix + "rope.dimension_count", HEAD_DIM);
    vocabulary.addTo(gguf);
    try (Arena arena = Arena.ofConfined()) {
      new Tensors(gguf, arena).add();
      gguf.write(file);
    }
  }

  /** Adds the tensors to a file. */
  private final class Tensors {
    private final GgufWriter gguf;
    private final Arena arena;
    private final SplittableRandom random = new SplittableRandom(1);
    private int matrix;

    Tensors(GgufWriter gguf, Arena arena) {
      this.gguf = gguf;
      this.arena = arena;
    }

    void add() {
      random("token_embd.weight", embedding, vocabulary.tokens().size(), hidden);
      ones("output_norm.weight", hidden);
      for (int i = 0; i < LAYERS; i++) {
        String block = "blk." + i + ".";
        ones(block + "attn_norm.weight", hidden);
        matrix(block + "attn_q.weight", heads * HEAD_DIM, hidden);
        matrix(block + "attn_k.weight", kvHeads * HEAD_DIM, hidden);
        matrix(block + "attn_v.weight", kvHeads * HEAD_DIM, hidden);
        matrix(block + "attn_output.weight", hidden, heads * HEAD_DIM);
        ones(block + "ffn_norm.weight", hidden);
        matrix(block + "ffn_gate.weight", intermediate, hidden);
        matrix(block + "ffn_up.weight", intermediate, hidden);
        matrix(block + "ffn_down.weight", hidden, intermediate);
        if (headNorms) {
          ones(block + "attn_q_norm.weight", HEAD_DIM);
          ones(block + "attn_k_norm.weight", HEAD_DIM);
          ones(block + "post_attention_norm.weight", hidden);
          ones(block + "post_ffw_norm.weight", hidden);
        }
      }
    }

    private void matrix(String name, int rows, int columns) {
      random(name, matrices.get(matrix++ % matrices.size()), rows, columns);
    }

    /**
     * Random bytes under 32: as the high byte of a half float, which the scales of all these types
     * are, that is a small positive number.
     */
    private void random(String name, TensorType type, int rows, int columns) {
      MemorySegment data = arena.allocate(type.bytes((long) rows * columns), Long.BYTES);
      for (long i = 0; i < data.byteSize(); i++) {
        data.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(32));
      }
      gguf.tensor(new Tensor(name, type, List.of((long) rows, (long) columns), data));
    }

    private void ones(String name, long count) {
      MemorySegment data = arena.allocate(count * Float.BYTES, Float.BYTES);
      for (long i = 0; i < count; i++) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
      }
      gguf.tensor(new Tensor(name, TensorType.F32, List.of(count), data));
    }
  }
}
