package io.longhaul.engine.text.template;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.text.Prompt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The chat templates of a model, and the special tokens that they name.
 *
 * <p>Most models have one template, {@code default}. Some have others by name, such as {@code
 * tool_use} for conversations with tools. A template is compiled when it is asked for.
 */
public final class ChatTemplates {
  private static final String DEFAULT = "default";
  private static final String TOOL_USE = "tool_use";

  /** How files say that there is none: -1, or this, which is -1 in 32 bits without a sign. */
  private static final long NO_TOKEN = 0xFFFF_FFFFL;

  private static final String GGUF_TEMPLATE = "tokenizer.chat_template";

  /**
   * What counts as the template's own text beside the special tokens: the roles of messages, from
   * which some templates build tokens ({@code '<|' + message.role + '|>'}). A caller that lets
   * users choose roles freely must not pass it to {@link ChatTemplate#render}.
   */
  public static final String ROLES = "messages.role";

  private final String source;
  private final Map<String, String> templates;
  private final Map<String, String> specialTokens;

  private ChatTemplates(
      String source, Map<String, String> templates, Map<String, String> specialTokens) {
    this.source = source;
    this.templates = templates;
    this.specialTokens = Collections.unmodifiableMap(specialTokens);
  }

  /**
   * Those of a GGUF file: {@code tokenizer.chat_template}, and {@code tokenizer.chat_template.NAME}
   * for the others. The special tokens are {@code bos_token} and the like, from the token ids that
   * the file names.
   */
  public static ChatTemplates fromGguf(Metadata metadata) {
    Map<String, String> templates = new LinkedHashMap<>();
    metadata.string(GGUF_TEMPLATE).ifPresent(text -> templates.put(DEFAULT, text));
    for (String key : metadata.values().keySet()) {
      if (key.startsWith(GGUF_TEMPLATE + ".")) {
        metadata
            .string(key)
            .ifPresent(text -> templates.put(key.substring(GGUF_TEMPLATE.length() + 1), text));
      }
    }
    Map<String, String> tokens = new LinkedHashMap<>();
    addToken(tokens, metadata, "bos_token", "tokenizer.ggml.bos_token_id");
    addToken(tokens, metadata, "eos_token", "tokenizer.ggml.eos_token_id");
    addToken(tokens, metadata, "unk_token", "tokenizer.ggml.unknown_token_id");
    addToken(tokens, metadata, "sep_token", "tokenizer.ggml.seperator_token_id");
    addToken(tokens, metadata, "pad_token", "tokenizer.ggml.padding_token_id");
    return new ChatTemplates(metadata.source(), templates, tokens);
  }

  private static void addToken(
      Map<String, String> tokens, Metadata metadata, String name, String key) {
    Optional<Double> id = metadata.number(key);
    Optional<String[]> vocabulary = metadata.strings("tokenizer.ggml.tokens");
    if (id.isEmpty() || vocabulary.isEmpty()) {
      return;
    }
    long index = id.get().longValue();
    if (index >= 0 && index < vocabulary.get().length) {
      tokens.put(name, vocabulary.get()[(int) index]);
    } else if (index >= 0 && index != NO_TOKEN) {
      throw new ModelException(
          metadata.source()
              + ": metadata field "
              + key
              + " is "
              + index
              + ", but there are "
              + vocabulary.get().length
              + " tokens");
    }
  }

