package io.longhaul.cli.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models that can be pulled by name alone, each pinned to one SHA-256. */
public final class Catalog {
  private static final String RESOURCE = "catalog.json";

  private final Map<String, Entry> entries;
  private final String defaultName;

  /**
   * A model of the catalog.
   *
   * @param title what it is, in words
   * @param file its file, with size and pinned hash
   * @param sources tried in this order
   */
  public record Entry(
      String name, String title, String license, ModelFile file, List<PinnedSource> sources) {
    public Entry {
      sources = List.copyOf(sources);
    }
  }

  /**
   * One place that has the model.
   *
   * @param download bytes that come over the network, packed as they are there
   */
  public record PinnedSource(Source source, long download) {}

  private Catalog(Map<String, Entry> entries, String defaultName) {
    this.entries = entries;
    this.defaultName = defaultName;
  }

  /** The catalog that this build carries; read when it is first asked for. */
  public static Catalog ofThisBuild() {
    return ThisBuild.CATALOG;
  }

  private static final class ThisBuild {
    static final Catalog CATALOG = load();
  }

  private static Catalog load() {
    try (InputStream in = Catalog.class.getResourceAsStream(RESOURCE)) {
      return parse(RESOURCE, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Catalog parse(String origin, byte[] json) {
    Fields root = Fields.parse(origin, json);
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Fields model : root.objects("models")) {
      Entry entry = entry(model);
      entries.put(entry.name(), entry);
    }
    String defaultName = root.text("default");
    if (!entries.containsKey(defaultName)) {
      throw new StoreException(origin + ": the default " + defaultName + " is not in the catalog");
    }
    return new Catalog(entries, defaultName);
  }

  private static Entry entry(Fields model) {
    List<PinnedSource> sources = new ArrayList<>();
    for (Fields source : model.objects("sources")) {
      sources.add(new PinnedSource(Source.parse(source.text("source")), source.number("download")));
    }
    return new Entry(
        Names.check(model.text("name")),
        model.text("title"),
        model.text("license"),
        new ModelFile(model.text("file"), model.number("size"), model.text("sha256")),
        sources);
  }

  public Optional<Entry> find(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  public List<Entry> entries() {
    return List.copyOf(entries.values());
  }

  /** The model that commands use when none is named. */
  public String defaultName() {
    return defaultName;
  }
}
