package io.longhaul.cli;

import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A small Llama whose greedy answer is known: after a line end it says a text, byte by byte.
 *
 * <p>Its tokens are the bytes and the two marks of ChatML. The embeddings are random, hence nearly
 * orthogonal, and the output row of each token is the embedding of the token it follows; the blocks
 * between, of random Q8_0 weights, are too weak to change that.
 */
final class SyntheticModel {
  static final int START = 256;
  static final int END = 257;
  private static final List<String> CHATML_TOKENS = List.of("<|im_start|>", "<|im_end|>");

  /** The tokens of GLM's structure; its end tokens are not named as such in the file. */
  private static final List<String> GLM_TOKENS =
      List.of(
          "[gMASK]",
          "<sop>",
          "<|system|>",
          "<|user|>",
          "<|assistant|>",
          "<|observation|>",
          "<think>",
          "</think>",
          "<tool_call>",
          "</tool_call>",
          "<arg_key>",
          "</arg_key>",
          "<arg_value>",
          "</arg_value>");

  private static final Path GLM_TEMPLATE =
      Path.of("../engine/src/test/resources/io/longhaul/engine/text/template/glm-5.2.jinja");
  private static final int WIDTH = 64;
  private static final String CHATML =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  private final SplittableRandom random = new SplittableRandom(7);
  private final Map<Integer, Integer> next = new HashMap<>();
  private int contextLength = 1 << 16;
  private boolean template = true;
  private List<String> structure = CHATML_TOKENS;
  private float head = 1;

  private SyntheticModel() {}

  /** One that says a text, whose bytes all differ, and ends. */
  static SyntheticModel saying(String text) {
    SyntheticModel model = new SyntheticModel();
    model.chain(text, END);
    return model;
  }

  /** One that says a text again and again. */
  static SyntheticModel repeating(String text) {
    SyntheticModel model = new SyntheticModel();
    model.chain(text, Byte.toUnsignedInt(bytes(text)[0]));
    return model;
  }

  /**
   * One in GLM's form. Its answer begins after the parts' first, which the prompt ends with, and
   * each part is a token of GLM's structure or a text; no token comes twice.
   */
  static SyntheticModel glm(String... parts) {
    SyntheticModel model = new SyntheticModel();
    model.structure = GLM_TOKENS;
    List<Integer> tokens = new ArrayList<>();
    for (String part : parts) {
      if (GLM_TOKENS.contains(part)) {
        tokens.add(256 + GLM_TOKENS.indexOf(part));
      } else {
        for (byte b : bytes(part)) {
          tokens.add(Byte.toUnsignedInt(b));
        }
      }
    }
    for (int i = 0; i + 1 < tokens.size(); i++) {
      if (model.next.put(tokens.get(i), tokens.get(i + 1)) != null) {
        throw new IllegalArgumentException("a token comes twice");
      }
    }
    return model;
  }

  private int vocabulary() {
    return 256 + structure.size();
  }

  private void chain(String text, int last) {
    int before = '\n';
    for (byte b : bytes(text)) {
      next.put(before, Byte.toUnsignedInt(b));
      before = Byte.toUnsignedInt(b);
    }
    next.put(before, last);
  }

  SyntheticModel contextLength(int value) {
    contextLength = value;
    return this;
  }

  SyntheticModel withoutTemplate() {
    template = false;
    return this;
  }

  /** Multiplies all logits; NaN and infinity make a broken model. */
  SyntheticModel head(float value) {
    head = value;
    return this;
  }

  Path write(Path file) throws IOException {
    GgufWriter gguf =
        new GgufWriter()
            .string("general.architecture", "llama")
            .uint32("llama.context_length", contextLength)
            .uint32("llama.embedding_length", WIDTH)
            .uint32("llama.block_count", 1)
            .uint32("llama.feed_forward_length", WIDTH)
            .uint32("llama.attention.head_count", 2)
            .uint32("llama.attention.head_count_kv", 1)
            .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .float32("llama.rope.freq_base", 10000)
            .uint32("llama.vocab_size", vocabulary());
    vocabulary(gguf);
    tensors(gguf);
    return gguf.write(file);
  }

  private void vocabulary(GgufWriter gguf) throws IOException {
    List<String> tokens = new ArrayList<>();
    // The alphabet of GPT-2's byte-level vocabularies.
    int substitute = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      tokens.add(String.valueOf((char) (printable ? b : substitute++)));
    }
    tokens.addAll(structure);
    Long[] types = new Long[vocabulary()];
    Arrays.fill(types, 1L);
    Arrays.fill(types, 256, types.length, 3L);
    gguf.string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", "llama-bpe")
        .array("tokenizer.ggml.tokens", GgufType.STRING, tokens)
        .array("tokenizer.ggml.token_type", GgufType.INT32, List.of(types))
        .array("tokenizer.ggml.merges", GgufType.STRING, List.of())
        .bool("tokenizer.ggml.add_bos_token", false);
    boolean glm = structure.equals(GLM_TOKENS);
    if (!glm) {
      gguf.uint32("tokenizer.ggml.eos_token_id", END);
    }
    if (template) {
      gguf.string("tokenizer.chat_template", glm ? Files.readString(GLM_TEMPLATE) : CHATML);
    }
  }

  private void tensors(GgufWriter gguf) {
    float[] embeddings = new float[vocabulary() * WIDTH];
    for (int i = 0; i < embeddings.length; i++) {
      embeddings[i] = (float) random.nextGaussian();
    }
    float[] output = new float[vocabulary() * WIDTH];
    next.forEach(
        (token, follower) -> {
          for (int i = 0; i < WIDTH; i++) {
            output[follower * WIDTH + i] += head * embeddings[token * WIDTH + i];
          }
        });
    float[] ones = new float[WIDTH];
    Arrays.fill(ones, 1);
    gguf.tensor(f32("token_embd.weight", embeddings, vocabulary()))
        .tensor(f32("output.weight", output, vocabulary()))
        .tensor(f32("output_norm.weight", ones, 1))
        .tensor(f32("blk.0.attn_norm.weight", ones, 1))
        .tensor(f32("blk.0.ffn_norm.weight", ones, 1))
        .tensor(q8("blk.0.attn_q.weight", WIDTH))
        .tensor(q8("blk.0.attn_k.weight", WIDTH / 2))
        .tensor(q8("blk.0.attn_v.weight", WIDTH / 2))
        .tensor(q8("blk.0.attn_output.weight", WIDTH))
        .tensor(q8("blk.0.ffn_gate.weight", WIDTH))
        .tensor(q8("blk.0.ffn_up.weight", WIDTH))
        .tensor(q8("blk.0.ffn_down.weight", WIDTH));
  }

  private static Tensor f32(String name, float[] values, int rows) {
    // Direct memory, which a file channel can be given.
    MemorySegment data = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values);
    List<Long> shape =
        rows == 1 ? List.of((long) WIDTH) : List.of((long) rows, (long) values.length / rows);
    return new Tensor(name, TensorType.F32, shape, data);
  }

  /** Blocks of a scale in F16 and 32 random bytes. */
  private Tensor q8(String name, int rows) {
    byte[] data = new byte[rows * WIDTH / 32 * 34];
    random.nextBytes(data);
    MemorySegment segment = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, data);
    short scale = Float.floatToFloat16(1e-5f);
    for (int block = 0; block < data.length; block += 34) {
      segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, block, scale);
    }
    return new Tensor(name, TensorType.Q8_0, List.of((long) rows, (long) WIDTH), segment);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
