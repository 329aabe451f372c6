package io.longhaul.cli;

import io.longhaul.engine.ModelText;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.text.Prompt;
import io.longhaul.engine.text.template.ChatTemplate;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul template}: what a chat template renders. */
@Command(
    name = "template",
    description = "Render a chat template for a JSON object of messages and other variables.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  echo '{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}' >chat.json",
      "  longhaul template --model smollm2-135m --input chat.json"
    })
public final class TemplateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PullOptions pull;

  @ArgGroup(multiplicity = "1")
  private Origin origin;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE.json",
      description = "Variables: messages, tools, add_generation_prompt and any other.")
  private Path input;

  /** Where the template comes from. */
  private static final class Origin {
    @Option(
        names = {"-m", "--model"},
        paramLabel = "PATH",
        description = "A model with a chat template.")
    private String model;

    @Option(names = "--file", paramLabel = "TEMPLATE.jinja", description = "A template file.")
    private Path file;
  }

  @Override
  public Integer call() {
    Map<String, Object> variables = Json.readObject(input.toString(), InputFiles.readBytes(input));
    Prompt prompt = render(variables);
    PrintWriter out = spec.commandLine().getOut();
    out.print(prompt.text());
    out.flush();
    return 0;
  }

  private Prompt render(Map<String, Object> variables) {
    if (origin.file != null) {
      String template = InputFiles.readText(origin.file);
      return ChatTemplate.compile(origin.file.toString(), template).render(variables);
    }
    Path path = pull.resolve(origin.model, spec.commandLine().getErr());
    try (ModelFile file = ModelFile.open(path)) {
      return ModelText.of(file).templates().render(variables);
    }
  }
}
