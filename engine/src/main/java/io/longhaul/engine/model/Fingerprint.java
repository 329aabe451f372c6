package io.longhaul.engine.model;

import io.longhaul.engine.cache.ModelIdentity;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells models apart by what a cache depends on: the hyper-parameters, every tensor's name, type
 * and shape, and a sample of the weights. Where the files lie, how they are cut into shards and
 * what a GGUF file says of tokenizer and template makes no difference.
 *
 * <p>It is a sample, for the weights may take longer to read than a text to compute: models that
 * differ in a few of their weights only may pass for one.
 */
public final class Fingerprint {
  /** Pieces read of all tensors together: each may be a page that comes from the disk. */
  private static final int PIECES = 4096;

  private static final int PIECE_BYTES = 64;

  /** Of a model with many tensors (experts), as many as this are read, evenly spread. */
  private static final int MAX_SAMPLED = 1024;

  private final MessageDigest digest;

  private Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The identity of the model that an open checkpoint is. */
  public static ModelIdentity of(Checkpoint checkpoint, String architecture) {
    Fingerprint fingerprint = new Fingerprint();
    fingerprint.addConfiguration(checkpoint);
    fingerprint.addTensors(checkpoint.file().tensors());
    return new ModelIdentity(
        checkpoint.file().path().toAbsolutePath().normalize().getFileName()
            + " ("
            + architecture
            + ")",
        HexFormat.of().formatHex(fingerprint.digest.digest()));
  }

  private void addConfiguration(Checkpoint checkpoint) {
    add(checkpoint.referenceEpsilons());
    switch (checkpoint.source()) {
      case Checkpoint.Source.HuggingFace(HfConfig config) -> add(config.values());
      case Checkpoint.Source.Gguf(var metadata) -> {
        String architecture = metadata.requireString("general.architecture");
        Map<String, Object> parameters = new TreeMap<>(metadata.values());
        parameters.keySet().removeIf(key -> !key.startsWith(architecture + "."));
        add(architecture);
        add(parameters);
      }
    }
  }

  private void addTensors(List<Tensor> tensors) {
    List<Tensor> byName = tensors.stream().sorted(Comparator.comparing(Tensor::name)).toList();
    for (Tensor tensor : byName) {
      add(tensor.name());
      add(tensor.type().name());
      add(tensor.shape());
    }
    int sampled = Math.min(byName.size(), MAX_SAMPLED);
    for (int i = 0; i < sampled; i++) {
      int index = (int) ((long) i * byName.size() / sampled);
      addSample(byName.get(index).data(), PIECES / sampled);
    }
  }

  /** Evenly spread pieces, the first and the last bytes among them; small tensors whole. */
  private void addSample(MemorySegment data, int pieces) {
    if (data.byteSize() <= (long) pieces * PIECE_BYTES) {
      digest.update(data.asByteBuffer());
      return;
    }
    long last = data.byteSize() - PIECE_BYTES;
    for (int i = 0; i < pieces; i++) {
      long at = (long) ((double) i / (pieces - 1) * last);
      digest.update(data.asSlice(at, PIECE_BYTES).asByteBuffer());
    }
  }

  /** Adds a value of a configuration so that no two different ones add the same bytes. */
  private void add(Object value) {
    switch (value) {
      case null -> add("null", "");
      case String text -> add("string", text);
      case Map<?, ?> map -> {
        Map<String, Object> sorted = new TreeMap<>();
        map.forEach((key, field) -> sorted.put((String) key, field));
        add("map", Integer.toString(sorted.size()));
        sorted.forEach(
            (key, field) -> {
              add(key);
              add(field);
            });
      }
      case List<?> list -> {
        add("list", Integer.toString(list.size()));
        list.forEach(this::add);
      }
      case Object array when array.getClass().isArray() -> {
        int length = Array.getLength(array);
        add("list", Integer.toString(length));
        for (int i = 0; i < length; i++) {
          add(Array.get(array, i));
        }
      }
      default -> add(value.getClass().getSimpleName(), value.toString());
    }
  }

  private void add(String kind, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((kind + " " + bytes.length + "\n").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }
}
