package io.longhaul.engine;

import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.text.Tokenizer;
import io.longhaul.engine.text.Tokenizers;
import io.longhaul.engine.text.template.ChatTemplates;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A model's tokenizer and chat template. They are read on a thread of their own while the weights
 * are prepared, and what is wrong with them is told when they are first needed: a checkpoint
 * without a tokenizer still computes logits.
 */
public final class ModelText {
  private final ModelFile file;
  private final CompletableFuture<Optional<Tokenizer>> tokenizer;
  private final CompletableFuture<ChatTemplates> templates;

  private ModelText(
      ModelFile file,
      CompletableFuture<Optional<Tokenizer>> tokenizer,
      CompletableFuture<ChatTemplates> templates) {
    this.file = file;
    this.tokenizer = tokenizer;
    this.templates = templates;
  }

  /** Begins to read both; the file must stay open. */
  public static ModelText of(ModelFile file) {
    return new ModelText(
        file,
        CompletableFuture.supplyAsync(() -> readTokenizer(file)),
        CompletableFuture.supplyAsync(() -> readTemplates(file)));
  }

  /** The tokenizer, if the model comes with one. */
  public Optional<Tokenizer> findTokenizer() {
    return join(tokenizer);
  }

  /**
   * The tokenizer.
   *
   * @throws ModelException if the model comes with none
   */
  public Tokenizer tokenizer() {
    return findTokenizer()
        .orElseThrow(
            () ->
                new ModelException(
                    file.path()
                        + switch (file) {
                          case GgufFile gguf -> ": metadata field tokenizer.ggml.model is missing";
                          case SafetensorsFile folder -> ": tokenizer.json is missing beside it";
                        }));
  }

  /** The chat templates; none where the model comes without. */
  public ChatTemplates templates() {
    return join(templates);
  }

  private static Optional<Tokenizer> readTokenizer(ModelFile file) {
    return switch (file) {
      case GgufFile gguf ->
          gguf.metadata().contains("tokenizer.ggml.model")
              ? Optional.of(Tokenizers.fromGguf(gguf.metadata()))
              : Optional.empty();
      case SafetensorsFile folder ->
          folder
              .sibling("tokenizer.json")
              .map(json -> Tokenizers.fromTokenizerJson(folder.folder()));
    };
  }

  private static ChatTemplates readTemplates(ModelFile file) {
    return switch (file) {
      case GgufFile gguf -> ChatTemplates.fromGguf(gguf.metadata());
      case SafetensorsFile folder -> ChatTemplates.fromFolder(folder.folder());
    };
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof ModelException cause ? cause : e;
    }
  }
}
