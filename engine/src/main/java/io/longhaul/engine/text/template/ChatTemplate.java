package io.longhaul.engine.text.template;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.text.Prompt;
import java.time.Clock;
import java.util.Map;
import java.util.Set;

/**
 * A chat template: a program in the language Jinja that turns a conversation into a prompt.
 *
 * <p>The language is Jinja2 3.1 as Hugging Face's transformers set it up (immutable sandbox, {@code
 * trim_blocks}, {@code lstrip_blocks}, {@code break} and {@code continue}, the {@code generation}
 * tag, {@code tojson} without HTML escapes, {@code raise_exception}, {@code strftime_now}), and the
 * result is the same to the byte. A template stands alone: {@code include}, {@code import}, {@code
 * extends} and {@code block} are errors.
 *
 * <p>Templates and conversations need not be trusted. A template reaches nothing but its variables,
 * and steps, memory and nesting are bounded. Immutable and safe for use by several threads.
 */
public final class ChatTemplate {
  private static final int MAX_SOURCE = 1 << 20;

  private final String source;
  private final Statement[] body;
  private final Binder.Root root;
  private final Limits limits;

  /** Null for the system's, which is made when asked for: loading time zones takes long. */
  private final Clock clock;

  private ChatTemplate(
      String source, Statement[] body, Binder.Root root, Limits limits, Clock clock) {
    this.source = source;
    this.body = body;
    this.root = root;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Compiles a template.
   *
   * @param sourceName what error messages name: the file, or the field of a file
   * @throws ModelException if the template is not valid, naming the line
   */
  public static ChatTemplate compile(String sourceName, String template) {
    if (template.length() > MAX_SOURCE) {
      throw new ModelException(
          sourceName + ": a chat template of " + template.length() + " characters is too long");
    }
    try {
      Statement[] body = StatementParser.parse(template);
      Binder.Root root = Binder.bindTemplate(body);
      return new ChatTemplate(sourceName, body, root, Limits.standard(), null);
    } catch (TemplateError e) {
      throw failure(sourceName, e);
    }
  }

  /** The same template with another clock for {@code strftime_now}. */
  public ChatTemplate withClock(Clock other) {
    return new ChatTemplate(source, body, root, limits, other);
  }

  ChatTemplate withLimits(Limits other) {
    return new ChatTemplate(source, body, root, other, clock);
  }

  /** Where the template comes from, for messages. */
  public String source() {
    return source;
  }

  /** Renders a prompt from variables that all count as from outside. */
  public Prompt render(Map<String, Object> variables) {
    return render(variables, Set.of());
  }

  /**
   * Renders a prompt.
   *
   * <p>The prompt's parts tell the template's own text from text that came from outside. Text keeps
   * its origin through concatenation, slices, {@code strip}, {@code split}, {@code join}, {@code
   * replace}, case, formatting and the filters that do the same; where the origin is not clear
   * ({@code tojson}, printed numbers and lists), it counts as from outside.
   *
   * @param variables Java values as {@link io.longhaul.engine.json.Json} gives them: {@code Map},
   *     {@code List}, {@code String}, {@code Long} (and smaller), {@code BigInteger}, {@code
   *     Double}, {@code Boolean}, {@code null}
   * @param trusted paths of strings that count as the template's own: the name of a variable such
   *     as {@code bos_token}, or of a key in it such as {@code messages.role}, lists in between
   *     being skipped
   * @throws ModelException if the template fails, raises an exception or exceeds its limits, naming
   *     the line
   */
  public Prompt render(Map<String, Object> variables, Set<String> trusted) {
    try {
      Map<String, Object> values = Conversion.variables(variables, trusted);
      Rendering run = new Rendering(values, limits, clock);
      Activation frame = new Activation(root.function(), null);
      root.scope().enter(run, frame);
      Statement.run(body, run, frame);
      return run.out().toPrompt();
    } catch (TemplateError e) {
      throw failure(source, e);
    }
  }

  private static ModelException failure(String source, TemplateError e) {
    String place = e.line() == 0 ? source : source + ": line " + e.line();
    return new ModelException(place + ": " + e.getMessage(), e);
  }
}
