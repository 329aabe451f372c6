package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import java.nio.file.Path;

/** Makes tokenizers from model files. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * The tokenizer of a GGUF file: byte-level BPE ({@code tokenizer.ggml.model = gpt2}, split as
   * {@code tokenizer.ggml.pre} says), Gemma 4's BPE, or SentencePiece BPE ({@code llama}).
   *
   * @throws ModelException if a field is missing, wrong or of a kind that is not supported
   */
  public static Tokenizer fromGguf(Metadata metadata) {
    return GgufTokenizer.read(metadata);
  }

  /**
   * The tokenizer of a folder in Hugging Face's form: {@code tokenizer.json}, and where present
   * {@code tokenizer_config.json}, {@code generation_config.json} and {@code config.json} for the
   * tokens that begin a prompt and end an answer.
   *
   * @throws ModelException if a file cannot be read, is wrong or needs a component that is not
   *     supported
   */
  public static Tokenizer fromTokenizerJson(Path folder) {
    return HuggingFaceTokenizer.read(folder);
  }
}
