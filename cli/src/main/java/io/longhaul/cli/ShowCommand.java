package io.longhaul.cli;

import io.longhaul.engine.file.FileListing;
import io.longhaul.engine.file.ModelFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longhaul show}: what a model file holds. */
@Command(
    name = "show",
    description = "List the metadata and tensors of a model.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul show smollm2-135m"})
public final class ShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PullOptions pull;

  @Parameters(
      paramLabel = "FILE",
      description = "A GGUF or safetensors file, a folder, or a name from the store.")
  private String model;

  @Option(names = "--json", description = "Print everything as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (ModelFile file = ModelFile.open(pull.resolve(model, spec.commandLine().getErr()))) {
      FileListing listing = FileListing.of(file);
      if (json) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        listing.writeJson(bytes);
        out.println(bytes.toString(StandardCharsets.UTF_8).strip());
      } else {
        listing.lines().forEach(out::println);
      }
    }
    out.flush();
    return 0;
  }
}
