package io.longhaul.cli.store;

import io.longhaul.engine.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Chooses the files of one model among all files of a folder, a repository or a set of wheels.
 *
 * <p>A GGUF model is one file, or a split set {@code NAME-00001-of-0000N.gguf} that stays split, or
 * pieces {@code NAME.gguf.part00}, {@code .part01}, … that are joined. A safetensors model is a
 * folder with {@code config.json}, the tokenizer's files and the shards that its index names.
 */
final class FileSelection {
  /** llama.cpp's gguf-split names. */
  private static final Pattern SPLIT = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private static final Pattern PIECE = Pattern.compile("(.*\\.gguf)\\.part(\\d{1,4})");

  /** GGUF files beside a model that are not language models: vision projectors, quantizer data. */
  private static final Pattern COMPANION = Pattern.compile("(.*/)?(mmproj|imatrix)[^/]*\\.gguf");

  private static final String INDEX = "model.safetensors.index.json";
  private static final String SINGLE = "model.safetensors";

  /** What stands beside the weights of a safetensors model and is needed to run it. */
  private static final Set<String> BESIDE_WEIGHTS =
      Set.of(
          "config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "tokenizer.model",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "chat_template.jinja",
          "chat_template.json",
          INDEX);

  /**
   * A file of the model.
   *
   * @param name its name in the store
   * @param pieces the files that make it up when joined in this order; nearly always one
   */
  record Chosen(String name, List<String> pieces) {}

  /** Reads a small file of the place that is chosen from. */
  @FunctionalInterface
  interface Reader {
    byte[] read(String file);
  }

  private final String place;
  private final Set<String> files;
  private final Reader reader;

  /**
   * Takes note of what there is to choose from.
   *
   * @param place what errors name
   * @param files all files, with '/' between folders
   */
  FileSelection(String place, Collection<String> files, Reader reader) {
    this.place = place;
    this.files = new TreeSet<>(files);
    this.reader = reader;
  }

  /** The name of a model file without its ending, split number and piece number. */
  static String stem(String file) {
    Matcher split = SPLIT.matcher(file);
    if (split.matches()) {
      return split.group(1);
    }
    return file.replaceFirst("\\.gguf(\\.part\\d+)?$", "").replaceFirst("\\.safetensors$", "");
  }

  /**
   * The files of the model.
   *
   * @param wanted a file of the model, by path or by its last name; empty where there is but one
   * @throws StoreException if there is none, or more than one; the message lists the choices
   */
  List<Chosen> choose(Optional<String> wanted) {
    Map<String, List<Chosen>> models = ggufModels();
    if (wanted.isPresent()) {
      return wanted(wanted.get(), models);
    }
    Map<String, List<Chosen>> languageModels = new LinkedHashMap<>(models);
    languageModels.keySet().removeIf(label -> COMPANION.matcher(label).matches());
    if (languageModels.size() > 1) {
      throw new StoreException(
          place
              + " holds several models, name one of them after a '/': "
              + String.join(", ", languageModels.keySet()));
    }
    if (languageModels.size() == 1) {
      return languageModels.values().iterator().next();
    }
    List<String> folders = safetensorsFolders();
    if (folders.size() > 1 && !folders.contains("")) {
      throw new StoreException(
          place + " holds several models, name one of them after a '/': " + names(folders));
    }
    if (folders.isEmpty()) {
      throw new StoreException(
          place + " holds no model: neither a .gguf file nor config.json with .safetensors files");
    }
    return safetensors(folders.getFirst());
  }

  private static String names(List<String> folders) {
    return folders.stream().map(f -> f + "config.json").collect(Collectors.joining(", "));
  }

  private List<Chosen> wanted(String wanted, Map<String, List<Chosen>> models) {
    List<List<Chosen>> exact = new ArrayList<>();
    List<List<Chosen>> byLastName = new ArrayList<>();
    models.forEach(
        (label, model) -> {
          List<String> members = new ArrayList<>(List.of(label));
          model.forEach(chosen -> members.addAll(chosen.pieces()));
          if (members.contains(wanted)) {
            exact.add(model);
          } else if (members.stream().anyMatch(m -> m.endsWith("/" + wanted))) {
            byLastName.add(model);
          }
        });
    if (exact.size() == 1) {
      return exact.getFirst();
    }
    if (byLastName.size() == 1) {
      return byLastName.getFirst();
    }
    String folder = wanted.substring(0, wanted.lastIndexOf('/') + 1);
    boolean ofSafetensors = wanted.endsWith(".safetensors") || wanted.endsWith("config.json");
    if (ofSafetensors && files.contains(wanted) && safetensorsFolders().contains(folder)) {
      return safetensors(folder);
    }
    throw new StoreException(
        place
            + " has no model file "
            + wanted
            + (models.isEmpty() ? "" : "; it has " + String.join(", ", models.keySet())));
  }

