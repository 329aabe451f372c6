package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.text.PreTokenizer.Behavior;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/** Reads the normalizers and pre-tokenizers of tokenizer.json. */
final class HuggingFaceSteps {
  private static final String NORMALIZERS =
      "NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace, Sequence";
  private static final String PRE_TOKENIZERS =
      "ByteLevel, Split, Digits, Metaspace, Whitespace, WhitespaceSplit, Punctuation, Sequence";
  private static final String BEHAVIORS =
      "Isolated, Removed, Contiguous, MergedWithPrevious, MergedWithNext";

  /** Rust's is_numeric: the category N of Unicode 17, of which the JDK lacks these two ranges. */
  private static final String DIGIT = "[\\p{N}\uD807\uDDE0-\uD807\uDDE9\uD81B\uDFF4-\uD81B\uDFF6]";

  /** Punctuation that the library does not know as such: its list is that of Unicode 8. */
  private static final String NEWER_PUNCTUATION =
      "\u061D\u09FD\u0A76\u0C77\u0C84\u1B4E-\u1B4F\u1B7D-\u1B7F\u2E43-\u2E4F"
          + "\u2E52-\u2E5D\uD803\uDD6E\uD803\uDEAD\uD803\uDF55-\uD803\uDF59"
          + "\uD803\uDF86-\uD803\uDF89\uD804\uDFD4-\uD804\uDFD5\uD804\uDFD7-\uD804\uDFD8"
          + "\uD805\uDC4B-\uD805\uDC4F\uD805\uDC5A-\uD805\uDC5B\uD805\uDC5D"
          + "\uD805\uDE60-\uD805\uDE6C\uD805\uDEB9\uD806\uDC3B\uD806\uDD44-\uD806\uDD46"
          + "\uD806\uDDE2\uD806\uDE3F-\uD806\uDE46\uD806\uDE9A-\uD806\uDE9C"
          + "\uD806\uDE9E-\uD806\uDEA2\uD806\uDF00-\uD806\uDF09\uD806\uDFE1"
          + "\uD807\uDC41-\uD807\uDC45\uD807\uDC70-\uD807\uDC71\uD807\uDEF7-\uD807\uDEF8"
          + "\uD807\uDF43-\uD807\uDF4F\uD807\uDFFF\uD80B\uDFF1-\uD80B\uDFF2"
          + "\uD81B\uDD6D-\uD81B\uDD6F\uD81B\uDE97-\uD81B\uDE9A\uD81B\uDFE2\uD839\uDDFF"
          + "\uD83A\uDD5E-\uD83A\uDD5F";

  /**
   * ASCII's punctuation and the category P as of Unicode 8, where two characters still were in it.
   */
  private static final String PUNCTUATION =
      "(?![" + NEWER_PUNCTUATION + "])[\\p{P}!-/:-@\\[-`{-~]|[\\u166D\uD804\uDDC9]";

  private HuggingFaceSteps() {}

  static TextNormalizer normalizer(JsonField field) {
    if (field.isNull()) {
      return TextNormalizer.Sequence.IDENTITY;
    }
    JsonField type = field.get("type");
    return switch (type.string()) {
      case "NFC" -> new TextNormalizer.Form(Normalizer.Form.NFC);
      case "NFD" -> new TextNormalizer.Form(Normalizer.Form.NFD);
      case "NFKC" -> new TextNormalizer.Form(Normalizer.Form.NFKC);
      case "NFKD" -> new TextNormalizer.Form(Normalizer.Form.NFKD);
      case "Lowercase" -> new TextNormalizer.Lowercase();
      case "Prepend" -> new TextNormalizer.Prepend(field.get("prepend").string());
      case "Replace" -> replace(field);
      case "Sequence" ->
          new TextNormalizer.Sequence(
              field.get("normalizers").list().stream().map(HuggingFaceSteps::normalizer).toList());
      default -> throw type.unsupported(NORMALIZERS);
    };
  }

  /** The normalizer Replace, which the decoder Replace equals. */
  static TextNormalizer replace(JsonField field) {
    String content = field.get("content").string();
    JsonField pattern = field.get("pattern");
    JsonField text = pattern.get("String");
    if (text.isNull()) {
      return new TextNormalizer.ReplaceMatches(regex(pattern.get("Regex")), content);
    }
    if (text.string().isEmpty()) {
      throw text.expected("a text that is not empty");
    }
    return new TextNormalizer.ReplaceText(text.string(), content);
  }

  private static Splitter regex(JsonField pattern) {
    return Splitter.regex(pattern.source(), pattern.path(), pattern.string());
  }

