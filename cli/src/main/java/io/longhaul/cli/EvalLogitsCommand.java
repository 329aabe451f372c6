package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul eval logits}: the logits after some of a text's tokens. */
@Command(
    name = "logits",
    description = "Print the logits after some positions of a text.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul eval logits --tokens 5,6,7 --positions 0,2 --json"})
public final class EvalLogitsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private EvalOptions options;

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "IDS",
      description = "The text, as token ids separated by commas.")
  private TokenIds tokens;

  @Option(
      names = "--positions",
      paramLabel = "N,N",
      description = "Which positions, counted from 0; default: all.")
  private TokenIds positions;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    int[] text = tokens.ids();
    int[] wanted = positions == null ? IntStream.range(0, text.length).toArray() : positions.ids();
    for (int position : wanted) {
      if (position < 0 || position >= text.length) {
        throw new CliException(
            "--positions names "
                + position
                + ", but the text has positions 0 to "
                + (text.length - 1));
      }
    }
    BitSet listed = new BitSet(text.length);
    IntStream.of(wanted).forEach(listed::set);
    Map<Integer, float[]> logits = new HashMap<>();
    SessionOptions context = options.session();
    try (Model model = options.load(spec.commandLine().getErr());
        Session session = model.newSession(context)) {
      session.logits(
          text, listed::get, (position, values) -> logits.put(position, finite(position, values)));
    }
    if (options.json()) {
      List<Object> rows = new ArrayList<>();
      for (int position : wanted) {
        rows.add(floats(logits.get(position)));
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("tokens", text.length);
      result.put("positions", Arrays.stream(wanted).boxed().toList());
      result.put("logits", rows);
      out.println(JsonText.compact(result));
    } else {
      for (int position : wanted) {
        out.println(position + ": " + Arrays.toString(logits.get(position)));
      }
    }
    out.flush();
    return 0;
  }

  /** A copy; JSON has no NaN and no infinity, and neither has a sound model. */
  private static float[] finite(int position, float[] logits) {
    for (int token = 0; token < logits.length; token++) {
      if (!Float.isFinite(logits[token])) {
        throw new CliException(
            "the logits at position %d are not finite: that of token %d is %s"
                .formatted(position, token, logits[token]));
      }
    }
    return logits.clone();
  }

  private static List<Float> floats(float[] values) {
    List<Float> list = new ArrayList<>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return list;
  }
}
