package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.text.BytePairModel.WholePiece;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The values of {@code tokenizer.ggml.pre}: how the text is split before merging, and what else the
 * name implies.
 *
 * <p>Names and groups are llama.cpp's. The patterns are those of the tokenizer.json files that the
 * models were published with; llama.cpp writes some of them in the poorer syntax of its engine.
 */
final class GgufPreTokenizers {
  /**
   * @param patterns applied one after the other, each isolating its matches
   * @param bytes whether the vocabulary is written in bytes; if not, it has U+2581 for spaces
   */
  record PreTokenizerSpec(
      List<String> patterns, WholePiece wholePiece, boolean addBos, boolean bytes) {
    private PreTokenizerSpec whole() {
      return new PreTokenizerSpec(patterns, WholePiece.ALWAYS, addBos, bytes);
    }

    private PreTokenizerSpec bos() {
      return new PreTokenizerSpec(patterns, wholePiece, true, bytes);
    }

    /** The steps that the name stands for. */
    List<PreTokenizer> steps() {
      List<PreTokenizer> steps = new ArrayList<>();
      for (String pattern : patterns) {
        steps.add(
            PreTokenizer.Split.isolated(Splitter.regex("GGUF", "tokenizer.ggml.pre", pattern)));
      }
      return steps;
    }
  }

  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";

  /** Llama 3, GLM 4: numbers in groups of three digits. */
  private static final String LLAMA3 =
      CONTRACTIONS + "|" + WORD + "|\\p{N}{1,3}" + SYMBOLS + SPACES;

  /** Qwen 2: each digit alone. */
  private static final String QWEN2 = CONTRACTIONS + "|" + WORD + "|\\p{N}" + SYMBOLS + SPACES;

  private static final String QWEN35 =
      CONTRACTIONS
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
          + SPACES;

  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

  /** The words of GPT-4o: a change from lower to upper case begins a new one. */
  private static String casedWords(String contractions) {
    return "[^\\r\\n\\p{L}\\p{N}]?%s*%s+%s|[^\\r\\n\\p{L}\\p{N}]?%s+%s*%s"
        .formatted(UPPER, LOWER, contractions, UPPER, LOWER, contractions);
  }

  private static final String SYMBOLS_SLASH = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
  private static final String GPT4O =
      casedWords(CONTRACTIONS + "?") + "|\\p{N}{1,3}" + SYMBOLS_SLASH + SPACES;
  private static final String TEKKEN = casedWords("") + "|\\p{N}" + SYMBOLS_SLASH + SPACES;
  private static final String YOUTU =
      casedWords(CONTRACTIONS + "?") + "|\\p{N}" + SYMBOLS_SLASH + SPACES;

  private static final String DEEPSEEK_HAN = "[一-龥\u0800-一가-\uD7FF]+";

  /**
   * Some characters are escaped, since canonical equivalents of them are easily put in their place.
   */
  private static final String DEEPSEEK_LETTERS =
      "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅ"
          + "Ὀ-Ὅὐ-ὗὙὛὝὟ-\u1f7dᾀ-ᾴᾶ-ᾼ\u1fbeῂ-ῄῆ-ῌῐ-\u1fd3ῖ-\u1fdbῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212a-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳ"
          + "Ꙁ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";

  private static final String DEEPSEEK_V3_WORDS =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+";
  private static final String DEEPSEEK_V3_KANA = "[一-龥\u3040-ゟ゠-ヿ]+";

  private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";
  private static final String LINES = "[^\\n]+|[\\n]+";

  private static final Map<String, PreTokenizerSpec> BY_NAME = new HashMap<>();

  private static PreTokenizerSpec spec(String... patterns) {
    return new PreTokenizerSpec(List.of(patterns), WholePiece.NEVER, false, true);
  }

  private static void name(PreTokenizerSpec spec, String... names) {
    for (String name : names) {
      BY_NAME.put(name, spec);
    }
  }