  /**
   * Those of a folder as Hugging Face lays it out. The first that exists counts: {@code
   * chat_template.jinja} (with {@code additional_chat_templates/NAME.jinja} beside it), {@code
   * chat_template.json}, {@code chat_template} in {@code tokenizer_config.json}. The special tokens
   * are those of {@code tokenizer_config.json} whose names end in {@code _token}.
   */
  public static ChatTemplates fromFolder(Path folder) {
    Path configFile = folder.resolve("tokenizer_config.json");
    Map<String, Object> config =
        Files.exists(configFile)
            ? Json.readObject(configFile.toString(), bytes(configFile))
            : Map.of();
    Map<String, String> tokens = new LinkedHashMap<>();
    config.forEach(
        (name, value) -> {
          if (name.endsWith("_token") && tokenText(value) instanceof String text) {
            tokens.put(name, text);
          }
        });
    Map<String, String> templates = new LinkedHashMap<>();
    Path jinja = folder.resolve("chat_template.jinja");
    Path json = folder.resolve("chat_template.json");
    if (Files.exists(jinja)) {
      templates.put(DEFAULT, text(jinja));
      addFolder(templates, folder.resolve("additional_chat_templates"));
      return new ChatTemplates(jinja.toString(), templates, tokens);
    }
    boolean own = Files.exists(json);
    String source = (own ? json : configFile).toString();
    Map<String, Object> holder = own ? Json.readObject(source, bytes(json)) : config;
    addAll(templates, source, holder.get("chat_template"));
    return new ChatTemplates(source, templates, tokens);
  }

  /** A special token is a string, or an object whose {@code content} is the string. */
  private static Object tokenText(Object value) {
    return value instanceof Map<?, ?> map ? map.get("content") : value;
  }

  private static void addFolder(Map<String, String> templates, Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".jinja")) {
          templates.put(name.substring(0, name.length() - ".jinja".length()), text(file));
        }
      }
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** Adds a template, or a list of objects with a name and a template. */
  private static void addAll(Map<String, String> templates, String source, Object value) {
    if (value instanceof String text) {
      templates.put(DEFAULT, text);
    } else if (value instanceof List<?> list) {
      for (Object item : list) {
        Map<String, Object> each = Json.asObject(source, "an item of chat_template", item);
        if (!(each.get("name") instanceof String name)
            || !(each.get("template") instanceof String text)) {
          throw new ModelException(
              source + ": an item of chat_template lacks the strings name and template");
        }
        templates.put(name, text);
      }
    } else if (value != null) {
      throw new ModelException(source + ": chat_template is neither a string nor a list");
    }
  }

  private static String text(Path file) {
    return new String(bytes(file), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ModelException unreadable(Path path, IOException e) {
    return new ModelException(path + ": cannot be read: " + e, e);
  }

  /** The names of the templates. */
  public Set<String> names() {
    return Collections.unmodifiableSet(templates.keySet());
  }

  /** The templates as they stand in the files, by name. */
  public Map<String, String> texts() {
    return Collections.unmodifiableMap(templates);
  }

  /** The texts of the special tokens by the names that templates use: {@code bos_token}, … */
  public Map<String, String> specialTokens() {
    return specialTokens;
  }

  /**
   * The template for a conversation.
   *
   * @param tools whether tools are given; then {@code tool_use} is taken where there is one
   * @return empty if the model has no template
   * @throws ModelException if the template is not valid
   */
  public Optional<ChatTemplate> select(boolean tools) {
    return named(tools && templates.containsKey(TOOL_USE) ? TOOL_USE : DEFAULT);
  }

  /** The template of a name. */
  public Optional<ChatTemplate> named(String name) {
    return Optional.ofNullable(templates.get(name))
        .map(
            text ->
                ChatTemplate.compile(
                    source + ": chat_template" + (name.equals(DEFAULT) ? "" : " " + name), text));
  }

  /** Whether there is any template. */
  public boolean isEmpty() {
    return templates.isEmpty();
  }

  /**
   * Renders a conversation with the template that suits it.
   *
   * @param variables {@code messages}, {@code tools}, {@code add_generation_prompt} and any other;
   *     one named like a special token takes that one's place, and no longer counts as the
   *     template's own
   * @throws ModelException if there is no template, or it fails
   */
  public Prompt render(Map<String, Object> variables) {
    boolean tools = variables.get("tools") instanceof List<?> list && !list.isEmpty();
    ChatTemplate template =
        select(tools).orElseThrow(() -> new ModelException(source + ": there is no chat template"));
    Map<String, Object> all = new LinkedHashMap<>(specialTokens);
    all.putAll(variables);
    Set<String> trusted = new HashSet<>(specialTokens.keySet());
    trusted.removeAll(variables.keySet());
    if (KnownRoles.inAll(variables.get("messages"))) {
      trusted.add(ROLES);
    }
    return template.render(all, trusted);
  }
}