  /** Every GGUF model, by the name of its file or of its first file. */
  private Map<String, List<Chosen>> ggufModels() {
    Map<String, List<Chosen>> models = new LinkedHashMap<>();
    Map<String, NavigableMap<Integer, String>> pieces = new TreeMap<>();
    for (String file : files) {
      Matcher split = SPLIT.matcher(file);
      Matcher piece = PIECE.matcher(file);
      if (split.matches()) {
        String first = split.group(1) + "-00001-of-" + split.group(3) + ".gguf";
        models.computeIfAbsent(
            first, label -> splitSet(split.group(1), Integer.parseInt(split.group(3))));
      } else if (piece.matches()) {
        pieces
            .computeIfAbsent(piece.group(1), label -> new TreeMap<>())
            .put(Integer.parseInt(piece.group(2)), file);
      } else if (file.endsWith(".gguf")) {
        models.put(file, List.of(new Chosen(lastName(file), List.of(file))));
      }
    }
    joined(pieces).forEach((label, model) -> models.putIfAbsent(label, model));
    return models;
  }

  private List<Chosen> splitSet(String prefix, int count) {
    List<String> names =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> "%s-%05d-of-%05d.gguf".formatted(prefix, i, count))
            .toList();
    for (String name : names) {
      if (!files.contains(name)) {
        throw new StoreException(place + " lacks " + name + ", one of " + count + " parts");
      }
    }
    return names.stream().map(n -> new Chosen(lastName(n), List.of(n))).toList();
  }

  /** Pieces of one model may lie in different wheels, hence in different folders. */
  private Map<String, List<Chosen>> joined(Map<String, NavigableMap<Integer, String>> byPath) {
    Map<String, NavigableMap<Integer, String>> byName = new TreeMap<>();
    byPath.forEach(
        (path, numbered) ->
            numbered.forEach(
                (number, file) -> {
                  String before =
                      byName
                          .computeIfAbsent(lastName(path), label -> new TreeMap<>())
                          .put(number, file);
                  if (before != null) {
                    throw new StoreException(place + " holds both " + before + " and " + file);
                  }
                }));
    Map<String, List<Chosen>> models = new LinkedHashMap<>();
    byName.forEach(
        (name, numbered) -> {
          int first = numbered.firstKey();
          if (first > 1 || numbered.lastKey() - first + 1 != numbered.size()) {
            throw new StoreException(
                place + " lacks pieces of " + name + ": it has only " + numbered.values());
          }
          models.put(name, List.of(new Chosen(name, List.copyOf(numbered.values()))));
        });
    return models;
  }

  /** Folders with a configuration and weights; "" is the root, others end with '/'. */
  private List<String> safetensorsFolders() {
    return files.stream()
        .filter(f -> lastName(f).equals("config.json"))
        .map(FileSelection::folder)
        .filter(
            folder ->
                files.stream()
                    .anyMatch(f -> folder(f).equals(folder) && f.endsWith(".safetensors")))
        .sorted()
        .toList();
  }

  private List<Chosen> safetensors(String folder) {
    Set<String> chosen = new LinkedHashSet<>();
    for (String file : files) {
      if (folder(file).equals(folder) && BESIDE_WEIGHTS.contains(lastName(file))) {
        chosen.add(file);
      }
    }
    for (String weights : weights(folder)) {
      if (!files.contains(folder + weights)) {
        throw new StoreException(
            place + " lacks " + folder + weights + ", which " + folder + INDEX + " names");
      }
      chosen.add(folder + weights);
    }
    return chosen.stream().map(f -> new Chosen(lastName(f), List.of(f))).toList();
  }

  private Set<String> weights(String folder) {
    if (files.contains(folder + INDEX)) {
      String origin = place + "/" + folder + INDEX;
      Map<String, Object> index = Json.readObject(origin, reader.read(folder + INDEX));
      Map<String, Object> map = Json.asObject(origin, "weight_map", index.get("weight_map"));
      Set<String> names = new TreeSet<>();
      for (Object value : map.values()) {
        if (!(value instanceof String name) || !Names.isFileName(name)) {
          throw new StoreException(origin + ": weight_map names " + value + ", not a file");
        }
        names.add(name);
      }
      return names;
    }
    List<String> all =
        files.stream()
            .filter(f -> folder(f).equals(folder) && f.endsWith(".safetensors"))
            .map(FileSelection::lastName)
            .toList();
    if (all.contains(SINGLE)) {
      return Set.of(SINGLE);
    }
    if (all.size() > 1) {
      throw new StoreException(
          place + " has several .safetensors files and no " + folder + INDEX + " to say which");
    }
    return Set.copyOf(all);
  }

  private static String folder(String file) {
    return file.substring(0, file.lastIndexOf('/') + 1);
  }

  private static String lastName(String file) {
    return file.substring(file.lastIndexOf('/') + 1);
  }
}
