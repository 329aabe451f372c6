package io.longhaul.engine.text;

import java.util.ArrayList;
import java.util.List;

/** The splitting of a tokenizer.json in the terms of GGUF: patterns that isolate their matches. */
final class PreTokenizerPatterns {
  private static final String SUPPORTED = "Split, Digits, ByteLevel, Sequence";

  private PreTokenizerPatterns() {}

  /**
   * The patterns of a pre-tokenizer that ends in bytes.
   *
   * @throws io.longhaul.engine.ModelException if it does something else
   */
  static List<String> of(JsonField field) {
    List<String> patterns = new ArrayList<>();
    add(field, patterns);
    return patterns;
  }

  private static void add(JsonField field, List<String> patterns) {
    JsonField type = field.get("type");
    switch (type.string()) {
      case "Sequence" -> field.get("pretokenizers").list().forEach(step -> add(step, patterns));
      case "Split" -> patterns.add(pattern(field));
      case "Digits" -> {
        if (!field.get("individual_digits").bool(false)) {
          throw field.get("individual_digits").expected("true, as GGUF has no other");
        }
        patterns.add("\\p{N}");
      }
      case "ByteLevel" -> {
        if (field.get("add_prefix_space").bool(false)) {
          throw field.get("add_prefix_space").expected("false, as GGUF has no other");
        }
        if (field.get("use_regex").bool(true)) {
          patterns.add(ByteLevel.GPT2_PATTERN);
        }
      }
      default -> throw type.unsupported(SUPPORTED);
    }
  }

  /** A pattern whose matches, or where all is matched whose rest is removed, are the pieces. */
  private static String pattern(JsonField split) {
    boolean invert = split.get("invert").bool(false);
    JsonField behavior = split.get("behavior");
    String wanted = invert ? "Removed" : "Isolated";
    if (!behavior.string().equals(wanted)) {
      throw behavior.expected("'" + wanted + "', as GGUF has no other");
    }
    // Some files escape what needs no escape.
    return split.get("pattern").get("Regex").string().replace("\\\"", "\"");
  }

  /** Whether the text of a SentencePiece vocabulary gets a space in front. */
  static boolean addsSpace(JsonField root) {
    return prepends(root.get("normalizer")) || prepends(root.get("pre_tokenizer"));
  }

  private static boolean prepends(JsonField step) {
    if (step.isNull()) {
      return false;
    }
    return switch (step.get("type").string()) {
      case "Prepend" -> true;
      case "Metaspace" ->
          step.get("prepend_scheme").isNull()
              ? step.get("add_prefix_space").bool(true)
              : !step.get("prepend_scheme").string().equals("never");
      case "Sequence" -> {
        JsonField steps = step.get("normalizers");
        yield (steps.isNull() ? step.get("pretokenizers") : steps)
            .list().stream().anyMatch(PreTokenizerPatterns::prepends);
      }
      default -> false;
    };
  }
}
