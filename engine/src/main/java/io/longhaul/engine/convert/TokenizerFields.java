package io.longhaul.engine.convert;

import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.text.TokenizerExport;
import io.longhaul.engine.text.template.ChatTemplates;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Writes {@code tokenizer.*} from tokenizer.json and the files beside it. */
final class TokenizerFields {
  private static final String TEMPLATE = "tokenizer.chat_template";
  private static final String DEFAULT = "default";

  private TokenizerFields() {}

  static void write(
      SafetensorsFile file, HfConfig config, Family family, List<String> notes, GgufWriter out) {
    if (file.sibling("tokenizer.json").isEmpty()) {
      out.string("tokenizer.ggml.model", "none");
      notes.add("there is no tokenizer.json, so the file computes but knows no text");
      return;
    }
    boolean glm =
        switch (family) {
          case GLM4_MOE, GLM4_MOE_LITE, GLM_MOE_DSA -> true;
          default -> false;
        };
    TokenizerExport.of(file.folder(), config.requireInteger("vocab_size"), glm, notes)
        .forEach((key, value) -> put(key, value, out));
    writeTemplates(ChatTemplates.fromFolder(file.folder()).texts(), out);
  }

  private static void put(String key, Object value, GgufWriter out) {
    switch (value) {
      case String text -> out.string(key, text);
      case Boolean bool -> out.bool(key, bool);
      case Long number -> out.uint32(key, number);
      case String[] texts -> out.array(key, GgufType.STRING, Arrays.asList(texts));
      case long[] numbers ->
          out.array(key, GgufType.INT32, Arrays.stream(numbers).boxed().toList());
      case double[] numbers ->
          out.array(key, GgufType.FLOAT32, Arrays.stream(numbers).boxed().toList());
      default -> throw new IllegalStateException(key + " is a " + value.getClass());
    }
  }

  private static void writeTemplates(Map<String, String> templates, GgufWriter out) {
    Set<String> others = new TreeSet<>(templates.keySet());
    others.remove(DEFAULT);
    if (!others.isEmpty()) {
      out.array("tokenizer.chat_templates", GgufType.STRING, List.copyOf(others));
      others.forEach(name -> out.string(TEMPLATE + "." + name, templates.get(name)));
    }
    if (templates.containsKey(DEFAULT)) {
      out.string(TEMPLATE, templates.get(DEFAULT));
    }
  }
}
