package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.ModelText;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.text.Tokenizer;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul tokenize}: text to token ids and back. */
@Command(
    name = "tokenize",
    description = "Turn standard input into token ids, or token ids into text.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  echo -n 'Hello' | longhaul tokenize --model smollm2-135m --json",
      "  longhaul tokenize --model smollm2-135m --decode 504,3575"
    })
public final class TokenizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PullOptions pull;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "A GGUF file, a safetensors folder or a name; default: ${DEFAULT-VALUE}.")
  private String model = ModelNames.DEFAULT;

  @Option(names = "--special", description = "Text that spells a special token becomes that token.")
  private boolean special;

  @Option(names = "--json", description = "Print {\"tokens\":[...]}.")
  private boolean json;

  @Option(
      names = "--decode",
      paramLabel = "IDS",
      description = "Print the text of these token ids, separated by commas.")
  private TokenIds decode;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (ModelFile file = ModelFile.open(pull.resolve(model, spec.commandLine().getErr()))) {
      run(ModelText.of(file).tokenizer(), out);
    }
    out.flush();
    return 0;
  }

  private void run(Tokenizer tokenizer, PrintWriter out) {
    if (decode != null) {
      String text = tokenizer.decode(known(decode.ids(), tokenizer));
      if (json) {
        out.println(JsonText.compact(Map.of("text", text)));
      } else {
        out.print(text);
      }
    } else {
      int[] tokens = tokenizer.encode(StandardInput.readText(), special);
      if (json) {
        out.println(JsonText.compact(Map.of("tokens", Arrays.stream(tokens).boxed().toList())));
      } else {
        out.println(
            IntStream.of(tokens).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
      }
    }
  }

  private static int[] known(int[] tokens, Tokenizer tokenizer) {
    int size = tokenizer.vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= size) {
        throw new CliException("token " + token + " is not in the vocabulary of " + size);
      }
    }
    return tokens;
  }
}