  /** The steps of a pre-tokenizer, sequences dissolved. */
  static List<PreTokenizer> preTokenizers(JsonField field) {
    List<PreTokenizer> steps = new ArrayList<>();
    if (!field.isNull()) {
      addPreTokenizer(field, steps);
    }
    return steps;
  }

  private static void addPreTokenizer(JsonField field, List<PreTokenizer> steps) {
    JsonField type = field.get("type");
    switch (type.string()) {
      case "Sequence" ->
          field.get("pretokenizers").list().forEach(step -> addPreTokenizer(step, steps));
      case "ByteLevel" -> {
        if (field.get("add_prefix_space").bool(true)) {
          steps.add(new PreTokenizer.Prefix(' ', false));
        }
        if (field.get("use_regex").bool(true)) {
          steps.add(isolated(ByteLevel.GPT2_PATTERN, Behavior.ISOLATED));
        }
        steps.add(new PreTokenizer.BytesToChars());
      }
      case "Split" -> steps.add(split(field));
      case "Digits" ->
          steps.add(
              isolated(
                  DIGIT,
                  field.get("individual_digits").bool(false)
                      ? Behavior.ISOLATED
                      : Behavior.CONTIGUOUS));
      case "Punctuation" -> {
        JsonField behavior = field.get("behavior");
        steps.add(
            isolated(PUNCTUATION, behavior.isNull() ? Behavior.ISOLATED : behavior(behavior)));
      }
      case "Whitespace" ->
          steps.add(new PreTokenizer.Split(flat("\\w+|[^\\w\\s]+"), Behavior.REMOVED, true));
      case "WhitespaceSplit" -> steps.add(isolated("\\s", Behavior.REMOVED));
      case "Metaspace" -> addMetaspace(field, steps);
      default -> throw type.unsupported(PRE_TOKENIZERS);
    }
  }

  private static Splitter flat(String pattern) {
    return Splitter.regex("tokenizer.json", "pre_tokenizer", pattern);
  }

  private static PreTokenizer isolated(String pattern, Behavior behavior) {
    return new PreTokenizer.Split(flat(pattern), behavior, false);
  }

  private static PreTokenizer split(JsonField field) {
    JsonField pattern = field.get("pattern");
    JsonField text = pattern.get("String");
    Splitter splitter;
    if (text.isNull()) {
      splitter = regex(pattern.get("Regex"));
    } else if (text.string().isEmpty()) {
      throw text.expected("a text that is not empty");
    } else {
      splitter = FlatRegexParser.literal(text.string());
    }
    return new PreTokenizer.Split(
        splitter, behavior(field.get("behavior")), field.get("invert").bool(false));
  }

  private static Behavior behavior(JsonField field) {
    return switch (field.string()) {
      case "Isolated" -> Behavior.ISOLATED;
      case "Removed" -> Behavior.REMOVED;
      case "Contiguous" -> Behavior.CONTIGUOUS;
      case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
      default -> throw field.unsupported(BEHAVIORS);
    };
  }

  /** How Metaspace treats the start of a text. */
  enum PrependScheme {
    ALWAYS,
    FIRST,
    NEVER
  }

  static PrependScheme prependScheme(JsonField metaspace) {
    JsonField scheme = metaspace.get("prepend_scheme");
    PrependScheme declared =
        switch (scheme.isNull() ? "always" : scheme.string()) {
          case "always" -> PrependScheme.ALWAYS;
          case "first" -> PrependScheme.FIRST;
          case "never" -> PrependScheme.NEVER;
          default -> throw scheme.unsupported("always, first, never");
        };
    boolean prefix = metaspace.get("add_prefix_space").bool(true);
    if (!prefix && !scheme.isNull() && declared != PrependScheme.NEVER) {
      throw new ModelException(
          "%s: %s is %s, but add_prefix_space beside it is false"
              .formatted(scheme.source(), scheme.path(), scheme.value()));
    }
    return prefix ? declared : PrependScheme.NEVER;
  }

  private static void addMetaspace(JsonField field, List<PreTokenizer> steps) {
    char replacement = field.get("replacement").character();
    PrependScheme scheme = prependScheme(field);
    steps.add(new PreTokenizer.ReplaceSpace(replacement));
    if (scheme != PrependScheme.NEVER) {
      steps.add(new PreTokenizer.Prefix(replacement, scheme == PrependScheme.FIRST));
    }
    if (field.get("split").bool(true)) {
      Splitter splitter = FlatRegexParser.literal(String.valueOf(replacement));
      steps.add(new PreTokenizer.Split(splitter, Behavior.MERGED_WITH_NEXT, false));
    }
  }
}
