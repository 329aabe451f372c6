package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.cli.store.Sizes;
import io.longhaul.engine.convert.Conversion;
import io.longhaul.engine.convert.ConversionOptions;
import io.longhaul.engine.convert.Converter;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longhaul convert}: makes a GGUF file from safetensors. */
@Command(
    name = "convert",
    description = "Convert a folder of safetensors to a GGUF file.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Types: F32, F16, BF16, Q8_0, Q6_K, Q4_K, Q4_0. Norms, biases and routers stay F32. Rows"
          + " that",
      "are not whole blocks get another type, which the output says. The file loads in llama.cpp.",
      "",
      "Example: longhaul convert ./GLM-4.7-Flash --type Q8_0 --output glm-4.7-flash.gguf"
    })
public final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PullOptions pull;

  @Parameters(
      paramLabel = "FOLDER",
      description = "A folder with config.json and safetensors, or a name from the store.")
  private String model;

  @Option(
      names = "--type",
      required = true,
      paramLabel = "TYPE",
      description = "Type of the matrices, such as Q8_0.")
  private String type;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The file to write; default: FOLDER's name and the type, in this folder.")
  private Path output;

  @Option(names = "--force", description = "Replace the file if it is there already.")
  private boolean force;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that encode; default: all processors.")
  private int threads;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    ConversionOptions options = options();
    PrintWriter err = spec.commandLine().getErr();
    Path folder = pull.resolve(model, err);
    Path target = Optional.ofNullable(output).orElseGet(() -> defaultName(folder, options.type()));
    Conversion conversion = convert(folder, target, options, err);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JsonText.compact(toMap(conversion)));
    } else {
      conversion.notes().forEach(note -> err.println("note: " + note));
      err.flush();
      out.printf(
          "%s is ready: %s, %s, %s%n",
          conversion.file(),
          conversion.architecture(),
          Sizes.bytes(conversion.bytes()),
          conversion.tensors().entrySet().stream()
              .map(count -> count.getValue() + " tensors in " + count.getKey())
              .collect(Collectors.joining(", ")));
    }
    out.flush();
    return 0;
  }

  private ConversionOptions options() {
    TensorType chosen =
        ConversionOptions.TYPES.stream()
            .filter(each -> each.name().equals(type.toUpperCase(Locale.ROOT)))
            .findFirst()
            .orElseThrow(
                () ->
                    new UsageException(
                        "--type is "
                            + type
                            + ", but must be one of "
                            + ConversionOptions.TYPES.stream()
                                .map(TensorType::name)
                                .collect(Collectors.joining(", "))));
    ConversionOptions options = ConversionOptions.of(chosen).withReplace(force);
    return threads == 0
        ? options
        : options.withThreads(Limits.between(1, 1024, "--threads", threads));
  }

  private static Path defaultName(Path folder, TensorType type) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return Path.of((name == null ? "model" : name.toString()) + "-" + type + ".gguf");
  }

  private static Conversion convert(
      Path folder, Path target, ConversionOptions options, PrintWriter err) {
    ByteProgress progress = ByteProgress.of(String.valueOf(target.getFileName()), err);
    try {
      return Converter.convert(folder, target, options, progress::on);
    } catch (FileAlreadyExistsException e) {
      throw new CliException(target + " exists; --force replaces it", e);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? e.toString() : e.getReason();
      throw new CliException("cannot write " + target + ": " + reason, e);
    } catch (IOException e) {
      throw new CliException("cannot write " + target + ": " + e.getMessage(), e);
    } finally {
      progress.end();
    }
  }

  private static Map<String, Object> toMap(Conversion conversion) {
    Map<String, Object> tensors = new LinkedHashMap<>();
    conversion.tensors().forEach((each, count) -> tensors.put(each.name(), count));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("file", conversion.file().toString());
    map.put("architecture", conversion.architecture());
    map.put("bytes", conversion.bytes());
    map.put("tensors", tensors);
    map.put("notes", conversion.notes());
    return map;
  }
}