  static {
    PreTokenizerSpec llama3 = spec(LLAMA3);
    PreTokenizerSpec qwen2 = spec(QWEN2);
    PreTokenizerSpec gpt2 = spec(ByteLevel.GPT2_PATTERN);
    PreTokenizerSpec digits = spec("\\p{N}", ByteLevel.GPT2_PATTERN);
    PreTokenizerSpec gpt4o = spec(GPT4O);
    PreTokenizerSpec deepseekV3 =
        spec(
            "\\p{N}{1,3}",
            DEEPSEEK_V3_KANA,
            DEEPSEEK_V3_WORDS + "| ?[\\p{P}\\p{S}]+[\\r\\n]*" + SPACES);
    name(
        spec("[\\p{P}\\$\\+<=>\\^~\\|]+", ByteLevel.GPT2_PATTERN, "\\p{N}+", "[0-9][0-9][0-9]"),
        "default");
    name(
        llama3.whole().bos(),
        "llama3",
        "llama-v3",
        "llama-bpe",
        "falcon3",
        "falcon-h1",
        "pixtral",
        "midm-2.0",
        "lfm2",
        "jina-v5-nano");
    name(llama3, "dbrx", "smaug-bpe", "chatglm-bpe");
    name(llama3.whole(), "glm4", "glm5");
    name(
        qwen2,
        "qwen2",
        "deepseek-r1-qwen",
        "kormo",
        "f2llmv2",
        "megrez",
        "stablelm2",
        "hunyuan",
        "solar-open",
        "grok-2");
    name(spec(QWEN35), "qwen35");
    name(spec(WORD + "|\\p{N}" + SYMBOLS + SPACES), "ufakzeka");
    name(spec(LINES, QWEN2), "laguna");
    name(
        spec("\\p{N}{1,3}", CONTRACTIONS + "|" + WORD + "|\\p{N}+" + SYMBOLS + SPACES).whole(),
        "minicpm5");
    name(
        spec(CONTRACTIONS + "|" + WORD + "|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + SPACES),
        "seed-coder");
    name(
        spec(
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}"
                + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
        "bailingmoe",
        "bailingmoe2",
        "llada-moe");
    name(
        gpt2,
        "gpt-2",
        "phi-2",
        "jina-es",
        "jina-de",
        "gigachat",
        "jina-v2-es",
        "jina-v2-de",
        "a.x-4.0",
        "mellum",
        "modern-bert",
        "mpt",
        "olmo",
        "jais",
        "trillion",
        "granite-docling",
        "exaone4");
    name(
        digits,
        "smollm",
        "starcoder",
        "refact",
        "command-r",
        "codeshell",
        "exaone",
        "minerva-7b",
        "mellum2");
    name(gpt4o, "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2");
    name(gpt4o.whole(), "granite-embed-multi-97m");
    name(spec(TEKKEN).whole().bos(), "tekken");
    name(spec("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\u3040-ゟ゠-ヿ]+", YOUTU).whole(), "youtu");
    name(
        spec(
            "[\\r\\n]",
            DEEPSEEK_LETTERS,
            "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
            "\\s+$",
            DEEPSEEK_HAN,
            "\\p{N}+"),
        "deepseek-llm");
    name(spec("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", DEEPSEEK_HAN, "\\p{N}"), "deepseek-coder");
    name(deepseekV3, "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4");
    name(
        spec(
            "\\p{N}{1,3}",
            DEEPSEEK_V3_KANA,
            DEEPSEEK_V3_WORDS + "| ?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+",
            "\\p{N}"),
        "spark2_5");
    name(spec("[\\p{P}\\$\\+<=>\\^~\\|`]+", ByteLevel.GPT2_PATTERN, "[0-9][0-9][0-9]"), "falcon");
    name(spec(BLOOM), "bloom", "gpt3-finnish", "poro-chat");
    name(spec(BLOOM, "\\p{N}"), "viking");
    name(
        new PreTokenizerSpec(List.of(LINES), WholePiece.LINE_FEEDS, true, false),
        "gemma4",
        "granite-embed-multi-311m");
    name(new PreTokenizerSpec(List.of(LINES), WholePiece.NEVER, false, false), "sarvam-moe");
  }

  /** Of several names for the same splitting, the one that converters write. */
  private static final List<String> PREFERRED =
      List.of("llama-bpe", "qwen2", "smollm", "deepseek-v3", "gpt-4o", "gpt-2", "tekken");

  private GgufPreTokenizers() {}

  /**
   * The name of a way to split a text, in bytes.
   *
   * @param wholePiece whether a piece that is a token is not merged; the splitting decides if no
   *     name has both
   * @param first the name to take if it fits
   */
  static Optional<String> nameOf(List<String> patterns, boolean wholePiece, String first) {
    List<String> order = new ArrayList<>(List.of(first));
    order.addAll(PREFERRED);
    order.addAll(new TreeSet<>(BY_NAME.keySet()));
    Predicate<String> fits =
        name -> {
          PreTokenizerSpec spec = BY_NAME.get(name);
          return spec != null && spec.bytes && spec.patterns.equals(patterns);
        };
    WholePiece wanted = wholePiece ? WholePiece.ALWAYS : WholePiece.NEVER;
    return order.stream()
        .filter(fits.and(name -> BY_NAME.get(name).wholePiece == wanted))
        .findFirst()
        .or(() -> order.stream().filter(fits).findFirst());
  }

  /**
   * What a name stands for.
   *
   * @param source what error messages name: the file
   * @throws ModelException if the name is not known
   */
  static PreTokenizerSpec find(String source, String name) {
    PreTokenizerSpec spec = BY_NAME.get(name);
    if (spec == null) {
      throw new ModelException(
          "%s: metadata field tokenizer.ggml.pre is %s, expected one of %s"
              .formatted(
                  source, Texts.quote(name), String.join(", ", new TreeSet<>(BY_NAME.keySet()))));
    }
    return spec;
  }
}
