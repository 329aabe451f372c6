package io.longhaul.engine.text.template;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.text.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chat templates that a model comes with, and the texts of its special tokens, which templates
 * know as {@code bos_token} and so on.
 */
public final class ChatTemplates {
  private static final String DEFAULT = "default";
  private static final String TOOL_USE = "tool_use";

  private final Map<String, ChatTemplate> byName;
  private final Map<String, Object> specialTokens;

  private ChatTemplates(Map<String, ChatTemplate> byName, Map<String, Object> specialTokens) {
    this.byName = byName;
    this.specialTokens = specialTokens;
  }

  /**
   * Those of a GGUF file: {@code tokenizer.chat_template} and {@code tokenizer.chat_template.*}.
   */
  public static Optional<ChatTemplates> fromGguf(Metadata metadata) {
    String key = "tokenizer.chat_template";
    Map<String, ChatTemplate> byName = new LinkedHashMap<>();
    for (String name : metadata.values().keySet()) {
      if (name.equals(key) || name.startsWith(key + ".")) {
        String shortName = name.equals(key) ? DEFAULT : name.substring(key.length() + 1);
        byName.put(
            shortName,
            ChatTemplate.compile(metadata.source() + ": " + name, metadata.requireString(name)));
      }
    }
    Map<String, Object> special = new HashMap<>();
    metadata
        .strings("tokenizer.ggml.tokens")
        .ifPresent(
            tokens -> {
              for (String role : List.of("bos", "eos", "unknown", "padding")) {
                metadata
                    .integer("tokenizer.ggml." + role + "_token_id")
                    .filter(id -> id >= 0 && id < tokens.length)
                    .ifPresent(id -> special.put(variable(role), tokens[id]));
              }
            });
    return of(byName, special);
  }

  private static String variable(String role) {
    return switch (role) {
      case "unknown" -> "unk_token";
      case "padding" -> "pad_token";
      default -> role + "_token";
    };
  }

  /**
   * Those of a Hugging Face folder: {@code chat_template.jinja}, else {@code chat_template.json},
   * else the field {@code chat_template} of {@code tokenizer_config.json}.
   */
  public static Optional<ChatTemplates> fromFolder(Path folder) {
    Map<String, ChatTemplate> byName = new LinkedHashMap<>();
    Path config = folder.resolve("tokenizer_config.json");
    Map<String, Object> fields = Files.exists(config) ? readObject(config) : Map.of();
    Path jinja = folder.resolve("chat_template.jinja");
    Path json = folder.resolve("chat_template.json");
    if (Files.exists(jinja)) {
      byName.put(DEFAULT, ChatTemplate.compile(jinja.toString(), read(jinja)));
    } else if (Files.exists(json)) {
      add(byName, json, readObject(json).get("chat_template"));
    } else {
      add(byName, config, fields.get("chat_template"));
    }
    Map<String, Object> special = new HashMap<>();
    fields.forEach(
        (name, value) -> {
          if (name.endsWith("_token")) {
            text(value).ifPresent(text -> special.put(name, text));
          }
        });
    return of(byName, special);
  }

  /** One template, or a list of {@code {"name": …, "template": …}}. */
  private static void add(Map<String, ChatTemplate> byName, Path file, Object value) {
    switch (value) {
      case null -> {}
      case String template -> byName.put(DEFAULT, compile(file, template));
      case List<?> list -> {
        for (Object item : list) {
          Map<String, Object> entry =
              Json.asObject(file.toString(), "an entry of chat_template", item);
          if (entry.get("name") instanceof String name
              && entry.get("template") instanceof String template) {
            byName.put(name, compile(file, template));
          } else {
            throw new ModelException(
                file + ": an entry of chat_template lacks the text name or template");
          }
        }
      }
      default ->
          throw new ModelException(
              file + ": chat_template is " + value + ", expected a text or a list");
    }
  }

  private static ChatTemplate compile(Path file, String template) {
    return ChatTemplate.compile(file + ": chat_template", template);
  }

  /** A special token is written as its text, or as an object that holds it. */
  private static Optional<String> text(Object value) {
    return switch (value) {
      case String text -> Optional.of(text);
      case Map<?, ?> map when map.get("content") instanceof String text -> Optional.of(text);
      case null, default -> Optional.empty();
    };
  }

  private static Optional<ChatTemplates> of(
      Map<String, ChatTemplate> byName, Map<String, Object> specialTokens) {
    return byName.isEmpty()
        ? Optional.empty()
        : Optional.of(new ChatTemplates(byName, Map.copyOf(specialTokens)));
  }

  /**
   * Renders a prompt: with the template for tools where there is one and tools are given, else with
   * the default one.
   *
   * @param variables {@code messages}, {@code tools}, {@code add_generation_prompt} and any other;
   *     one named like a special token takes that one's place
   */
  public Prompt render(Map<String, Object> variables) {
    boolean tools = variables.get("tools") instanceof List<?> list && !list.isEmpty();
    ChatTemplate template =
        tools && byName.containsKey(TOOL_USE)
            ? byName.get(TOOL_USE)
            : byName.getOrDefault(DEFAULT, byName.values().iterator().next());
    Map<String, Object> all = new HashMap<>(specialTokens);
    all.putAll(variables);
    Map<String, Object> own = new HashMap<>(specialTokens);
    own.keySet().removeAll(variables.keySet());
    return template.render(all, own.keySet());
  }

  private static Map<String, Object> readObject(Path file) {
    try {
      return Json.readObject(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ModelException unreadable(Path file, IOException e) {
    return new ModelException(file + ": cannot be read: " + e.getMessage(), e);
  }
}
