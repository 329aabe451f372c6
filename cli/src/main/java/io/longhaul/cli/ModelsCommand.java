package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.cli.store.Catalog;
import io.longhaul.cli.store.Contents;
import io.longhaul.cli.store.InstalledModel;
import io.longhaul.cli.store.Sizes;
import io.longhaul.cli.store.Store;
import java.io.PrintWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul models}: lists the store, and the catalog's models that are not in it. */
@Command(
    name = "models",
    description = "List the models in the store, and those that can be pulled by name.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul models --json"})
public final class ModelsCommand implements Callable<Integer> {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneId.systemDefault());

  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print the list as JSON.")
  private boolean json;

  public ModelsCommand() {
    this(System.getenv());
  }

  ModelsCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    Store store = Store.open(environment);
    Contents contents = store.contents();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (json) {
      out.println(JsonText.of(document(store, contents)));
    } else {
      print(store, contents, out);
    }
    contents.problems().forEach(problem -> err.println("longhaul: " + problem));
    out.flush();
    err.flush();
    return 0;
  }

  private static Map<String, Object> document(Store store, Contents contents) {
    List<Object> models = new ArrayList<>();
    for (InstalledModel model : contents.models()) {
      Map<String, Object> map = new LinkedHashMap<>(model.toMap());
      map.put("folder", model.folder().toString());
      models.add(map);
    }
    List<Object> available = new ArrayList<>();
    for (Catalog.Entry entry : notPulled(store, contents)) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("name", entry.name());
      map.put("title", entry.title());
      map.put("license", entry.license());
      map.put("size", entry.file().size());
      available.add(map);
    }
    List<Object> unfinished = new ArrayList<>();
    for (Contents.Unfinished part : contents.unfinished()) {
      unfinished.add(Map.of("name", part.name(), "bytes", part.bytes()));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("folder", store.folder().toString());
    document.put("models", models);
    document.put("unfinished", unfinished);
    document.put("available", available);
    return document;
  }

  private static void print(Store store, Contents contents, PrintWriter out) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"NAME", "SIZE", "PULLED", "SOURCE"});
    for (InstalledModel model : contents.models()) {
      rows.add(
          new String[] {
            model.name(), Sizes.bytes(model.size()), DAY.format(model.pulled()), model.source()
          });
    }
    for (Contents.Unfinished part : contents.unfinished()) {
      rows.add(
          new String[] {
            part.name(), Sizes.bytes(part.bytes()), "unfinished", "pull it again to go on"
          });
    }
    if (rows.size() == 1) {
      out.println("no models in " + store.folder());
    } else {
      int[] widths = new int[3];
      for (String[] row : rows) {
        for (int i = 0; i < widths.length; i++) {
          widths[i] = Math.max(widths[i], row[i].length());
        }
      }
      for (String[] row : rows) {
        out.println(
            row[0]
                + " ".repeat(widths[0] - row[0].length() + 2)
                + " ".repeat(widths[1] - row[1].length())
                + row[1]
                + "  "
                + row[2]
                + " ".repeat(widths[2] - row[2].length() + 2)
                + row[3]);
      }
    }
    for (Catalog.Entry entry : notPulled(store, contents)) {
      out.printf(
          "can be pulled: %s, %s (%s, %s)%n",
          entry.name(), entry.title(), Sizes.bytes(entry.file().size()), entry.license());
    }
  }

  private static List<Catalog.Entry> notPulled(Store store, Contents contents) {
    return store.catalog().entries().stream()
        .filter(entry -> contents.models().stream().noneMatch(m -> m.name().equals(entry.name())))
        .toList();
  }
}
